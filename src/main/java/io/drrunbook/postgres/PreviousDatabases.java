package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Databases that a run swapped out, or a rollback swapped back out. */
@Component("previousDatabases")
public class PreviousDatabases {

    private static final UUID NO_RUN = new UUID(0, 0);

    private final DrSettings settings;

    PreviousDatabases(DrSettings settings) {
        this.settings = settings;
    }

    /**
     * Drops it; nothing happens when it is gone already.
     *
     * @throws RunbookException {@code not_a_previous_database} when no run made that name for that application;
     *     {@code previous_database_open} when it takes connections, and so may be in use
     */
    public void drop(String application, String databaseName) {
        DrSettings.Database database = settings.application(application).database();
        if (!DatabaseNames.belongsTo(database.name(), databaseName)) {
            throw new RunbookException(
                    "not_a_previous_database",
                    "database " + databaseName + " is none that a run of " + application + " swapped out: not dropped");
        }
        DatabaseServer server = new DatabaseServer(database, NO_RUN);
        if (!server.exists(databaseName)) {
            return;
        }
        if (server.allowsConnections(databaseName)) {
            throw new RunbookException(
                    "previous_database_open",
                    "database " + databaseName + " on " + server.address()
                            + " takes connections, a swapped-out one does not: drop it by hand if nobody needs it");
        }
        new Subscriptions(server).cut(databaseName);
        server.maintenance().execute("DROP DATABASE " + Identifiers.identifier(databaseName) + " WITH (FORCE)");
    }
}
