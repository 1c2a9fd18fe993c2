package io.drrunbook.postgres;

import static io.drrunbook.postgres.Identifiers.identifier;
import static io.drrunbook.postgres.Identifiers.literal;

import io.drrunbook.failure.Finding;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings.Restore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;

/** The database that a backup is restored into and proven in, beside the live one. */
public final class SideDatabase {

    private static final String USER_TABLES = "FROM pg_catalog.pg_class c"
            + " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            + " WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'";

    /** Tables with a foreign one below them: to read them with their children is to ask another server. */
    private static final String ELSEWHERE = "WITH RECURSIVE elsewhere(oid) AS (SELECT h.inhparent"
            + " FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_class k ON k.oid = h.inhrelid AND k.relkind = 'f'"
            + " UNION SELECT h.inhparent FROM pg_catalog.pg_inherits h JOIN elsewhere e ON e.oid = h.inhrelid) ";

    /** Tables that have inheritance children; partitions are none. */
    private static final String PARENTS = ELSEWHERE
            + "SELECT n.nspname, c.relname, c.oid IN (SELECT oid FROM elsewhere) AS far " + USER_TABLES
            + " AND c.relkind = 'r' AND EXISTS (SELECT 1 FROM pg_catalog.pg_inherits h WHERE h.inhparent = c.oid)";

    /** Everything that has statistics and no foreign table below it; nothing where all may be taken at once. */
    private static final String NEAR = ELSEWHERE
            + "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname)"
            + " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            + " WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"
            + " AND EXISTS (SELECT 1 FROM elsewhere) AND c.oid NOT IN (SELECT oid FROM elsewhere)";

    private final DatabaseServer server;

    public SideDatabase(DatabaseServer server) {
        this.server = server;
    }

    /**
     * Makes it, empty, with encoding and locale of the live one; when that is gone or does not win, as the archive says; else
     * with the server's defaults; owned by whoever will own it. What an earlier attempt of this run left behind is dropped first.
     *
     * @return its object id, by which it is known again after the swap has renamed it
     */
    public long create(Archive archive, LiveMake live, Restore restore, Consumer<String> log) {
        drop();
        DatabaseNames names = server.names();
        String owner =
                live.owner(archive).map(role -> " OWNER " + identifier(role)).orElse("");
        create(names.side(), options(archive, names.live(), live.wins(archive), restore, log) + owner);
        return server.oid(names.side()).orElseThrow();
    }

    /** Makes the live database where there is none, for a restore over it. */
    public void createLiveWhenMissing(Archive archive, Restore restore, Consumer<String> log) {
        String live = server.names().live();
        if (!server.exists(live)) {
            log.accept("there is no database " + live + "; it is made");
            create(live, options(archive, live, true, restore, log));
        }
    }

    private void create(String name, String options) {
        try {
            server.maintenance().execute("CREATE DATABASE " + identifier(name) + " WITH " + options);
        } catch (DataAccessException e) {
            throw new RunbookException(
                    "side_database_not_created",
                    "cannot create database " + name + " on " + server.address() + ": "
                            + e.getMostSpecificCause().getMessage() + "; nothing was changed",
                    e);
        }
    }

    private String options(Archive archive, String live, boolean liveWins, Restore restore, Consumer<String> log) {
        Optional<String> ofLive = optionsOf(live);
        if (ofLive.isPresent() && liveWins) {
            return ofLive.get();
        }
        boolean withTablespace = restore.tablespaces() == Restore.Tablespaces.REQUIRE;
        return archive.contents()
                .database()
                .map(dumped -> dumped.createOptions(withTablespace))
                .orElseGet(() -> {
                    log.accept("neither a live database nor the archive tells encoding and locale: the server's"
                            + " defaults are used");
                    return "TEMPLATE template0";
                });
    }

    /**
     * Naming the default tablespace takes a right on it that only superusers have, so only another one is named. Locale
     * providers came with PostgreSQL 15, ICU rules with 16, the
     * built-in provider with 17.
     */
    private Optional<String> optionsOf(String database) {
        int version = server.versionNumber();
        String provider = version >= 150_000 ? "datlocprovider::text" : "'c'";
        String locale = version >= 170_000 ? "datlocale" : version >= 150_000 ? "daticulocale" : "NULL";
        String rules = version >= 160_000 ? "daticurules" : "NULL";
        return server
                .maintenance()
                .query(
                        "SELECT pg_encoding_to_char(encoding) AS encoding, datcollate, datctype, " + provider
                                + " AS provider, " + locale + " AS locale, " + rules + " AS rules,"
                                + " CASE WHEN dattablespace <> (SELECT dattablespace FROM pg_database"
                                + " WHERE datname = 'template0') THEN spcname END AS tablespace"
                                + " FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace"
                                + " WHERE datname = ?",
                        (row, number) -> {
                            StringBuilder options = new StringBuilder("TEMPLATE template0");
                            append(options, "ENCODING", row.getString("encoding"));
                            append(options, "LC_COLLATE", row.getString("datcollate"));
                            append(options, "LC_CTYPE", row.getString("datctype"));
                            switch (row.getString("provider")) {
                                case "i" -> {
                                    append(options, "LOCALE_PROVIDER", "icu");
                                    append(options, "ICU_LOCALE", row.getString("locale"));
                                    append(options, "ICU_RULES", row.getString("rules"));
                                }
                                case "b" -> {
                                    append(options, "LOCALE_PROVIDER", "builtin");
                                    append(options, "BUILTIN_LOCALE", row.getString("locale"));
                                }
                                default -> append(options, "LOCALE_PROVIDER", version < 150_000 ? null : "libc");
                            }
                            append(options, "TABLESPACE", row.getString("tablespace"));
                            return options.toString();
                        },
                        database)
                .stream()
                .findFirst();
    }

