package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;

/** The database beside the live one, into which a backup is restored and where it is proven. */
final class SideDatabase {

    private final DatabaseServer server;
    private final String name;

    SideDatabase(DatabaseServer server, String name) {
        this.server = server;
        this.name = name;
    }

    /**
     * Makes it empty, the way the live one was created, or when that is gone, the way the archive says.
     *
     * @return its OID, by which it is known whatever it is called later
     */
    long create(Archive archive) {
        drop();
        String creation = server.maintaining(sql -> DatabaseDefinition.creation(sql, server.live(), name))
                .orElseGet(() -> "CREATE DATABASE " + DatabaseServer.quoted(name) + " "
                        + archive.creation().orElse("TEMPLATE template0"));
        server.execute(creation);
        return server.oid(name).orElseThrow();
    }

    /** Drops it, if it is there, with whatever still works in it. */
    void drop() {
        server.execute("DROP DATABASE IF EXISTS " + DatabaseServer.quoted(name) + " WITH (FORCE)");
    }

    /**
     * Compares tables and their rows with the manifest.
     *
     * @param expected rows by {@code schema.table}; empty when nobody counted
     * @return how many rows there are in all compared tables
     * @throws RunbookException ({@code restored_rows_differ}) that names each table with both numbers
     */
    static long verify(DatabaseServer server, String database, Map<String, Long> expected, int tablesInArchive) {
        return server.in(database, sql -> {
            List<String> wrong = new ArrayList<>();
            long rows = 0;
            for (Map.Entry<String, Long> table : expected.entrySet()) {
                long there = rows(sql, table.getKey());
                if (there != table.getValue()) {
                    wrong.add(table.getKey() + " has " + (there < 0 ? "gone" : there + " rows") + ", the manifest says "
                            + table.getValue());
                }
                rows += Math.max(0, there);
            }
            if (expected.isEmpty() && tablesInArchive > 0 && tables(sql) == 0) {
                wrong.add("no table was restored, the archive has " + tablesInArchive);
            }
            if (!wrong.isEmpty()) {
                throw new RunbookException(
                        "restored_rows_differ",
                        "what was restored into " + database + " is not what was backed up: "
                                + String.join("; ", wrong));
            }
            return rows;
        });
    }

    /** Up to PostgreSQL 17 a dump carries no statistics, and an application without them looks dead. */
    static void analyze(DatabaseServer server, String database) {
        server.in(database, sql -> sql.sql("ANALYZE").update());
    }

    private static long rows(JdbcClient sql, String table) {
        String quoted = sql.sql("SELECT to_regclass(?)::oid::regclass::text")
                .param(table)
                .query(String.class)
                .optional()
                .orElse("");
        return quoted.isEmpty()
                ? -1
                : sql.sql("SELECT count(*) FROM " + quoted).query(Long.class).single();
    }

    private static long tables(JdbcClient sql) {
        return sql.sql("SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                        + " WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')")
                .query(Long.class)
                .single();
    }
}
