package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads SQL byte by byte in the way of psql's own scanner (psqlscan.l), and hands on what it has read: whoever feeds psql
 * from here gives it the very bytes that were looked at. Backslash commands are never handed on. What psql, the server or
 * their versions would read in different ways is refused.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-syntax-lexical.html">Lexical Structure</a>
 */
final class SqlScanner {

    /** Longer comments, names and values are read, but not kept. */
    private static final int LONGEST_TEXT = 1 << 16;

    private static final int LONGEST_TAG = 1024;
    private static final Logger LOG = LoggerFactory.getLogger(SqlScanner.class);

    private final String source;
    private final OutputStream out;
    private final Listener listener;
    private final ByteArrayOutputStream text = new ByteArrayOutputStream();
    private SqlStatement statement = new SqlStatement();
    private SqlBodies bodies = new SqlBodies();
    private Charset charset = StandardCharsets.UTF_8;
    private State state = State.CODE;
    private @Nullable State behindThisLine;
    private boolean standardStrings = true;
    private boolean escapes;
    private boolean atLineStart = true;
    private boolean carriageReturn;
    private boolean alone;
    private boolean behindString;
    private boolean behindNumber;
    private int parentheses;
    private int comments;
    private byte[] dollarTag = {};
    private long position;
    private long prefixEnd = -1;
    private String prefix = "";

    /**
     * @param source how messages name the text
     * @param out given everything but backslash commands
     */
    SqlScanner(String source, OutputStream out, Listener listener) {
        this.source = source;
        this.out = out;
        this.listener = listener;
    }

    /** The statements of a short text, up to what cannot be read. */
    static void statements(String sql, boolean standardStrings, Consumer<SqlStatement> taker) {
        SqlScanner scanner = new SqlScanner("SQL", OutputStream.nullOutputStream(), taker::accept);
        scanner.standardStrings = standardStrings;
        byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
        try {
            scanner.take(bytes, bytes.length);
        } catch (RunbookException e) {
            LOG.debug("passed over in an archive", e);
        } catch (IOException e) {
            throw new IllegalStateException("nothing is written", e);
        }
    }

    /** Whether a backslash is an ordinary character in {@code '...'}; on at the beginning, and from the next line on. */
    void standardStrings(boolean on) {
        if (on != standardStrings) {
            standardStrings = on;
            behindThisLine = State.CODE;
        }
    }

    /** How names and values are to be read from here on. */
    void charset(Charset names) {
        charset = names;
    }

    /** From the next line on there are rows, until a line {@code \.} ends them. */
    void rowsFollow() {
        behindThisLine = State.ROW_START;
    }

    /**
     * Reads on, and hands on what it has read.
     *
     * @throws RunbookException {@code unsafe_dump} or {@code unsupported_dump_encoding}, or as the listener refuses; then
     *     nothing from the refused byte on was handed on
     */
    void take(byte[] block, int length) throws IOException {
        int from = 0;
        for (int at = behindRow(block, 0, length); at < length; at = behindRow(block, at + 1, length)) {
            byte next = block[at];
            boolean inCommand = state == State.COMMAND;
            accept(next);
            if (!inCommand && state == State.COMMAND) {
                out.write(block, from, at - from);
            } else if (inCommand && state != State.COMMAND) {
                from = at;
            }
            atLineStart = next == '\n';
            position++;
        }
        if (state != State.COMMAND) {
            out.write(block, from, length - from);
        }
    }

    /** Most of a dump is rows, of which only the ends count. */
    private int behindRow(byte[] block, int from, int length) {
        int at = from;
        while (state == State.ROW && at < length && block[at] != '\n' && block[at] != 0) {
            at++;
        }
        position += at - from;
        return at;
    }

    private void accept(byte next) {
        if (next == 0) {
            throw unsafe("has a byte 0, behind which psql would not read what is read here");
        }
        if (carriageReturn && next != '\n') {
            throw new RunbookException(
                    "unsupported_dump_encoding",
                    source + " has a carriage return without a line feed at byte " + (position - 1)
                            + ": line ends were changed on its way; take it again from where it was made, in binary mode");
        }
        carriageReturn = false;
        while (!step(next)) {
            continue;
        }
    }

