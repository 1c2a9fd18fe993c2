package io.drrunbook.platform;

import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import javax.net.ssl.SSLException;

/** Why an HTTP call got no answer, in words. */
final class CallFailure {

    private CallFailure() {}

    /**
     * @param timeout of the call
     * @param spent how long it took to fail; a call that is cut off at its limit fails in many ways
     */
    static String words(Throwable cause, Duration timeout, Duration spent) {
        if (cause instanceof SocketTimeoutException || spent.compareTo(timeout) >= 0) {
            return "no answer within " + timeout.toMillis() / 1000.0 + " s";
        }
        if (cause instanceof ConnectException) {
            return "connection refused";
        }
        if (cause instanceof UnknownHostException) {
            return "unknown host";
        }
        if (cause instanceof SSLException) {
            return "TLS: " + cause.getMessage();
        }
        return cause.getClass().getSimpleName() + ": " + cause.getMessage();
    }
}
