package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Tells words, names, strings, texts and comments of SQL apart in the way of psql's own scanner (psqlscan.l). What psql, the
 * server or their versions would read in different ways is refused.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-syntax-lexical.html">Lexical Structure</a>
 */
final class SqlLexer {

    private final SqlPosition position;
    private final SqlStatements statements;
    private final Consumer<String> comments;
    private final SqlText text = new SqlText();
    private Charset charset = StandardCharsets.UTF_8;
    private State state = State.CODE;
    private Behind behindThisLine = Behind.ANYTHING;
    private SqlBlockComment blockComment = new SqlBlockComment();
    private SqlDollarQuote dollarQuote = new SqlDollarQuote();
    private boolean standardStrings;
    private boolean escapes;
    private boolean alone;
    private boolean behindString;
    private boolean behindNumber;
    private boolean commandBegins;
    private boolean rowsBegin;
    private long prefixEnd = -1;
    private String prefix = "";

    /**
     * @param comments given each comment that is a line of its own between two statements
     * @param standardStrings whether a backslash is an ordinary character in {@code '...'}
     */
    SqlLexer(SqlPosition position, SqlStatements statements, Consumer<String> comments, boolean standardStrings) {
        this.position = position;
        this.statements = statements;
        this.comments = comments;
        this.standardStrings = standardStrings;
    }

    /** From the next line on, which must be a new one when it changes anything. */
    void standardStrings(boolean on) {
        if (on != standardStrings) {
            standardStrings = on;
            behindThisLine = Behind.SQL;
        }
    }

    void charset(Charset names) {
        charset = names;
    }

    /** From the next line on there are rows. */
    void rowsFollow() {
        behindThisLine = Behind.ROWS;
    }

    /** @throws RunbookException {@code unsafe_dump} */
    void accept(byte next) {
        commandBegins = false;
        rowsBegin = false;
        while (!step(next)) {
            continue;
        }
    }

    /** Whether the byte before was the backslash of a psql command. */
    boolean commandBegins() {
        return commandBegins;
    }

    /** Whether the byte before was the last one before rows. */
    boolean rowsBegin() {
        return rowsBegin;
    }

    /** Whether it is in neither string, name, text nor nested comment. */
    boolean inCode() {
        return state == State.CODE || state == State.LINE_COMMENT;
    }

    boolean betweenStatements() {
        return state == State.CODE && behindThisLine == Behind.ANYTHING && statements.between();
    }

    /** @return false when the byte is to be looked at again, in the state that was changed to */
    private boolean step(byte next) {
        return switch (state) {
            case CODE -> code(next);
            case WORD -> word(next);
            case NUMBER -> number(next);
            case DASH -> dash(next);
            case SLASH -> slash(next);
            case LINE_COMMENT -> lineComment(next);
            case BLOCK_COMMENT -> blockComment(next);
            case STRING -> string(next);
            case STRING_ESCAPE -> escape(next);
            case STRING_QUOTE -> stringQuote(next);
            case NAME -> name(next);
            case NAME_QUOTE -> nameQuote(next);
            case DOLLAR -> dollar(next);
            case DOLLAR_TEXT -> dollarText(next);
        };
    }

    private boolean code(byte next) {
        if (SqlBytes.isSpace(next)) {
            if (next == '\n') {
                rowsBegin = behindThisLine == Behind.ROWS;
                behindThisLine = Behind.ANYTHING;
            }
            return true;
        }
        if (behindThisLine != Behind.ANYTHING) {
            throw position.unsafe("goes on in the line of a COPY or of a setting that changes how it is to be read");
        }
        switch (next) {
            case '\\' -> commandBegins = true;
            case '\'' -> beginString();
            case '"' -> begin(State.NAME);
            case '$' -> {
                dollarQuote = new SqlDollarQuote();
                state = State.DOLLAR;
            }
            case '-' -> {
                alone = position.atLineStart() && statements.between();
                state = State.DASH;
            }
            case '/' -> state = State.SLASH;
            default -> {
                if (SqlBytes.isWordStart(next) || SqlBytes.isDigit(next)) {
                    behindNumber = false;
                    begin(SqlBytes.isDigit(next) ? State.NUMBER : State.WORD);
                    return false;
                }
                symbol((char) next);
            }
        }
        return true;
    }

    private void symbol(char symbol) {
        if (symbol == '&' && prefixEnd == position.at() && prefix.equals("u")) {
            prefixEnd++;
        }
        behindString = false;
        statements.symbol(symbol);
    }

