package io.drrunbook.postgres;

/**
 * A word of a statement.
 *
 * @param text a WORD in lower case; a NAME or STRING as its value, without quotes and escapes
 */
record SqlToken(Kind kind, String text) {

    enum Kind {
        /** A keyword or a name without quotes. */
        WORD,
        /** A name in double quotes. */
        NAME,
        STRING,
        NUMBER,
        SYMBOL
    }

    boolean isWord(String word) {
        return kind == Kind.WORD && text.equals(word);
    }

    boolean isSymbol(String symbol) {
        return kind == Kind.SYMBOL && text.equals(symbol);
    }

    /** Whether it can name an object: with quotes or without. */
    boolean isIdentifier() {
        return kind == Kind.WORD || kind == Kind.NAME;
    }
}
