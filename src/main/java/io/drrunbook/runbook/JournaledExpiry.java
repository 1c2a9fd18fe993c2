package io.drrunbook.runbook;

import io.drrunbook.run.Journal;
import io.drrunbook.run.Run;
import java.util.List;
import java.util.Objects;
import org.springframework.stereotype.Component;

/** Reads off the journal which databases have been kept long enough; none of an application that a run is active for. */
@Component("expiredDatabases")
class JournaledExpiry implements ExpiredDatabases {

    private final Journal journal;

    JournaledExpiry(Journal journal) {
        this.journal = journal;
    }

    @Override
    public List<Expired> expired() {
        return journal.withExpiredDatabase().stream()
                .map(run -> new Expired(run.application(), Objects.requireNonNull(run.previousDatabase())))
                .toList();
    }

    @Override
    public void dropped(Expired database) {
        for (Run run : journal.withExpiredDatabase()) {
            if (database.database().equals(run.previousDatabase())) {
                journal.previousDatabaseDropped(run.id(), database.database());
            }
        }
    }
}
