package io.drrunbook.failure;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import javax.net.ssl.SSLException;

/**
 * Any failure as a person is told of it: the code of the guide, the cause in words, a way out. What nobody has foreseen
 * keeps the code {@code unexpected}, and says what it was in plain words, too.
 */
public record Explained(String code, String message) {

    private static final String RESUME = ", then resume the run";

    /** What that failure is; the first cause that says something counts. */
    public static Explained of(Throwable failure) {
        List<Throwable> causes = causes(failure);
        return first(
                        causes,
                        cause -> cause instanceof RunbookException known
                                ? Optional.of(new Explained(known.code(), String.valueOf(known.getMessage())))
                                : Optional.empty())
                .or(() -> first(
                        causes, cause -> cause instanceof SQLException sql ? Optional.of(of(sql)) : Optional.empty()))
                .or(() -> first(causes, Explained::ofMachine))
                .orElseGet(() -> unforeseen(causes));
    }

    private static Explained of(SQLException failure) {
        String said = words(failure);
        if (failure.getClass().getName().startsWith("org.h2.")) {
            return new Explained(
                    "journal_failed",
                    "the journal's database says: " + said + "; look at its disk and its file (spring.datasource.url)"
                            + RESUME);
        }
        String state = String.valueOf(failure.getSQLState());
        return ofServer(state, "the database server says: " + said + " (SQLSTATE " + state + "); ");
    }

    private static Explained ofServer(String state, String said) {
        if (state.startsWith("08") || state.startsWith("57P")) {
            return new Explained("database_unreachable", said + "see that it runs and can be reached" + RESUME);
        }
        if (state.startsWith("28")) {
            return new Explained(
                    "database_login_refused", said + "look at username, password and pg_hba.conf" + RESUME);
        }
        return switch (state) {
            case "42501" ->
                new Explained("database_permission_missing", said + "give the service's role that right" + RESUME);
            case "53100", "53200" ->
                new Explained("database_full", said + "make room or memory on the server" + RESUME);
            case "53300", "55006", "55P03", "57014", "40P01" ->
                new Explained("database_busy", said + "look at pg_stat_activity, wait or end what holds it" + RESUME);
            default -> new Explained("database_failed", said + "look at the server's log" + RESUME);
        };
    }

    private static Optional<Explained> ofMachine(Throwable cause) {
        if (cause instanceof OutOfMemoryError) {
            return Optional.of(new Explained(
                    "out_of_memory",
                    "the service has too little memory (" + words(cause) + "); give it more with -Xmx"));
        }
        if (cause instanceof UnknownHostException) {
            return Optional.of(unreachable("host " + words(cause) + " is not known; look at the name and at DNS"));
        }
        if (cause instanceof ConnectException || cause instanceof SocketException) {
            return Optional.of(
                    unreachable("a connection failed: " + words(cause) + "; look at host, port and firewall"));
        }
        if (cause instanceof SocketTimeoutException || cause instanceof TimeoutException) {
            return Optional.of(
                    unreachable("nothing came in time: " + words(cause) + "; look whether the other side works"));
        }
        if (cause instanceof SSLException) {
            return Optional.of(unreachable("TLS failed: " + words(cause) + "; look at certificate and authority"));
        }
        return cause instanceof IOException file ? Optional.of(ofFile(file)) : Optional.empty();
    }

    private static Explained unreachable(String message) {
        return new Explained("connection_failed", message + RESUME);
    }

    private static Explained ofFile(IOException failure) {
        String said = words(failure);
        if (said.toLowerCase(Locale.ROOT).contains("no space left") || said.contains("quota")) {
            return new Explained("disk_full", "a disk is full: " + said + "; make room" + RESUME);
        }
        if (failure instanceof NoSuchFileException || failure instanceof FileNotFoundException) {
            return new Explained(
                    "file_failed", "there is no file " + said + "; look whether somebody removed it" + RESUME);
        }
        if (failure instanceof AccessDeniedException) {
            return new Explained("file_failed", said + " may not be read or written by the service's user" + RESUME);
        }
        String what =
                failure instanceof FileSystemException ? "a file cannot be used: " : "reading or writing failed: ";
        return new Explained("file_failed", what + said + "; look at the disk and at the service's log" + RESUME);
    }

    private static Explained unforeseen(List<Throwable> causes) {
        Throwable deepest = causes.get(causes.size() - 1);
        return new Explained(
                "unexpected",
                "something that nobody has foreseen: " + words(deepest)
                        + "; the service's log has the whole error. Try once more, and report it if it stays");
    }

    /** What an exception says, or what it is when it says nothing: {@code illegal state}. */
    private static String words(Throwable failure) {
        String message = failure.getMessage();
        return message == null || message.isBlank()
                ? failure.getClass()
                        .getSimpleName()
                        .replaceAll("(Exception|Error)$", "")
                        .replaceAll("(?<=[a-z])(?=[A-Z])", " ")
                        .toLowerCase(Locale.ROOT)
                : message.strip().replaceAll("\\s*\\R\\s*", "; ");
    }

    private static Optional<Explained> first(List<Throwable> causes, Function<Throwable, Optional<Explained>> reading) {
        return causes.stream().flatMap(cause -> reading.apply(cause).stream()).findFirst();
    }

    private static List<Throwable> causes(Throwable failure) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable cause = failure; cause != null && !causes.contains(cause); cause = cause.getCause()) {
            causes.add(cause);
        }
        return causes;
    }
}
