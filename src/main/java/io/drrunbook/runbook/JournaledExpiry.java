package io.drrunbook.runbook;

import io.drrunbook.run.Journal;
import io.drrunbook.run.Run;
import java.util.List;
import java.util.Optional;
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
                .flatMap(run -> swappedOut(run).map(name -> new Expired(run.application(), name)).stream())
                .toList();
    }

    @Override
    public void dropped(Expired database) {
        for (Run run : journal.withExpiredDatabase()) {
            if (swappedOut(run).filter(database.database()::equals).isPresent()) {
                journal.previousDatabaseDropped(run.id(), database.database());
            }
        }
    }

    /** The one from before the run, or, behind a rollback, the one that the run had restored. */
    private static Optional<String> swappedOut(Run run) {
        return Optional.ofNullable(run.previousDatabase())
                .or(() -> Optional.ofNullable(run.rollback()).map(Run.Rollback::restoredDatabase));
    }
}
