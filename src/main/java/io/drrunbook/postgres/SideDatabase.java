package io.drrunbook.postgres;

import static io.drrunbook.postgres.Identifiers.identifier;
import static io.drrunbook.postgres.Identifiers.literal;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings.Restore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;

/** The database that a backup is restored into and proven in, beside the live one. */
public final class SideDatabase {

    private static final String USER_TABLES = "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            + " WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'";

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

    /** Drops it, with the sessions in it; nothing happens when there is none. */
    public void drop() {
        server.maintenance()
                .execute("DROP DATABASE IF EXISTS " + identifier(server.names().side()) + " WITH (FORCE)");
    }

    /** Whether it is there under its own name, and is the one with that object id. */
    public boolean is(long oid) {
        return server.oid(server.names().side()).filter(found -> found == oid).isPresent();
    }

    /**
     * Counts the rows of each table, then has the planner's statistics made, which a dump does not carry.
     *
     * @param expected when empty, tables must merely be there where the archive has any
     * @return rows counted
     * @throws RunbookException {@code verification_failed} with all differences
     */
    public long verify(String database, List<ExpectedRows> expected, Archive archive, BooleanSupplier cancelled) {
        List<TableName> tables = tables(server, database);
        List<String> differences = new ArrayList<>();
        if (expected.isEmpty() && tables.isEmpty() && archive.contents().tables() > 0) {
            differences.add("the backup has " + archive.contents().tables() + " tables, the restored database none");
        }
        JdbcTemplate jdbc = server.in(database);
        long counted = 0;
        for (ExpectedRows table : expected) {
            stopWhen(cancelled);
            List<Long> rows = tables.stream()
                    .filter(table::isAbout)
                    .map(found -> jdbc.queryForObject("SELECT count(*) FROM " + found.quoted(), Long.class))
                    .toList();
            if (rows.contains(table.rows())) {
                counted += table.rows();
            } else {
                differences.add("table " + table.shown()
                        + (rows.isEmpty()
                                ? " is missing"
                                : " has " + rows.get(0) + " rows, the manifest says " + table.rows()));
            }
        }
        if (!differences.isEmpty()) {
            throw new RunbookException(
                    "verification_failed",
                    "database " + database + " is not what was backed up: " + String.join("; ", differences)
                            + "; take another backup");
        }
        stopWhen(cancelled);
        jdbc.execute("ANALYZE");
        return counted;
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
}
