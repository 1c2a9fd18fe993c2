package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import java.time.Duration;
import java.util.List;

/**
 * Puts one database in the place of another: fences it off, ends its sessions, and renames both in one transaction. A
 * database keeps its OID, so what has happened can be read off the server after a crash.
 */
final class Swap {

    private static final Duration UNTIL_EMPTY = Duration.ofSeconds(30);
    private static final int RENAMES = 5;

    private final DatabaseServer server;

    Swap(DatabaseServer server) {
        this.server = server;
    }

    /**
     * Keeps new sessions out, even of superusers, and ends the ones there are. PostgreSQL manual, ALTER DATABASE.
     *
     * @throws RunbookException ({@code database_held}) when something holds it that cannot be ended
     */
    void fence(String database) {
        server.execute("ALTER DATABASE " + DatabaseServer.quoted(database) + " ALLOW_CONNECTIONS false");
        empty(database);
    }

    /** Lets sessions in again. */
    void open(String database) {
        server.execute("ALTER DATABASE " + DatabaseServer.quoted(database) + " ALLOW_CONNECTIONS true");
    }

    /** Whether sessions are let in. */
    boolean isOpen(String database) {
        return server.maintaining(sql -> sql.sql("SELECT datallowconn FROM pg_database WHERE datname = ?")
                .param(database)
                .query(Boolean.class)
                .optional()
                .orElse(false));
    }

    /**
     * Renames {@code live} to {@code away} and {@code next} to {@code live}; both or neither.
     *
     * @throws RunbookException ({@code database_refuses}) when the server refuses, e.g. because somebody came back
     */
    void rename(String live, String away, String next) {
        List<String> statements = server.oid(live).isPresent()
                ? List.of(rename(live, away), rename(next, live))
                : List.of(rename(next, live));
        for (int attempt = 1; ; attempt++) {
            try {
                server.inOneTransaction(statements);
                return;
            } catch (RunbookException e) {
                // An autovacuum worker or a last backend may still be on its way out.
                if (attempt == RENAMES) {
                    throw e;
                }
                endSessions(live);
                endSessions(next);
            }
        }
    }

    /** Ends all sessions in a database and waits until the last has gone. */
    private void empty(String database) {
        long deadline = System.nanoTime() + UNTIL_EMPTY.toNanos();
        while (endSessions(database) > 0) {
            if (System.nanoTime() > deadline) {
                throw new RunbookException(
                        "database_held",
                        "sessions in " + database + " do not end within " + UNTIL_EMPTY.toSeconds()
                                + " s; end them (pg_stat_activity names them), then resume the run");
            }
        }
    }

    /** Asks the sessions to end, gives them a tenth of a second, and counts those that are still there. */
    private long endSessions(String database) {
        return server.maintaining(sql -> {
            sql.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = ?")
                    .param(database)
                    .query(Long.class)
                    .single();
            String count = "SELECT count(*) FROM pg_stat_activity WHERE datname = ?";
            long left = sql.sql(count).param(database).query(Long.class).single();
            if (left > 0) {
                sql.sql("SELECT pg_sleep(0.1)::text").query(String.class).single();
                left = sql.sql(count).param(database).query(Long.class).single();
            }
            return left;
        });
    }

    private static String rename(String from, String to) {
        return "ALTER DATABASE " + DatabaseServer.quoted(from) + " RENAME TO " + DatabaseServer.quoted(to);
    }
}
