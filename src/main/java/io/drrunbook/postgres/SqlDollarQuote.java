package io.drrunbook.postgres;

import java.util.Arrays;

/** A text between {@code $tag$} and {@code $tag$}; the first dollar sign was read. */
final class SqlDollarQuote {

    /** No tag is longer; what is goes on looking like one is no end of a text. */
    private static final int LONGEST_TAG = 1024;

    private final SqlText tag = new SqlText();
    private final SqlText end = new SqlText();
    private boolean inEnd;

    /** What is known of the beginning. */
    enum Beginning {
        GOES_ON,
        /** A text follows. */
        TEXT,
        /** It was a dollar sign and nothing more. */
        NONE
    }

    Beginning begins(byte next) {
        if (next == '$') {
            return Beginning.TEXT;
        }
        return isTag(tag, next) && tag.keep(next) ? Beginning.GOES_ON : Beginning.NONE;
    }

    boolean isTooLong() {
        return tag.size() > LONGEST_TAG;
    }

    /** What there is of a tag. */
    byte[] tag() {
        return tag.bytes();
    }

    /** Whether the text ends with that byte. */
    boolean ends(byte next) {
        if (next == '$') {
            if (inEnd && Arrays.equals(tag.bytes(), end.bytes())) {
                return true;
            }
            inEnd = true;
            end.clear();
        } else {
            inEnd = inEnd && isTag(end, next) && end.keep(next);
        }
        return false;
    }

    private static boolean isTag(SqlText before, byte next) {
        return SqlBytes.isWordStart(next) || before.size() > 0 && SqlBytes.isDigit(next);
    }
}
