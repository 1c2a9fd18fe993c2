package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;

/** Where the reading of a text has come to. */
final class SqlPosition {

    private final String source;
    private long at;
    private boolean lineStart = true;

    /** @param source how messages name the text */
    SqlPosition(String source) {
        this.source = source;
    }

    /** That byte was read. */
    void behind(byte read) {
        at++;
        lineStart = read == '\n';
    }

    /** So many bytes were passed over, none of which ends a line. */
    void behind(int bytes) {
        at += bytes;
        lineStart &= bytes == 0;
    }

    /** Bytes read so far. */
    long at() {
        return at;
    }

    boolean atLineStart() {
        return lineStart;
    }

    RunbookException unsafe(String what) {
        return new RunbookException(
                "unsafe_dump",
                source + " " + what + " (byte " + at
                        + "); pg_dump writes nothing like it: somebody may have tampered with"
                        + " it. Look, or take another backup");
    }

    RunbookException loneCarriageReturn() {
        return new RunbookException(
                "unsupported_dump_encoding",
                source + " has a carriage return without a line feed at byte " + (at - 1)
                        + ": line ends were changed on its way; take it again from where it was made, in binary mode");
    }
}