    private boolean word(byte next) {
        if (SqlBytes.isWordPart(next)) {
            keep(next);
            return true;
        }
        state = State.CODE;
        prefix = text.in(charset).toLowerCase(Locale.ROOT);
        prefixEnd = position.at();
        if (next == '\'' && behindNumber) {
            throw position.unsafe("has a string directly behind a number");
        }
        boolean prefixesString = next == '\'' && prefix.length() == 1 && "ebxn".contains(prefix);
        if (!prefixesString) {
            behindString = false;
            statements.word(prefix);
        }
        return false;
    }

    private boolean number(byte next) {
        if (SqlBytes.isDigit(next) || next == '.') {
            keep(next);
            return true;
        }
        add(SqlToken.Kind.NUMBER);
        if (SqlBytes.isWordStart(next)) {
            behindNumber = true;
            begin(State.WORD);
        }
        return false;
    }

    private boolean dash(byte next) {
        if (next == '-') {
            begin(State.LINE_COMMENT);
            return true;
        }
        state = State.CODE;
        symbol('-');
        return false;
    }

    private boolean slash(byte next) {
        if (next == '*') {
            blockComment = new SqlBlockComment();
            state = State.BLOCK_COMMENT;
            return true;
        }
        state = State.CODE;
        symbol('/');
        return false;
    }

    private boolean lineComment(byte next) {
        if (next != '\n') {
            if (next != '\r') {
                keep(next);
            }
            return true;
        }
        state = State.CODE;
        if (alone) {
            comments.accept("--" + text.in(charset));
        }
        return false;
    }

    private boolean blockComment(byte next) {
        if (blockComment.ends(next)) {
            state = State.CODE;
        }
        return true;
    }

    private void beginString() {
        if (behindString) {
            throw position.unsafe("has two strings with nothing between them");
        }
        boolean prefixed = prefixEnd == position.at();
        boolean bits = prefixed && (prefix.equals("b") || prefix.equals("x") || prefix.equals("u"));
        escapes = prefixed && prefix.equals("e") || !standardStrings && !bits;
        begin(State.STRING);
    }

    private boolean string(byte next) {
        if (next == '\'') {
            state = State.STRING_QUOTE;
        } else if (next == '\\' && escapes) {
            state = State.STRING_ESCAPE;
        } else {
            keep(next);
        }
        return true;
    }

    private boolean escape(byte next) {
        if (next != '\\' && next != '\'') {
            statements.leftOut();
        }
        keep(next);
        state = State.STRING;
        return true;
    }

    private boolean stringQuote(byte next) {
        if (next == '\'') {
            keep(next);
            state = State.STRING;
            return true;
        }
        add(SqlToken.Kind.STRING);
        behindString = true;
        return false;
    }

    private boolean name(byte next) {
        if (next == '"') {
            state = State.NAME_QUOTE;
        } else {
            keep(next);
        }
        return true;
    }

    private boolean nameQuote(byte next) {
        if (next == '"') {
            keep(next);
            state = State.NAME;
            return true;
        }
        add(SqlToken.Kind.NAME);
        return false;
    }

    private boolean dollar(byte next) {
        switch (dollarQuote.begins(next)) {
            case TEXT -> state = State.DOLLAR_TEXT;
            case NONE -> {
                symbol('$');
                behindNumber = false;
                begin(dollarQuote.tag().length == 0 ? State.CODE : State.WORD);
                for (byte kept : dollarQuote.tag()) {
                    keep(kept);
                }
                return false;
            }
            case GOES_ON -> {
                if (dollarQuote.isTooLong()) {
                    throw position.unsafe("quotes a text by a word that does not end");
                }
            }
        }
        return true;
    }

    private boolean dollarText(byte next) {
        if (dollarQuote.ends(next)) {
            text.clear();
            statements.leftOut();
            add(SqlToken.Kind.STRING);
        }
        return true;
    }

    private void begin(State begun) {
        text.clear();
        state = begun;
    }

    private void keep(byte next) {
        if (!text.keep(next)) {
            statements.leftOut();
        }
    }

    private void add(SqlToken.Kind kind) {
        statements.add(kind, text.in(charset));
        behindString = false;
        state = State.CODE;
    }

    private enum State {
        CODE,
        WORD,
        NUMBER,
        DASH,
        SLASH,
        LINE_COMMENT,
        BLOCK_COMMENT,
        STRING,
        STRING_ESCAPE,
        STRING_QUOTE,
        NAME,
        NAME_QUOTE,
        DOLLAR,
        DOLLAR_TEXT
    }

    /** What may stand in the rest of a line and behind it. */
    private enum Behind {
        ANYTHING,
        /** SQL, but not in this line. */
        SQL,
        /** Rows, and nothing in this line. */
        ROWS
    }
}
