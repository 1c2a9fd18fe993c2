package io.drrunbook.postgres;

import java.util.List;
import java.util.stream.Stream;

/**
 * What keeps hold of a database besides sessions, and so keeps it from being renamed, or would follow it into its new
 * name without anybody noticing.
 */
final class DatabaseHolders {

    private final DatabaseServer server;

    DatabaseHolders(DatabaseServer server) {
        this.server = server;
    }

    /** One sentence per holder; empty when nothing but sessions holds the database. */
    List<String> problems(String database) {
        return Stream.of(preparedTransactions(database), slots(database), subscriptions(database))
                .flatMap(List::stream)
                .toList();
    }

    List<String> preparedTransactions(String database) {
        return server
                .maintenance()
                .queryForList("SELECT gid FROM pg_prepared_xacts WHERE database = ?", String.class, database)
                .stream()
                .map(gid -> "prepared transaction '" + gid + "' holds " + database
                        + ": COMMIT PREPARED or ROLLBACK PREPARED it there")
                .toList();
    }

    private List<String> slots(String database) {
        return server
                .maintenance()
                .queryForList("SELECT slot_name FROM pg_replication_slots WHERE database = ?", String.class, database)
                .stream()
                .map(slot -> "logical replication slot '" + slot + "' reads " + database
                        + " and would go on reading the old one: drop it with pg_drop_replication_slot")
                .toList();
    }

    /** Subscriptions are listed for the whole server; all of them but how they connect may be read by everybody. */
    private List<String> subscriptions(String database) {
        return server
                .maintenance()
                .queryForList(
                        "SELECT s.subname FROM pg_catalog.pg_subscription s"
                                + " JOIN pg_catalog.pg_database d ON d.oid = s.subdbid"
                                + " WHERE s.subenabled AND d.datname = ?",
                        String.class,
                        database)
                .stream()
                .map(name -> "subscription '" + name + "' is active in " + database
                        + ": ALTER SUBSCRIPTION ... DISABLE it there")
                .toList();
    }
}