    private static void append(StringBuilder options, String option, @Nullable String value) {
        if (value != null) {
            options.append(' ').append(option).append(' ').append(literal(value));
        }
    }

    /** Drops it, with the sessions and subscriptions in it; nothing happens when there is none. */
    public void drop() {
        String side = server.names().side();
        new Subscriptions(server).cut(side);
        server.maintenance().execute("DROP DATABASE IF EXISTS " + identifier(side) + " WITH (FORCE)");
    }

    /**
     * Cuts and drops the subscriptions that were restored with it: a copy that is only looked at must not come near their
     * publishers.
     */
    public List<String> cutSubscriptions() {
        return new Subscriptions(server).cut(server.names().side());
    }

    /** Whether it is there under its own name, and is the one with that object id. */
    public boolean is(long oid) {
        return server.oid(server.names().side()).filter(found -> found == oid).isPresent();
    }

    /**
     * Counts the rows of each table, then has the planner's statistics made, which a dump does not carry.
     *
     * @param expected when empty, tables must merely be there where the archive has any
     * @return rows counted, and tables that nobody can count alike
     * @throws RunbookException {@code verification_failed} with all differences
     */
    public Counted verify(String database, List<ExpectedRows> expected, Archive archive, BooleanSupplier cancelled) {
        List<TableName> tables = tables(server, database);
        List<String> differences = new ArrayList<>();
        if (expected.isEmpty() && tables.isEmpty() && archive.contents().tables() > 0) {
            differences.add("the backup has " + archive.contents().tables() + " tables, the restored database none");
        }
        JdbcTemplate jdbc = server.in(database);
        Map<TableName, Boolean> parents = parents(jdbc);
        List<Finding> findings = new ArrayList<>();
        long counted = 0;
        for (ExpectedRows table : expected) {
            stopWhen(cancelled);
            List<TableName> there = tables.stream().filter(table::isAbout).toList();
            List<Long> rows = there.stream()
                    .map(found -> count(jdbc, "ONLY " + found.quoted()))
                    .toList();
            counted += rows.contains(table.rows()) ? table.rows() : 0;
            if (there.isEmpty()) {
                differences.add("table " + table.shown() + " is missing");
            } else if (!rows.contains(table.rows())) {
                TableName found = there.get(0);
                difference(jdbc, table, found, rows.get(0), parents.get(found), findings)
                        .ifPresent(differences::add);
            }
        }
        if (!differences.isEmpty()) {
            throw new RunbookException(
                    "verification_failed",
                    "database " + database + " is not what was backed up: " + String.join("; ", differences)
                            + "; take another backup");
        }
        stopWhen(cancelled);
        analyze(jdbc);
        return new Counted(counted, findings);
    }

    /** {@code ANALYZE} of a table reads its foreign children too, from a server that may not answer. */
    private static void analyze(JdbcTemplate jdbc) {
        List<String> near = jdbc.queryForList(NEAR, String.class);
        jdbc.execute("ANALYZE " + String.join(", ", near));
    }

    /** A table's own rows: not those of inheritance children, which are tables of their own, or foreign ones elsewhere. */
    private static long count(JdbcTemplate jdbc, String table) {
        return jdbc.queryForObject("SELECT pg_catalog.count(*) FROM " + table, Long.class);
    }

    private static Map<TableName, Boolean> parents(JdbcTemplate jdbc) {
        Map<TableName, Boolean> parents = new HashMap<>();
        jdbc.query(PARENTS, row -> {
            parents.put(new TableName(row.getString(1), row.getString(2)), row.getBoolean("far"));
        });
        return parents;
    }

    /**
     * A manifest of before may have counted an inheritance parent with its children, those elsewhere among them.
     *
     * @param elsewhere whether a child of that table is a foreign one; null when it has no children
     */
    private static Optional<String> difference(
            JdbcTemplate jdbc,
            ExpectedRows table,
            TableName found,
            long rows,
            @Nullable Boolean elsewhere,
            List<Finding> findings) {
        if (Boolean.TRUE.equals(elsewhere)) {
            findings.add(new Finding(
                    Finding.ROWS_NOT_COUNTED,
                    "table " + found.quoted(),
                    "it has " + rows + " rows of its own, the manifest says " + table.rows()
                            + " and may have counted those of its foreign tables, which are not in a backup; the next"
                            + " backup counts its own only",
                    null));
            return Optional.empty();
        }
        if (elsewhere != null && count(jdbc, found.quoted()) == table.rows()) {
            return Optional.empty();
        }
        return Optional.of("table " + table.shown() + " has " + rows + " rows, the manifest says " + table.rows());
    }

    private static void stopWhen(BooleanSupplier cancelled) {
        if (cancelled.getAsBoolean()) {
            throw new RunbookException("cancelled", "the run was cancelled while the restored database was verified");
        }
    }

    /** Tables that people made. */
    static List<TableName> tables(DatabaseServer server, String database) {
        return server.in(database)
                .query(
                        "SELECT n.nspname, c.relname " + USER_TABLES + " ORDER BY 1, 2",
                        (row, number) -> new TableName(row.getString(1), row.getString(2)));
    }

    /** How many rows were counted, and which tables could not be judged by theirs. */
    public record Counted(long rows, List<Finding> findings) {}
}
