package io.drrunbook.postgres;

/** The rows behind {@code COPY ... FROM stdin;}, up to a line that is {@code \.} and nothing else. */
final class SqlRows {

    /** Bytes of the end that the line has so far; -1 when it is a row. */
    private int matched;

    /** Whether nothing but the end of the line counts any more. */
    boolean inRow() {
        return matched < 0;
    }

    /** Whether the rows end with that byte. */
    boolean ends(byte next) {
        if (next == '\n') {
            boolean ended = matched >= 2;
            matched = 0;
            return ended;
        }
        boolean goesOn = matched == 0 && next == '\\' || matched == 1 && next == '.' || matched == 2 && next == '\r';
        matched = goesOn ? matched + 1 : -1;
        return false;
    }
}
