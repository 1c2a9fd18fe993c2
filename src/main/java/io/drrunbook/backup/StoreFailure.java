package io.drrunbook.backup;

import io.drrunbook.failure.RunbookException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import javax.net.ssl.SSLException;
import org.apache.http.ConnectionClosedException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/**
 * Why a store did not give what it was asked for.
 *
 * @param outcome one of {@code not_found}, {@code unreachable}, {@code refused}, {@code server_error}, {@code stalled},
 *     {@code too_slow}, {@code cut_short}, {@code corrupt}, {@code not_configured}, {@code other}: "not found",
 *     "unreachable" and "corrupt" are different things to do next
 * @param cause for people
 */
public record StoreFailure(String outcome, String cause) {

    private static final int TIMEOUT = 408;
    private static final int TOO_MANY_REQUESTS = 429;

    /** Whether it is the store that failed, and not the one thing that it was asked for. */
    boolean isOfTheStore() {
        return List.of("unreachable", "stalled", "too_slow", "cut_short").contains(outcome);
    }

    /** Reads the outcome off the exception that a store's route ended with. */
    public static StoreFailure of(Throwable failure) {
        StoreFailure found = new StoreFailure("other", text(failure));
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            StoreFailure known = known(cause);
            if (known != null) {
                found = known;
            }
        }
        return found;
    }

    private static @Nullable StoreFailure known(Throwable cause) {
        if (cause instanceof RunbookException e) {
            return new StoreFailure(e.code().equals("store_not_configured") ? "not_configured" : e.code(), text(e));
        }
        if (cause instanceof AwsServiceException e) {
            return answered(e);
        }
        if (cause instanceof NoSuchFileException) {
            return new StoreFailure("not_found", "not found: " + cause.getMessage());
        }
        if (cause instanceof AccessDeniedException || cause instanceof FileSystemException e && isForbidden(e)) {
            return new StoreFailure("refused", "not permitted: " + cause.getMessage());
        }
        if (cause instanceof UnknownHostException) {
            return new StoreFailure("unreachable", "host name not known: " + cause.getMessage());
        }
        if (cause instanceof SSLException) {
            return new StoreFailure("unreachable", "TLS failed: " + cause.getMessage());
        }
        if (cause instanceof ConnectException || cause instanceof NoRouteToHostException) {
            return new StoreFailure("unreachable", text(cause));
        }
        if (cause instanceof SocketTimeoutException || cause instanceof InterruptedIOException) {
            return new StoreFailure("stalled", "no answer in time: " + cause.getMessage());
        }
        if (cause instanceof SocketException || cause instanceof ConnectionClosedException) {
            return new StoreFailure("cut_short", "connection lost: " + cause.getMessage());
        }
        return null;
    }

    private static StoreFailure answered(AwsServiceException answer) {
        int status = answer.statusCode();
        String code = answer.awsErrorDetails() == null
                ? ""
                : " " + answer.awsErrorDetails().errorCode();
        if (status == 404) {
            return new StoreFailure("not_found", "not found (404" + code + ")");
        }
        boolean later = status >= 500 || status == TIMEOUT || status == TOO_MANY_REQUESTS;
        return new StoreFailure(later ? "server_error" : "refused", "answered " + status + code);
    }

    /** A file that was made immutable, or a file system that is read-only. */
    private static boolean isForbidden(FileSystemException e) {
        return List.of("Operation not permitted", "Read-only file system").contains(String.valueOf(e.getReason()));
    }

    private static String text(Throwable failure) {
        return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
    }
}
