package io.drrunbook.platform;

import java.net.URI;

/** A URL as it may stand in logs and messages. */
final class ShownUrl {

    private ShownUrl() {}

    /** Scheme, host, port and path; user-info and query carry passwords and tokens. */
    static String of(URI url) {
        String port = url.getPort() < 0 ? "" : ":" + url.getPort();
        String path = url.getRawPath() == null ? "" : url.getRawPath();
        return url.getScheme() + "://" + url.getHost() + port + path;
    }
}
