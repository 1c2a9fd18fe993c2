package io.drrunbook.runbook;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Catalog;
import io.drrunbook.backup.Verdicts;
import io.drrunbook.readiness.StoreWatch;
import io.drrunbook.run.Admission;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Mode;
import io.drrunbook.run.Person;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunRequest;
import io.drrunbook.run.RunStatus;
import io.drrunbook.settings.DrSettings;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Has each application's newest backup drilled, once. What failed for the drill's surroundings is tried again, a limited
 * number of times.
 */
@Component("proveNewest")
class ProveNewest {

    private static final Logger LOG = LoggerFactory.getLogger(ProveNewest.class);
    private static final int LOOK_BACK = 200;

    private final DrSettings settings;
    private final StoreWatch watch;
    private final Journal journal;
    private final Verdicts verdicts;
    private final Admission admission;

    ProveNewest(DrSettings settings, StoreWatch watch, Journal journal, Verdicts verdicts, Admission admission) {
        this.settings = settings;
        this.watch = watch;
        this.journal = journal;
        this.verdicts = verdicts;
        this.admission = admission;
    }

    /** Starts a drill for each application whose newest backup has no verdict yet, and which no run holds. */
    public void start() {
        if (settings.drill().proveWithin().isZero()) {
            return;
        }
        Catalog catalog = watch.look().catalog();
        for (String application : settings.applications().keySet()) {
            if (journal.active(application).isEmpty()) {
                unjudged(application, catalog).ifPresent(backup -> drill(application, backup));
            }
        }
    }

    private Optional<Backup> unjudged(String application, Catalog catalog) {
        return catalog.good(application).stream()
                .findFirst()
                // The look at the stores may be older than the verdict.
                .filter(backup ->
                        backup.manifest().proof() == null && !verdicts.latest().containsKey(backup.id()))
                .filter(backup -> rested(application))
                .filter(backup -> mayBeTried(application, backup.id()));
    }

    /** Backups may come faster than anybody wants to have them drilled. */
    private boolean rested(String application) {
        Instant again = Instant.now().minus(settings.drill().provePause());
        return journal.list(application, Mode.DRILL, RunStatus.SUCCEEDED, 1, 0).stream()
                .allMatch(run -> run.startTime().isBefore(again));
    }

    private boolean mayBeTried(String application, UUID backup) {
        List<Run> attempts = journal.list(application, Mode.DRILL, null, LOOK_BACK, 0).stream()
                .filter(run -> backup.equals(run.requestedBackupId()) || backup.equals(run.backupId()))
                .filter(run -> run.status() == RunStatus.FAILED || run.status() == RunStatus.CANCELLED)
                .toList();
        Instant again = Instant.now().minus(settings.drill().retryDelay());
        return attempts.size() <= settings.drill().retries()
                && attempts.stream()
                        .map(Run::endTime)
                        .filter(Objects::nonNull)
                        .allMatch(ended -> ended.isBefore(again));
    }

    /** Another run may have come first: then there is another time. */
    private void drill(String application, Backup backup) {
        try {
            Run run = admission.admit(new RunRequest(
                    Mode.DRILL,
                    application,
                    backup.id(),
                    "proof of the newest backup",
                    null,
                    Person.schedule(),
                    "policy"));
            LOG.info("backup {} of {} is drilled to prove it: run {}", backup.id(), application, run.id());
        } catch (RefusedException refusal) {
            LOG.info("backup {} of {} is not drilled now: {}", backup.id(), application, refusal.getMessage());
        }
    }
}
