package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the text that {@code pg_dump} and {@code pg_restore} write, line by line.
 *
 * <p>Each object stands behind a comment that names its type and owner, so what a function's body says is not mistaken
 * for a grant.
 */
final class DumpText {

    private static final Pattern FROM = Pattern.compile("^(?:--|;)\\s+Dumped from database version:? (\\d+).*");
    private static final Pattern BY = Pattern.compile("^(?:--|;)\\s+Dumped by pg_dump version:? (\\d+).*");
    private static final Pattern DATABASE = Pattern.compile("^;\\s+dbname: (.*)");
    private static final Pattern CONTENT = Pattern.compile("^\\d+; \\d+ \\d+ (.*)");
    private static final Pattern HEADER = Pattern.compile(
            "^-- (?:Data for )?Name: (.*); Type: (.*); Schema: (.*?); Owner: (.*?)(?:; Tablespace: .*)?$");
    private static final Pattern GRANTED =
            Pattern.compile("^(?:GRANT|ALTER DEFAULT PRIVILEGES) .* TO (.+?)(?: WITH GRANT OPTION)?;$");
    private static final Pattern CREATION = Pattern.compile("^CREATE DATABASE .+? (?:WITH )?(TEMPLATE = .*);$");
    private static final Pattern COPY = Pattern.compile("^COPY .* FROM stdin;$");

    private final boolean plain;
    private final Set<String> roles = new TreeSet<>();
    private final Set<String> extensions = new TreeSet<>();
    private final List<String> properties = new ArrayList<>();
    private int from;
    private int by;
    private int tables;
    private String type = "";
    private boolean inData;
    private long number;
    private @Nullable String database;
    private @Nullable String definition;

    DumpText(boolean plain) {
        this.plain = plain;
    }

    /** @throws RunbookException ({@code unsafe_dump}) when psql would do more with the line than run SQL */
    void line(String line) {
        number++;
        if (inData) {
            inData = !line.equals("\\.");
            return;
        }
        if (plain && COPY.matcher(line).matches()) {
            inData = true;
            tables++;
            return;
        }
        if (plain && line.startsWith("\\") && !line.startsWith("\\restrict ") && !line.startsWith("\\unrestrict ")) {
            throw new RunbookException(
                    "unsafe_dump",
                    "line " + number + " of the plain dump is the psql command '" + line.split(" ")[0]
                            + "', which could reach beyond the database; make dumps without --create, or in custom"
                            + " format");
        }
        if (line.startsWith("--") || line.startsWith(";") || !line.isEmpty() && Character.isDigit(line.charAt(0))) {
            comment(line);
        } else {
            statement(line);
        }
    }

    private void comment(String line) {
        Matcher header = HEADER.matcher(line);
        if (header.matches()) {
            type = header.group(2);
            String owner = header.group(4);
            if (!owner.equals("-") && !owner.isBlank()) {
                roles.add(owner);
            }
            if (type.equals("EXTENSION")) {
                extensions.add(header.group(1));
            }
            return;
        }
        version(line);
        Matcher content = CONTENT.matcher(line);
        if (content.matches() && content.group(1).startsWith("TABLE DATA ")) {
            tables++;
        }
    }

    private void version(String line) {
        Matcher server = FROM.matcher(line);
        if (server.matches()) {
            from = Integer.parseInt(server.group(1));
        }
        Matcher dump = BY.matcher(line);
        if (dump.matches()) {
            by = Integer.parseInt(dump.group(1));
        }
        Matcher name = DATABASE.matcher(line);
        if (name.matches()) {
            database = name.group(1);
        }
    }

    private void statement(String line) {
        if (type.endsWith("ACL")) {
            Matcher granted = GRANTED.matcher(line);
            if (granted.matches() && !granted.group(1).equalsIgnoreCase("PUBLIC")) {
                roles.add(unquoted(granted.group(1)));
            }
        }
        if (type.equals("DATABASE")) {
            Matcher creation = CREATION.matcher(line);
            if (creation.matches()) {
                definition = creation.group(1);
            }
        }
        boolean aboutDatabase = line.startsWith("ALTER DATABASE ")
                || line.startsWith("COMMENT ON DATABASE ")
                || line.matches("(GRANT|REVOKE) .* ON DATABASE .*")
                || line.matches("ALTER ROLE .* IN DATABASE .*");
        if (!plain
                && aboutDatabase
                && line.endsWith(";")
                && (type.startsWith("DATABASE") || type.endsWith("ACL") || type.equals("COMMENT"))) {
            properties.add(line.substring(0, line.length() - 1));
        }
    }

    Archive archive(Path file, Archive.Kind kind) {
        return new Archive(file, kind, from, by, roles, extensions, tables, database, definition, properties);
    }

    private static String unquoted(String role) {
        return role.startsWith("\"") && role.endsWith("\"")
                ? role.substring(1, role.length() - 1).replace("\"\"", "\"")
                : role;
    }
}
