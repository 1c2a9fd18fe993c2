package io.drrunbook.backup;

import java.io.IOException;

/** What was read is no manifest, whoever wrote it. */
public final class NoManifestException extends IOException {

    NoManifestException(String why) {
        super(why);
    }
}
