package io.drrunbook.platform;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings.Reroute;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** The one call that leads users to the recovered application. Its headers and body carry tokens and are never shown. */
public final class TrafficSwitch {

    private static final int SUCCESS_FROM = 200;
    private static final int SUCCESS_BELOW = 300;

    private final URI url;
    private final Reroute settings;
    private final long began = System.nanoTime();

    private TrafficSwitch(URI url, Reroute settings) {
        this.url = url;
        this.settings = settings;
    }

    /**
     * The call that is configured; its time runs from now.
     *
     * @throws RunbookException ({@code reroute_not_configured}) when there is no URL, or one with a password
     */
    public static TrafficSwitch of(String application, Reroute settings) {
        URI url = settings.url();
        if (url == null || url.getHost() == null) {
            throw new RunbookException(
                    "reroute_not_configured",
                    "dr.applications." + application + ".reroute.url is empty or no URL: reroute.method http needs it");
        }
        if (url.getUserInfo() != null) {
            throw new RunbookException(
                    "reroute_not_configured",
                    "dr.applications." + application + ".reroute.url has user-info, which is not sent: put it into"
                            + " reroute.headers, e.g. Authorization");
        }
        return new TrafficSwitch(url, settings);
    }

    /** With its query; not for messages. */
    public String getUrl() {
        return url.toString();
    }

    public String getHttpMethod() {
        return settings.httpMethod().toUpperCase(Locale.ROOT);
    }

    public Map<String, String> headers() {
        return settings.headers();
    }

    public String getBody() {
        return settings.body();
    }

    public long getTimeoutMillis() {
        return settings.timeout().toMillis();
    }

    /** Method and URL as they may be shown. */
    public String shown() {
        return getHttpMethod() + " " + ShownUrl.of(url);
    }

    /**
     * Connects, with TLS where the URL says so, and sends nothing.
     *
     * @throws RunbookException ({@code reroute_unreachable})
     */
    public void reach() {
        boolean tls = "https".equals(url.getScheme());
        int port = url.getPort() >= 0 ? url.getPort() : tls ? 443 : 80;
        int millis = Math.toIntExact(getTimeoutMillis());
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getByName(url.getHost()), port), millis);
            socket.setSoTimeout(millis);
            if (tls) {
                shakeHands(socket, port);
            }
        } catch (IOException e) {
            Duration spent = Duration.ofNanos(System.nanoTime() - began);
            throw new RunbookException(
                    "reroute_unreachable",
                    shown() + " cannot be reached: " + CallFailure.words(e, settings.timeout(), spent)
                            + "; correct reroute.url, or let the service through to it",
                    e);
        }
    }

    private void shakeHands(Socket socket, int port) throws IOException {
        SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
        try (SSLSocket secured = (SSLSocket) factory.createSocket(socket, url.getHost(), port, true)) {
            SSLParameters parameters = secured.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            secured.setSSLParameters(parameters);
            secured.startHandshake();
        }
    }

    /**
     * Refuses every answer that is not 2xx.
     *
     * @throws RunbookException ({@code reroute_failed})
     */
    public void requireSuccess(int status, String text) {
        if (status < SUCCESS_FROM || status >= SUCCESS_BELOW) {
            throw failed("answered " + (status + " " + text).strip());
        }
    }

    /** What is thrown when there was no answer. The cause is told in words: its own may show the query. */
    public RunbookException unanswered(Throwable cause) {
        Duration spent = Duration.ofNanos(System.nanoTime() - began);
        return failed("gave no answer: " + CallFailure.words(cause, settings.timeout(), spent));
    }

    private RunbookException failed(String how) {
        return new RunbookException(
                "reroute_failed",
                shown() + " " + how + ". The application is restored and healthy, but traffic was not rerouted: check"
                        + " reroute.url and its headers and resume the run, or reroute by hand");
    }
}
