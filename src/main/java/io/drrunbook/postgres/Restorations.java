package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Makes the restoration of a run, and drops what earlier ones left when its time is up. */
@Component
public class Restorations {

    private final DrSettings settings;
    private final PostgresTools tools;
    private final ArchiveReader reader;
    private final Preflight preflight;

    Restorations(DrSettings settings, PostgresTools tools, ArchiveReader reader, Preflight preflight) {
        this.settings = settings;
        this.tools = tools;
        this.reader = reader;
        this.preflight = preflight;
    }

    /** The restoration of that run. */
    public Restoration of(String application, UUID run) {
        return new Restoration(settings.application(application).database(), run, tools, reader, preflight);
    }

    /**
     * Drops a database that was swapped out.
     *
     * @throws RunbookException ({@code not_ours}) when its name is not one that a run has given
     */
    public void drop(String application, String database) {
        DatabaseServer server =
                new DatabaseServer(settings.application(application).database());
        if (!DatabaseNames.beside(server.live(), database)) {
            throw new RunbookException(
                    "not_ours", database + " is not a database that a run has swapped out; it stays");
        }
        new SideDatabase(server, database).drop();
    }
}
