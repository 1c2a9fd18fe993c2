package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A plain dump: looked at to its last byte before it is used, and given to psql by the very reader that has looked at it.
 * In psql a backslash command such as {@code \!} runs a shell. A dump has none but the bracket that {@code pg_dump} puts
 * around it, {@code \restrict KEY} to {@code \ unrestrict KEY} (without the blank). That one is not believed: it is left
 * out, and a bracket of ours, whose key nobody can know, stands around whatever psql gets.
 *
 * @see <a href="https://www.postgresql.org/docs/current/app-psql.html">psql, \restrict</a>
 */
final class PlainDump implements SqlScanner.Listener {

    private static final String END = "-- PostgreSQL database dump complete";
    private static final String SERVER = "-- Dumped from database version ";
    private static final String TOOL = "-- Dumped by pg_dump version ";
    private static final Pattern RESTRICT = Pattern.compile("\\\\restrict ([A-Za-z0-9]+)");
    private static final Pattern CONNECT = Pattern.compile("\\\\(c|connect)(\\s.*)?");
    private static final Set<String> ABOUT_DATABASES = Set.of("create", "drop", "alter");
    private static final Set<String> TRANSACTIONS = Set.of("begin", "start", "commit", "end", "rollback", "abort");
    private static final Set<String> ON = Set.of("on", "true", "yes", "1");
    private static final Set<String> OFF = Set.of("off", "false", "no", "0");
    private static final int BLOCK = 1 << 16;
    private static final int KEY_BITS = 256;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path file;
    private final SqlNames names = new SqlNames();
    private final SqlScanner scanner;
    private @Nullable String key;
    private String serverVersion = "";
    private String dumpVersion = "";
    private boolean sawStatement;
    private boolean sawEnd;
    private boolean closed;
    private boolean drops;
    private boolean dropsWhatMustBeThere;
    private boolean ownTransactions;

    private PlainDump(Path file, OutputStream out) {
        this.file = file;
        this.scanner = new SqlScanner(String.valueOf(file.getFileName()), out, this);
    }

