package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A full read of a plain dump: that it is whole, and that psql cannot be made to do more than SQL by it. In psql a
 * backslash command such as {@code \!} runs a shell. {@code \restrict KEY} refuses all of them until
 * {@code \ unrestrict KEY} (without the blank); a dump that brings such a bracket must have it around everything, and one
 * without it is put into one of ours, whose key its author cannot know.
 *
 * @see <a href="https://www.postgresql.org/docs/current/app-psql.html">psql, \restrict</a>
 */
final class PlainDump {

    private static final String END = "-- PostgreSQL database dump complete";
    private static final byte[] UNRESTRICT = "\\unrestrict".getBytes(StandardCharsets.US_ASCII);
    private static final Pattern BRACKET = Pattern.compile("\\\\(un)?restrict [A-Za-z0-9]+");

    /** Rows may be as long as they like; what is looked for stands at the beginning of a line. */
    private static final int HEAD_OF_LINE = 8192;

    private final ArchiveContents contents = new ArchiveContents();
    private final Path file;
    private @Nullable String openingBracket;
    private String serverVersion = "";
    private String dumpVersion = "";
    private boolean sawStatement;
    private boolean sawEnd;
    private boolean closed;
    private boolean statementsAfterClosing;
    private boolean connectsElsewhere;
    private boolean drops;
    private boolean ownTransactions;
    private boolean copying;
    private int unrestricts;
    private int matched;

    private PlainDump(Path file) {
        this.file = file;
    }

    /**
     * Reads it to its last byte.
     *
     * @throws RunbookException {@code archive_incomplete}, {@code dump_connects_elsewhere} or {@code unsafe_dump}
     */
    static PlainDump read(Path file) {
        PlainDump dump = new PlainDump(file);
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
            dump.scan(in);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        }
        dump.refuseWhatIsNotWholeOrNotSafe();
        return dump;
    }

    ArchiveContents contents() {
        return contents;
    }

    String serverVersion() {
        return serverVersion;
    }

    String dumpVersion() {
        return dumpVersion;
    }

    /** Whether it brings a bracket of its own around everything. */
    boolean restrictsItself() {
        return openingBracket != null;
    }

    /** Whether it drops what it makes ({@code pg_dump --clean}). */
    boolean drops() {
        return drops;
    }

    /** Whether it commits by itself, as dumps with large objects do: one transaction around it does not hold. */
    boolean hasOwnTransactions() {
        return ownTransactions;
    }

    private void scan(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int read = in.read(); read != -1; read = in.read()) {
            countUnrestrict((byte) read);
            if (read == '\n' || read == '\r') {
                takeLine(line.toString(StandardCharsets.UTF_8));
                line.reset();
            } else if (line.size() < HEAD_OF_LINE) {
                line.write(read);
            }
        }
        takeLine(line.toString(StandardCharsets.UTF_8));
    }

    private void countUnrestrict(byte read) {
        if (read == UNRESTRICT[matched]) {
            matched++;
            if (matched == UNRESTRICT.length) {
                unrestricts++;
                matched = 0;
            }
        } else {
            matched = read == UNRESTRICT[0] ? 1 : 0;
        }
    }

    private void takeLine(String line) {
        contents.take(line);
        if (copying) {
            copying = !line.equals("\\.");
            return;
        }
        if (line.isBlank()) {
            return;
        }
        if (line.startsWith("--")) {
            takeComment(line);
            return;
        }
        if (BRACKET.matcher(line).matches()) {
            takeBracket(line);
        } else {
            statementsAfterClosing |= closed;
        }
        sawStatement = true;
        copying = line.startsWith("COPY ") && line.endsWith("FROM stdin;");
        connectsElsewhere |= line.startsWith("\\connect") || line.startsWith("CREATE DATABASE ");
        drops |= line.startsWith("DROP TABLE ") || line.startsWith("DROP SCHEMA ");
        ownTransactions |= line.equals("BEGIN;") || line.equals("COMMIT;");
    }

    private void takeComment(String line) {
        sawEnd |= line.equals(END);
        if (line.startsWith("-- Dumped from database version ")) {
            serverVersion = line.substring("-- Dumped from database version ".length());
        } else if (line.startsWith("-- Dumped by pg_dump version ")) {
            dumpVersion = line.substring("-- Dumped by pg_dump version ".length());
        }
    }

    private void takeBracket(String line) {
        if (!sawStatement && line.startsWith("\\restrict ")) {
            openingBracket = line;
        } else if (openingBracket != null && line.equals(openingBracket.replace("\\restrict", "\\unrestrict"))) {
            closed = true;
        }
    }

    private void refuseWhatIsNotWholeOrNotSafe() {
        if (connectsElsewhere) {
            throw new RunbookException(
                    "dump_connects_elsewhere",
                    file.getFileName() + " was made with pg_dump --create and names the database it goes into;"
                            + " it cannot be restored beside the live one. Take a backup made without --create");
        }
        if (!sawEnd) {
            throw new RunbookException(
                    "archive_incomplete",
                    file.getFileName() + " has no line '" + END + "': it was cut short; take another backup");
        }
        boolean whole =
                openingBracket == null ? unrestricts == 0 : unrestricts == 1 && closed && !statementsAfterClosing;
        if (!whole) {
            throw new RunbookException(
                    "unsafe_dump",
                    file.getFileName() + " leaves psql's restricted mode before its end and could run programs on this"
                            + " machine; look for \\unrestrict in it, or take another backup");
        }
    }
}
