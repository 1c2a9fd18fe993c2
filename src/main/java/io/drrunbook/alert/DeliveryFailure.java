package io.drrunbook.alert;

import io.drrunbook.failure.RunbookException;
import jakarta.mail.MessagingException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import javax.net.ssl.SSLException;

/** Why a delivery failed, in words. */
final class DeliveryFailure {

    private static final int DEEPEST = 10;

    private DeliveryFailure() {}

    static String words(Throwable failure) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable cause = failure; cause != null && causes.size() < DEEPEST; cause = cause.getCause()) {
            causes.add(cause);
        }
        for (Throwable cause : causes) {
            if (cause instanceof RunbookException known) {
                return String.valueOf(known.getMessage());
            }
        }
        Throwable root = causes.get(causes.size() - 1);
        // Only the limit of the whole delivery closes a socket that is in use.
        if (root instanceof SocketTimeoutException || "Socket closed".equals(root.getMessage())) {
            return "no answer in time";
        }
        if (root instanceof ConnectException) {
            return "connection refused";
        }
        if (root instanceof UnknownHostException) {
            return "unknown host " + root.getMessage();
        }
        if (root instanceof SSLException || root.getClass().getName().startsWith("sun.security.")) {
            return "TLS: " + root.getMessage();
        }
        // "Invalid Addresses" says little; the cause behind it has the server's words.
        String mail = causes.stream()
                .filter(MessagingException.class::isInstance)
                .map(cause -> String.valueOf(cause.getMessage()).strip())
                .distinct()
                .collect(Collectors.joining(": "));
        if (!mail.isEmpty()) {
            return mail;
        }
        return root.getClass().getSimpleName() + ": " + root.getMessage();
    }
}
