package io.drrunbook.backup;

import java.io.IOException;

/** What is copied cannot be read to its end, or is not what it should be; whoever takes it in is not to blame. */
public final class BadSourceException extends IOException {

    BadSourceException(Exception cause) {
        super(cause.getMessage(), cause);
    }
}
