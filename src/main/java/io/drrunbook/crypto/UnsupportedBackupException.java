package io.drrunbook.crypto;

import io.drrunbook.failure.RunbookException;

/** A backup that may be whole and may be for our keys, but is made in a way that is not opened here. */
class UnsupportedBackupException extends RunbookException {

    UnsupportedBackupException(String what) {
        super("unsupported_encryption", message(what));
    }

    UnsupportedBackupException(String what, Throwable cause) {
        super("unsupported_encryption", message(what), cause);
    }

    private static String message(String what) {
        return "the backup is encrypted in a way that is not supported: " + what
                + "; nothing says that it is damaged: open it with gpg -d or the program that made it, and put what comes"
                + " out into the store as a backup of its own";
    }
}
