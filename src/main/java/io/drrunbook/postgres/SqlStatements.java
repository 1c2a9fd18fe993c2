package io.drrunbook.postgres;

import java.util.function.Consumer;

/** Makes statements of tokens: a semicolon ends one unless it is in parentheses or in the body of a function. */
final class SqlStatements {

    private final Consumer<SqlStatement> taker;
    private SqlStatement statement = new SqlStatement();
    private SqlBodies bodies = new SqlBodies();
    private int parentheses;

    SqlStatements(Consumer<SqlStatement> taker) {
        this.taker = taker;
    }

    void word(String word) {
        add(SqlToken.Kind.WORD, word);
        bodies.word(word, parentheses);
    }

    void add(SqlToken.Kind kind, String text) {
        if (parentheses == 0) {
            statement.add(new SqlToken(kind, text));
        } else {
            statement.begin();
        }
    }

    void symbol(char symbol) {
        if (symbol == ';' && parentheses == 0 && !bodies.isOpen()) {
            end();
            return;
        }
        if (symbol == ')' && parentheses > 0) {
            parentheses--;
        }
        add(SqlToken.Kind.SYMBOL, String.valueOf(symbol));
        if (symbol == '(') {
            parentheses++;
        }
    }

    /** A text of the statement is not among its tokens, or not as it is. */
    void leftOut() {
        statement.leftOut();
    }

    /** Whether a statement has not begun. */
    boolean between() {
        return statement.isEmpty();
    }

    private void end() {
        SqlStatement ended = statement;
        statement = new SqlStatement();
        bodies = new SqlBodies();
        if (!ended.isEmpty()) {
            taker.accept(ended);
        }
    }
}
