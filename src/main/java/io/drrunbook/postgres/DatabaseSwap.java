package io.drrunbook.postgres;

import static io.drrunbook.postgres.Identifiers.identifier;

import io.drrunbook.failure.RunbookException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.springframework.dao.DataAccessException;

/**
 * Two databases change places by name.
 *
 * <p>First the live one is fenced: it takes no new sessions, not even of superusers, and those it has are terminated.
 * Then both are renamed in one transaction. Between the two the live database is closed and otherwise as it was;
 * {@link #open} undoes the fence. Every step may be repeated after a crash.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-alterdatabase.html">ALTER DATABASE</a>
 */
public final class DatabaseSwap {

    /** A client may be in the middle of connecting when the fence goes up; terminating takes a moment. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final Duration POLL = Duration.ofMillis(50);
    private static final String OBJECT_IN_USE = "55006";

    private final DatabaseServer server;

    public DatabaseSwap(DatabaseServer server) {
        this.server = server;
    }

    /** Whether the database that is live now is the one with that object id: the swap has happened. */
    public boolean happened(long sideDatabase) {
        return server.oid(server.names().live())
                .filter(live -> live == sideDatabase)
                .isPresent();
    }

    /**
     * Closes the live database and ends its sessions; nothing happens when there is no live database.
     *
     * @throws RunbookException {@code database_in_use}, naming what holds it
     */
    public void fence() {
        String live = server.names().live();
        if (!server.exists(live)) {
            return;
        }
        server.maintenance().execute("ALTER DATABASE " + identifier(live) + " ALLOW_CONNECTIONS false");
        endSessions(live);
        List<String> holders = new DatabaseHolders(server).problems(live);
        if (!holders.isEmpty()) {
            throw new RunbookException("database_in_use", String.join("; ", holders));
        }
    }

    /** Opens the live database again; nothing happens when there is none. */
    public void open() {
        String live = server.names().live();
        if (server.exists(live)) {
            server.maintenance().execute("ALTER DATABASE " + identifier(live) + " ALLOW_CONNECTIONS true");
        }
    }

    /**
     * The side database becomes the live one, which stays, closed, as the one before.
     *
     * @return whether there was a live one
     */
    public boolean swap() {
        DatabaseNames names = server.names();
        return exchange(names.live(), names.before(), names.side());
    }

    /** Whether the database before is still there to go back to. */
    public boolean hasPrevious() {
        return server.exists(server.names().before());
    }

    /** @throws RunbookException {@code no_previous_database} when it was dropped, or there never was one */
    public void requirePrevious() {
        if (!hasPrevious() && !server.exists(server.names().side())) {
            throw new RunbookException(
                    "no_previous_database",
                    "there is no database " + server.names().before() + " on " + server.address()
                            + ": it was dropped after dr.restore.keep-previous, or there was none before the run");
        }
    }

    /** The database before becomes the live one again; what was live stays, closed, under the side database's name. */
    public void swapBack() {
        DatabaseNames names = server.names();
        exchange(names.live(), names.side(), names.before());
    }

    private boolean exchange(String live, String liveBecomes, String becomesLive) {
        List<String> statements = new ArrayList<>();
        boolean hasLive = server.exists(live);
        if (hasLive) {
            statements.add("ALTER DATABASE " + identifier(live) + " RENAME TO " + identifier(liveBecomes));
        }
        statements.add("ALTER DATABASE " + identifier(becomesLive) + " RENAME TO " + identifier(live));
        statements.add("ALTER DATABASE " + identifier(live) + " ALLOW_CONNECTIONS true");
        rename(statements, hasLive ? List.of(live, becomesLive) : List.of(becomesLive));
        return hasLive;
    }

    /** A session that slipped in before the fence is ended, and the transaction tried again. */
    private void rename(List<String> statements, List<String> databases) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                server.inOneTransaction(statements);
                return;
            } catch (DataAccessException e) {
                boolean inUse =
                        e.getMostSpecificCause() instanceof SQLException sql && OBJECT_IN_USE.equals(sql.getSQLState());
                if (!inUse || System.nanoTime() > deadline) {
                    throw new RunbookException(
                            "swap_failed",
                            "cannot rename " + String.join(" and ", databases) + ": "
                                    + e.getMostSpecificCause().getMessage() + "; both are as they were",
                            e);
                }
                databases.forEach(this::endSessions);
            }
        }
    }

    /** Ends all sessions in that database, our own tools' of an earlier attempt among them, and waits for their end. */
    void endSessions(String database) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!terminate(database).isEmpty()) {
            if (System.nanoTime() > deadline) {
                throw new RunbookException(
                        "database_in_use",
                        "sessions in " + database + " do not end: " + sessions(database) + "; end them by hand");
            }
            pause();
        }
    }

    private List<String> sessions(String database) {
        return server.maintenance()
                .queryForList(
                        "SELECT format('%s (%s, pid %s)', usename, application_name, pid) FROM pg_stat_activity"
                                + " WHERE datname = ? LIMIT 10",
                        String.class, database);
    }

    private static void pause() {
        try {
            Thread.sleep(POLL.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunbookException("interrupted", "the swap was interrupted because the service stops", e);
        }
    }

    /** Ends every session of this run, such as those of a {@code pg_restore} that outlived the service. */
    public void endSessionsOfRun() {
        server.maintenance()
                .queryForList(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                + " WHERE application_name = ? AND pid <> pg_backend_pid()",
                        Boolean.class,
                        server.applicationName());
    }

    /** Ends every session in the live database, so that no lock of theirs keeps a restore over it waiting. */
    public void endSessionsInLive() {
        if (server.exists(server.names().live())) {
            terminate(server.names().live());
        }
    }

    /**
     * Autovacuum gives way to a rename by itself, and only a superuser may end it; it is known by having no user, because
     * a role that may not read all statistics is not told the type of other users' sessions.
     */
    private List<Boolean> terminate(String database) {
        return server.maintenance()
                .queryForList(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                                + " WHERE datname = ? AND usesysid IS NOT NULL",
                        Boolean.class,
                        database);
    }
}
