package io.drrunbook.runbook;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Catalog;
import io.drrunbook.backup.StoreListing;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.run.ActiveRun;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.Body;
import org.apache.camel.ExchangeProperty;
import org.springframework.stereotype.Component;

/** Step 1: chooses among what the stores list. */
@Component("selectBackup")
class SelectBackup {

    /** What the run remembers of the backups it may restore: newest first. */
    static final String CANDIDATES = "candidates";

    /** The manifest of the backup that is restored. */
    static final String MANIFEST = "manifest";

    /**
     * Chooses the backup that was asked for, or the newest good one.
     *
     * @throws RunbookException ({@code no_store_answers}, {@code no_backup}, {@code backup_unknown},
     *     {@code backup_not_restorable})
     */
    public void choose(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @Body List<StoreListing> listings) {
        Catalog catalog = new Catalog(listings);
        if (!catalog.anyStoreAnswered()) {
            throw new RunbookException(
                    "no_store_answers",
                    "no store answers" + catalog.troubles() + "; bring one back and resume the run");
        }
        if (!catalog.troubles().isEmpty()) {
            run.log("not all stores answered" + catalog.troubles());
        }
        reportBroken(run, catalog);
        List<Backup> candidates = run.requestedBackup()
                .map(id -> List.of(requested(run.application(), id, catalog)))
                .orElseGet(() -> catalog.good(run.application()));
        if (candidates.isEmpty()) {
            throw new RunbookException(
                    "no_backup",
                    "no good full backup of " + run.application() + " in " + catalog.answered() + catalog.troubles());
        }
        // Enough to fall back to; a journal row has no room for thousands.
        run.remember(CANDIDATES, candidates.stream().limit(20).toList());
        use(run, candidates.get(0));
    }

    /** Makes that backup the run's. */
    static void use(ActiveRun run, Backup backup) {
        run.remember(MANIFEST, backup.manifest());
        run.backupChosen(backup.id(), backup.manifest().createdAt());
        run.detail("backup_id", backup.id());
        run.detail("backup_filename", backup.manifest().filename());
        run.detail("created_at", backup.manifest().createdAt());
        run.detail("stores", backup.keys().keySet());
        run.log("backup " + backup.id() + " (" + backup.manifest().filename() + ") of "
                + backup.manifest().createdAt() + " in " + backup.keys().keySet());
        if (backup.trust() == Backup.Trust.FOREIGN) {
            run.log(backup.manifest().filename() + " has no manifest: no checksum vouches for it");
        }
    }

    private static Backup requested(String application, UUID id, Catalog catalog) {
        Backup backup = catalog.find(application, id)
                .orElseThrow(() -> new RunbookException(
                        "backup_unknown",
                        "no backup " + id + " of " + application + " in " + catalog.answered() + catalog.troubles()));
        backup.whyNotRestorable().ifPresent(why -> {
            throw new RunbookException("backup_not_restorable", "backup " + id + " cannot be restored: " + why);
        });
        return backup;
    }

    private static void reportBroken(ActiveRun run, Catalog catalog) {
        catalog.of(run.application()).stream()
                .filter(backup -> backup.trust() == Backup.Trust.BROKEN)
                .map(backup ->
                        Map.entry(backup.manifest().filename(), backup.keys().keySet()))
                .forEach(found -> run.log("the manifest of " + found.getKey() + " in " + found.getValue()
                        + " is not used: its HMAC is wrong"));
    }
}
