package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Objects;

/**
 * Subscriptions to logical replication in a database of this service's own: a side database, or one that was swapped out.
 * PostgreSQL drops no database that has any.
 */
final class Subscriptions {

    private final DatabaseServer server;

    Subscriptions(DatabaseServer server) {
        this.server = server;
    }

    /**
     * Cuts all of that database from their publishers and drops them. Their slots stay where they are: the live database may
     * be the one that reads them. One that takes no connections is open while that is done.
     *
     * @return their names
     * @throws RunbookException {@code subscription_not_cut}
     */
    List<String> cut(String database) {
        List<String> names = server.maintenance()
                .queryForList(
                        "SELECT pg_catalog.quote_ident(s.subname) FROM pg_catalog.pg_subscription s"
                                + " JOIN pg_catalog.pg_database d ON d.oid = s.subdbid WHERE d.datname = ? ORDER BY 1",
                        String.class,
                        database);
        if (names.isEmpty()) {
            return names;
        }
        boolean open = server.allowsConnections(database);
        allowConnections(database, true);
        try {
            drop(database, names);
        } finally {
            allowConnections(database, open);
        }
        return names;
    }

    private void drop(String database, List<String> names) {
        try (Connection connection = Objects.requireNonNull(server.in(database).getDataSource())
                        .getConnection();
                Statement statement = connection.createStatement()) {
            EventTriggers.silence(statement);
            for (String name : names) {
                statement.execute("ALTER SUBSCRIPTION " + name + " DISABLE");
                statement.execute("ALTER SUBSCRIPTION " + name + " SET (slot_name = NONE)");
                statement.execute("DROP SUBSCRIPTION " + name);
            }
        } catch (SQLException e) {
            throw new RunbookException(
                    "subscription_not_cut",
                    "the subscriptions " + String.join(", ", names) + " in database " + database + " on "
                            + server.address() + " cannot be dropped, so the database cannot be: " + e.getMessage()
                            + "; there, ALTER SUBSCRIPTION ... DISABLE, SET (slot_name = NONE), and DROP it",
                    e);
        }
    }

    private void allowConnections(String database, boolean allow) {
        server.maintenance()
                .execute("ALTER DATABASE " + Identifiers.identifier(database) + " ALLOW_CONNECTIONS " + allow);
    }
}
