package io.drrunbook.crypto;

import io.drrunbook.failure.RunbookException;
import java.io.EOFException;
import java.util.Optional;

/** A backup that was changed, cut, or never was whole. */
class CorruptBackupException extends RunbookException {

    /** Causes may go in a circle. */
    private static final int DEEPEST = 32;

    CorruptBackupException(String layer, String what) {
        super("corrupt_backup", message(layer, what));
    }

    private CorruptBackupException(String layer, Throwable cause) {
        super("corrupt_backup", message(layer, words(cause)), cause);
    }

    /** What is to be thrown for a failure in that layer: one that says by itself what it is goes before all others. */
    static RunbookException of(String layer, Throwable failure) {
        return cause(failure, RunbookException.class).orElseGet(() -> new CorruptBackupException(layer, failure));
    }

    private static String words(Throwable failure) {
        if (cause(failure, EOFException.class).isPresent()) {
            return "it ends too early: it was cut";
        }
        String message = failure.getMessage();
        return message == null ? "its content makes no sense" : message;
    }

    private static <T extends Throwable> Optional<T> cause(Throwable failure, Class<T> kind) {
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
            if (kind.isInstance(cause)) {
                return Optional.of(kind.cast(cause));
            }
            cause = cause.getCause();
        }
        return Optional.empty();
    }

    private static String message(String layer, String what) {
        return "the backup is corrupt: its " + layer + " layer fails (" + what
                + "); nothing of it was used; choose another backup or copy";
    }
}