    /**
     * Reads it to its last byte.
     *
     * @throws RunbookException {@code archive_incomplete}, {@code dump_connects_elsewhere}, {@code unsafe_dump} or
     *     {@code unsupported_dump_encoding}
     */
    static PlainDump read(Path file) {
        try {
            return scan(file, OutputStream.nullOutputStream());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
    }

    /**
     * Gives psql the dump, in a bracket and a transaction of ours. The transaction ends with the last line and not with the
     * input, which also ends when the service is killed.
     *
     * @throws RunbookException as {@link #read} does, should the file have changed since
     */
    void feed(OutputStream psql) throws IOException {
        String bracket = new BigInteger(KEY_BITS, RANDOM).toString(Character.MAX_RADIX);
        write(psql, "\\restrict " + bracket + "\nSET standard_conforming_strings = on;\nBEGIN;\n");
        scan(file, psql);
        write(psql, "\nCOMMIT;\n\\unrestrict " + bracket + "\n");
    }

    private static void write(OutputStream psql, String line) throws IOException {
        psql.write(line.getBytes(StandardCharsets.US_ASCII));
    }

    SqlNames names() {
        return names;
    }

    String serverVersion() {
        return serverVersion;
    }

    String dumpVersion() {
        return dumpVersion;
    }

    /** Whether it drops what it makes ({@code pg_dump --clean}). */
    boolean drops() {
        return drops;
    }

    /** Whether it fails where there is nothing to drop ({@code pg_dump --clean} without {@code --if-exists}). */
    boolean dropsWhatMustBeThere() {
        return dropsWhatMustBeThere;
    }

    /** Whether it commits by itself, as dumps with large objects do: one transaction around it does not hold. */
    boolean hasOwnTransactions() {
        return ownTransactions;
    }

    private static PlainDump scan(Path file, OutputStream out) throws IOException {
        PlainDump dump = new PlainDump(file, out);
        byte[] block = new byte[BLOCK];
        try (InputStream in = Files.newInputStream(file)) {
            for (int read = in.read(block); read != -1; read = in.read(block)) {
                dump.scanner.take(block, read);
            }
        }
        if (!dump.scanner.finish() || !dump.sawEnd) {
            throw incomplete(file, "does not end with the line '" + END + "'");
        }
        if (dump.key != null && !dump.closed) {
            throw incomplete(file, "does not end with \\unrestrict");
        }
        return dump;
    }

    private static RunbookException incomplete(Path file, String how) {
        return new RunbookException(
                "archive_incomplete", file.getFileName() + " " + how + ": it was cut short; take another backup");
    }

    @Override
    public void comment(String line) {
        sawEnd |= line.equals(END);
        if (!sawStatement && line.startsWith(SERVER) && serverVersion.isEmpty()) {
            serverVersion = line.substring(SERVER.length());
        } else if (!sawStatement && line.startsWith(TOOL) && dumpVersion.isEmpty()) {
            dumpVersion = line.substring(TOOL.length());
        }
    }

    @Override
    public void command(String line, boolean alone) {
        Matcher restrict = RESTRICT.matcher(line);
        if (alone && restrict.matches() && key == null && !sawStatement) {
            key = restrict.group(1);
        } else if (alone && sawEnd && !closed && line.equals("\\unrestrict " + key)) {
            closed = true;
        } else if (CONNECT.matcher(line).matches()) {
            throw elsewhere();
        } else {
            String shown = line.substring(0, Math.min(line.length(), 60));
            throw unsafe("has the psql command '" + shown + "', which could run programs on this machine");
        }
    }

    @Override
    public void statement(SqlStatement statement) {
        if (closed) {
            throw unsafe("goes on behind its \\unrestrict");
        }
        sawStatement = true;
        sawEnd = false;
        String first = statement.word(0);
        if (ABOUT_DATABASES.contains(first) && statement.word(1).equals("database")) {
            throw elsewhere();
        }
        drops |= statement.startsWith("drop", "table") || statement.startsWith("drop", "schema");
        dropsWhatMustBeThere |=
                statement.startsWith("drop", "table") && !statement.word(2).equals("if");
        ownTransactions |= TRANSACTIONS.contains(first);
        switch (first) {
            case "copy" -> copy(statement);
            case "set" -> set(statement);
            case "reset", "discard" -> reset(statement);
            default -> {
                // Of no consequence for how it is read.
            }
        }
        names.take(statement);
    }

    /** From the program's input: rows follow. The grammar takes STDOUT for it as well. */
    private void copy(SqlStatement statement) {
        int from = statement.last("stdin", "stdout") - 1;
        if (from < 1 || !statement.word(from).equals("from")) {
            return;
        }
        boolean plainRows = from == statement.tokens().size() - 2 && !statement.startsWith("copy", "binary");
        if (!plainRows || !statement.isWhole()) {
            throw unsafe("has a COPY with options, behind which it is not certain where its rows end");
        }
        scanner.rowsFollow();
    }

    /** What changes the meaning of the bytes that follow. */
    private void set(SqlStatement statement) {
        List<SqlToken> tokens = statement.tokens();
        boolean scoped = statement.word(1).equals("local") || statement.word(1).equals("session");
        String name = statement.word(scoped ? 2 : 1);
        String value = tokens.isEmpty() ? "" : tokens.get(tokens.size() - 1).text();
        if (name.equals("standard_conforming_strings")) {
            if (!ON.contains(value) && !OFF.contains(value) || statement.word(1).equals("local")) {
                throw unsafe("sets standard_conforming_strings to '" + value + "'");
            }
            scanner.standardStrings(ON.contains(value));
        } else if (name.equals("client_encoding") || name.equals("names")) {
            if (DumpEncoding.hidesQuotes(value)) {
                throw new RunbookException(
                        "unsupported_dump_encoding",
                        file.getFileName() + " is in " + value + ", in which a part of a character looks like a quote;"
                                + " take a backup in another encoding (pg_dump --encoding=UTF8) or in custom format");
            }
            scanner.charset(DumpEncoding.charset(value));
        }
    }

    private void reset(SqlStatement statement) {
        if (Set.of("all", "standard_conforming_strings", "client_encoding").contains(statement.word(1))) {
            throw unsafe("takes back the settings that it was made with");
        }
    }

    private RunbookException elsewhere() {
        return new RunbookException(
                "dump_connects_elsewhere",
                file.getFileName() + " was made with pg_dump --create and names the database it goes into;"
                        + " it cannot be restored beside the live one. Take a backup made without --create");
    }

    private RunbookException unsafe(String what) {
        return new RunbookException(
                "unsafe_dump",
                file.getFileName() + " " + what + "; somebody may have tampered with it. Look, or take another backup");
    }
}
