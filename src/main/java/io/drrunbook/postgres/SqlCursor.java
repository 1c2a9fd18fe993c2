package io.drrunbook.postgres;

import java.util.List;
import java.util.Optional;

/** Goes through a statement token by token: each method takes what it asks for, or nothing. */
final class SqlCursor {

    private final SqlStatement statement;
    private int at;

    SqlCursor(SqlStatement statement) {
        this.statement = statement;
    }

    boolean words(String... words) {
        for (int index = 0; index < words.length; index++) {
            if (!statement.word(at + index).equals(words[index])) {
                return false;
            }
        }
        at += words.length;
        return true;
    }

    boolean symbol(String symbol) {
        boolean there = at < tokens().size() && tokens().get(at).isSymbol(symbol);
        at += there ? 1 : 0;
        return there;
    }

    /** A name, with or without quotes. */
    Optional<String> identifier() {
        return take(SqlToken.Kind.WORD, SqlToken.Kind.NAME);
    }

    Optional<String> string() {
        return take(SqlToken.Kind.STRING);
    }

    /** A whole number, which may have a sign. */
    Optional<Integer> number() {
        boolean negative = symbol("-");
        return take(SqlToken.Kind.NUMBER)
                .filter(digits -> digits.matches("\\d{1,9}"))
                .map(digits -> negative ? -Integer.parseInt(digits) : Integer.parseInt(digits));
    }

    boolean atEnd() {
        return at == tokens().size();
    }

    private Optional<String> take(SqlToken.Kind... kinds) {
        if (at < tokens().size() && List.of(kinds).contains(tokens().get(at).kind())) {
            return Optional.of(tokens().get(at++).text());
        }
        return Optional.empty();
    }

    private List<SqlToken> tokens() {
        return statement.tokens();
    }
}
