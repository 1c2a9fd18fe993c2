package io.drrunbook.crypto;

import io.drrunbook.failure.RunbookException;

/** A backup that was changed, cut, or never was whole. */
class CorruptBackupException extends RunbookException {

    CorruptBackupException(String layer, String what) {
        super("corrupt_backup", message(layer, what));
    }

    CorruptBackupException(String layer, Throwable cause) {
        super("corrupt_backup", message(layer, String.valueOf(cause.getMessage())), cause);
    }

    private static String message(String layer, String what) {
        return "the backup is corrupt: its " + layer + " layer fails (" + what
                + "); nothing of it was used; choose another backup or copy";
    }
}