    /**
     * Nothing more comes.
     *
     * @return whether it ended between two statements
     */
    boolean finish() {
        if (state == State.COMMAND || state == State.LINE_COMMENT || state == State.STRING_QUOTE) {
            accept((byte) '\n');
        }
        return state == State.CODE && statement.isEmpty() && behindThisLine == null;
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
            case BLOCK_COMMENT, BLOCK_STAR, BLOCK_SLASH -> blockComment(next);
            case STRING -> string(next);
            case STRING_ESCAPE -> escape(next);
            case STRING_QUOTE -> stringQuote(next);
            case NAME -> name(next);
            case NAME_QUOTE -> nameQuote(next);
            case DOLLAR -> dollar(next);
            case DOLLAR_TEXT -> dollarText(next);
            case DOLLAR_END -> dollarEnd(next);
            case ROW, ROW_START, ROW_BACKSLASH, ROW_END, ROW_END_RETURN -> row(next);
            case COMMAND -> command(next);
        };
    }

    private boolean code(byte next) {
        if (isSpace(next)) {
            carriageReturn = next == '\r';
            if (next == '\n' && behindThisLine != null) {
                state = behindThisLine;
                behindThisLine = null;
            }
            return true;
        }
        if (behindThisLine != null) {
            throw unsafe("goes on in the line of a COPY or of a setting that changes how it is to be read");
        }
        switch (next) {
            case '\\' -> {
                alone = atLineStart && statement.isEmpty();
                begin(State.COMMAND);
                keep(next);
            }
            case '\'' -> beginString();
            case '"' -> begin(State.NAME);
            case '$' -> begin(State.DOLLAR);
            case '-' -> {
                alone = atLineStart && statement.isEmpty();
                state = State.DASH;
            }
            case '/' -> state = State.SLASH;
            default -> {
                if (isWordStart(next) || isDigit(next)) {
                    behindNumber = false;
                    begin(isDigit(next) ? State.NUMBER : State.WORD);
                    return false;
                }
                symbol((char) next);
            }
        }
        return true;
    }

    private void symbol(char symbol) {
        if (symbol == '&' && prefixEnd == position && prefix.equals("u")) {
            prefixEnd = position + 1;
        }
        behindString = false;
        if (symbol == ';' && parentheses == 0 && !bodies.isOpen()) {
            endStatement();
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

    private void endStatement() {
        SqlStatement ended = statement;
        statement = new SqlStatement();
        bodies = new SqlBodies();
        if (!ended.isEmpty()) {
            listener.statement(ended);
        }
    }

    private boolean word(byte next) {
        if (isWordPart(next)) {
            keep(next);
            return true;
        }
        state = State.CODE;
        prefix = kept().toLowerCase(Locale.ROOT);
        prefixEnd = position;
        if (next == '\'' && behindNumber) {
            throw unsafe("has a string directly behind a number");
        }
        boolean prefixesString = next == '\'' && prefix.length() == 1 && "ebxn".contains(prefix);
        if (!prefixesString) {
            behindString = false;
            add(SqlToken.Kind.WORD, prefix);
            bodies.word(prefix, parentheses);
        }
        return false;
    }

    private boolean number(byte next) {
        if (isDigit(next) || next == '.') {
            keep(next);
            return true;
        }
        behindString = false;
        add(SqlToken.Kind.NUMBER, kept());
        state = State.CODE;
        if (isWordStart(next)) {
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
            comments = 1;
            state = State.BLOCK_COMMENT;
            return true;
        }
        state = State.CODE;
        symbol('/');
        return false;
    }

    private boolean lineComment(byte next) {
        if (next != '\n') {
            carriageReturn = next == '\r';
            if (!carriageReturn) {
                keep(next);
            }
            return true;
        }
        state = State.CODE;
        if (alone) {
            listener.comment("--" + kept());
        }
        return false;
    }

    private boolean blockComment(byte next) {
        if (state == State.BLOCK_STAR && next == '/') {
            comments--;
            state = comments == 0 ? State.CODE : State.BLOCK_COMMENT;
        } else if (state == State.BLOCK_SLASH && next == '*') {
            comments++;
            state = State.BLOCK_COMMENT;
        } else {
            state = next == '*' ? State.BLOCK_STAR : next == '/' ? State.BLOCK_SLASH : State.BLOCK_COMMENT;
        }
        return true;
    }

    private void beginString() {
        if (behindString) {
            throw unsafe("has two strings with nothing between them");
        }
        boolean prefixed = prefixEnd == position;
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
            statement.leftOut();
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
        endString();
        return false;
    }

    private void endString() {
        add(SqlToken.Kind.STRING, parentheses == 0 ? kept() : "");
        behindString = true;
        state = State.CODE;
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
        behindString = false;
        add(SqlToken.Kind.NAME, kept());
        state = State.CODE;
        return false;
    }

    /** Behind a first dollar sign: it begins a text when a tag and another one follow. */
    private boolean dollar(byte next) {
        if (next == '$') {
            dollarTag = text.toByteArray();
            state = State.DOLLAR_TEXT;
            return true;
        }
        if (isWordStart(next) || text.size() > 0 && isDigit(next)) {
            if (text.size() == LONGEST_TAG) {
                throw unsafe("quotes a text by a word that does not end");
            }
            keep(next);
            return true;
        }
        symbol('$');
        behindNumber = false;
        state = text.size() == 0 ? State.CODE : State.WORD;
        return false;
    }

    private boolean dollarText(byte next) {
        if (next == '$') {
            begin(State.DOLLAR_END);
        }
        return true;
    }

    private boolean dollarEnd(byte next) {
        if (next == '$') {
            if (Arrays.equals(dollarTag, text.toByteArray())) {
                endDollarText();
            } else {
                text.reset();
            }
        } else if (isWordStart(next) || text.size() > 0 && isDigit(next)) {
            keep(next);
        } else {
            state = State.DOLLAR_TEXT;
        }
        return true;
    }

    private void endDollarText() {
        text.reset();
        statement.leftOut();
        endString();
        behindString = false;
    }

    private boolean row(byte next) {
        if (next == '\n') {
            state = state == State.ROW_END || state == State.ROW_END_RETURN ? State.CODE : State.ROW_START;
        } else if (state == State.ROW_START && next == '\\') {
            state = State.ROW_BACKSLASH;
        } else if (state == State.ROW_BACKSLASH && next == '.') {
            state = State.ROW_END;
        } else if (state == State.ROW_END && next == '\r') {
            state = State.ROW_END_RETURN;
        } else {
            state = State.ROW;
        }
        return true;
    }

    private boolean command(byte next) {
        if (next != '\n') {
            carriageReturn = next == '\r';
            if (!carriageReturn) {
                keep(next);
            }
            return true;
        }
        state = State.CODE;
        listener.command(kept(), alone);
        return false;
    }

    private void begin(State begun) {
        text.reset();
        state = begun;
    }

    private void keep(byte next) {
        if (text.size() < LONGEST_TEXT) {
            text.write(next);
        } else {
            statement.leftOut();
        }
    }

    private String kept() {
        return text.toString(charset);
    }

    private void add(SqlToken.Kind kind, String value) {
        if (parentheses == 0) {
            statement.add(new SqlToken(kind, value));
        } else {
            statement.begin();
        }
    }

    private RunbookException unsafe(String what) {
        return new RunbookException(
                "unsafe_dump",
                source + " " + what + " (byte " + position + "); pg_dump writes nothing like it: somebody may have"
                        + " tampered with it. Look, or take another backup");
    }

    private static boolean isSpace(byte next) {
        return next == ' ' || next >= '\t' && next <= '\r';
    }

    private static boolean isDigit(byte next) {
        return next >= '0' && next <= '9';
    }

    private static boolean isWordStart(byte next) {
        return next < 0 || next == '_' || next >= 'a' && next <= 'z' || next >= 'A' && next <= 'Z';
    }

    private static boolean isWordPart(byte next) {
        return isWordStart(next) || isDigit(next) || next == '$';
    }

    private enum State {
        CODE,
        WORD,
        NUMBER,
        DASH,
        SLASH,
        LINE_COMMENT,
        BLOCK_COMMENT,
        BLOCK_STAR,
        BLOCK_SLASH,
        STRING,
        STRING_ESCAPE,
        STRING_QUOTE,
        NAME,
        NAME_QUOTE,
        DOLLAR,
        DOLLAR_TEXT,
        DOLLAR_END,
        ROW_START,
        ROW_BACKSLASH,
        ROW_END,
        ROW_END_RETURN,
        ROW,
        COMMAND
    }

    /** Told what the text consists of. */
    interface Listener {

        /** Ended by its semicolon. */
        void statement(SqlStatement statement);

        /** A comment from {@code --} at the beginning of a line to its end, between two statements. */
        default void comment(String line) {}

        /**
         * From a backslash to the end of the line.
         *
         * @param alone whether it stands at the beginning of a line, between two statements
         */
        default void command(String line, boolean alone) {
            throw new RunbookException("unsafe_dump", "'" + line + "' is no SQL");
        }
    }
}
