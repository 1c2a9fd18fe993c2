package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a script as psql does, statements, rows and backslash commands, and hands on what it has read: whoever feeds psql
 * from here gives it the very bytes that were looked at. Backslash commands are never handed on.
 */
final class SqlScanner {

    private static final Logger LOG = LoggerFactory.getLogger(SqlScanner.class);

    private final SqlPosition position;
    private final OutputStream out;
    private final Listener listener;
    private final SqlLexer lexer;
    private final SqlText command = new SqlText();
    private Mode mode = Mode.SQL;
    private SqlRows rows = new SqlRows();
    private boolean carriageReturn;
    private boolean alone;

    /**
     * @param source how messages name the text
     * @param out given everything but backslash commands
     */
    SqlScanner(String source, OutputStream out, Listener listener) {
        this(source, out, listener, true);
    }

    private SqlScanner(String source, OutputStream out, Listener listener, boolean standardStrings) {
        this.position = new SqlPosition(source);
        this.out = out;
        this.listener = listener;
        this.lexer = new SqlLexer(position, new SqlStatements(listener::statement), listener::comment, standardStrings);
    }

    /** The statements of a short text, up to what cannot be read. */
    static void statements(String sql, boolean standardStrings, Consumer<SqlStatement> taker) {
        SqlScanner scanner = new SqlScanner("SQL", OutputStream.nullOutputStream(), taker::accept, standardStrings);
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
        lexer.standardStrings(on);
    }

    /** How names and values are to be read from here on. */
    void charset(Charset names) {
        lexer.charset(names);
    }

    /** From the next line on there are rows, until a line {@code \.} ends them. */
    void rowsFollow() {
        lexer.rowsFollow();
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
            boolean inCommand = mode == Mode.COMMAND;
            accept(block[at]);
            if (!inCommand && mode == Mode.COMMAND) {
                out.write(block, from, at - from);
            } else if (inCommand && mode != Mode.COMMAND) {
                from = at;
            }
            position.behind(block[at]);
        }
        if (mode != Mode.COMMAND) {
            out.write(block, from, length - from);
        }
    }

    /** Most of a dump is rows, of which only the ends count. */
    private int behindRow(byte[] block, int from, int length) {
        int at = from;
        while (mode == Mode.ROWS && rows.inRow() && at < length && block[at] != '\n' && block[at] != 0) {
            at++;
        }
        position.behind(at - from);
        return at;
    }

    /**
     * Nothing more comes.
     *
     * @return whether it ended between two statements
     */
    boolean finish() {
        if (mode != Mode.ROWS) {
            accept((byte) '\n');
        }
        return mode == Mode.SQL && lexer.betweenStatements();
    }

    private void accept(byte next) {
        if (next == 0) {
            throw position.unsafe("has a byte 0, behind which psql would not read what is read here");
        }
        if (carriageReturn && next != '\n') {
            throw position.loneCarriageReturn();
        }
        switch (mode) {
            case SQL -> sql(next);
            case ROWS -> mode = rows.ends(next) ? Mode.SQL : Mode.ROWS;
            case COMMAND -> command(next);
        }
        carriageReturn = next == '\r' && (mode == Mode.COMMAND || mode == Mode.SQL && lexer.inCode());
    }

    private void sql(byte next) {
        lexer.accept(next);
        if (lexer.rowsBegin()) {
            rows = new SqlRows();
            mode = Mode.ROWS;
        } else if (lexer.commandBegins()) {
            alone = position.atLineStart() && lexer.betweenStatements();
            command.clear();
            command.keep(next);
            mode = Mode.COMMAND;
        }
    }

    private void command(byte next) {
        if (next == '\n') {
            mode = Mode.SQL;
            listener.command(command.in(StandardCharsets.UTF_8), alone);
        } else if (next != '\r') {
            command.keep(next);
        }
    }

    private enum Mode {
        SQL,
        ROWS,
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
