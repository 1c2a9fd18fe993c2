package io.drrunbook.postgres;

/** What a byte may be part of. Bytes of characters beyond ASCII are letters, as for PostgreSQL. */
final class SqlBytes {

    private SqlBytes() {}

    static boolean isSpace(byte next) {
        return next == ' ' || next >= '\t' && next <= '\r';
    }

    static boolean isDigit(byte next) {
        return next >= '0' && next <= '9';
    }

    static boolean isWordStart(byte next) {
        return next < 0 || next == '_' || next >= 'a' && next <= 'z' || next >= 'A' && next <= 'Z';
    }

    static boolean isWordPart(byte next) {
        return isWordStart(next) || isDigit(next) || next == '$';
    }
}
