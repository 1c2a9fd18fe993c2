package io.drrunbook.runbook;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Candidates;
import io.drrunbook.backup.Catalog;
import io.drrunbook.backup.ForeignRule;
import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.StoreListing;
import io.drrunbook.backup.Verdicts;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.run.Mode;
import io.drrunbook.settings.DrSettings;
import java.time.Duration;
import java.util.ArrayList;
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

    private static final int MOST_CANDIDATES = 20;
    private static final int MOST_TABLES = 200_000;

    private final Verdicts verdicts;
    private final ForeignRule rule;

    SelectBackup(Verdicts verdicts, DrSettings settings) {
        this.verdicts = verdicts;
        this.rule = new ForeignRule(settings);
    }

    /**
     * Chooses the backup that was asked for, or the newest good one. When the newest of all has failed its drill, a recovery
     * takes one that has passed its own; a drill is there to find out and takes the newest.
     *
     * @throws RunbookException ({@code no_store_answers}, {@code no_backup}, {@code backup_unknown},
     *     {@code backup_not_restorable})
     */
    public void choose(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @Body List<StoreListing> listings) {
        Catalog catalog = new Catalog(listings, verdicts.latest());
        if (!catalog.anyStoreAnswered()) {
            throw new RunbookException(
                    "no_store_answers",
                    "no store answers" + catalog.troubles() + "; bring one back and resume the run");
        }
        if (!catalog.troubles().isEmpty()) {
            run.log("not all stores answered" + catalog.troubles());
        }
        reportBroken(run, catalog);
        Candidates all = new Candidates(catalog, run.application(), rule);
        List<Backup> candidates = run.requestedBackup()
                .map(id -> List.of(requested(run, id, catalog)))
                .orElseGet(() -> byItself(run, catalog, all));
        if (candidates.isEmpty()) {
            throw new RunbookException("no_backup", all.whyNone());
        }
        run.remember(CANDIDATES, enough(candidates));
        rule.note(candidates.get(0)).ifPresent(note -> run.log(name(candidates.get(0)) + ": " + note));
        use(run, candidates.get(0));
    }

    /** Enough to fall back to; a journal row has no room for thousands, neither of backups nor of their tables. */
    private static List<Backup> enough(List<Backup> candidates) {
        List<Backup> enough = new ArrayList<>();
        int tables = 0;
        for (Backup backup : candidates) {
            tables += backup.manifest().tables().size();
            if (enough.size() == MOST_CANDIDATES || !enough.isEmpty() && tables > MOST_TABLES) {
                break;
            }
            enough.add(backup);
        }
        return enough;
    }

    private static String name(Backup backup) {
        return backup.manifest().filename();
    }

    private static List<Backup> byItself(ActiveRun run, Catalog catalog, Candidates all) {
        List<Backup> good = catalog.good(run.application());
        List<Backup> candidates = run.mode() == Mode.DRILL ? all.forDrill() : all.forRecovery();
        if (good.isEmpty() && !candidates.isEmpty()) {
            run.log("there is no good backup with a manifest: " + name(candidates.get(0))
                    + " is taken, which has none; dr.restore.foreign says when");
            return candidates;
        }
        catalog.newestCondemned(run.application()).ifPresent(condemned -> {
            Manifest bad = condemned.manifest();
            run.log("the newest backup, " + bad.filename() + " of " + bad.createdAt() + ", is not taken: "
                    + condemned.whyNotRestorable().orElseThrow());
            if (!candidates.isEmpty()) {
                run.log(cost(bad, candidates.get(0), good.get(0)));
            }
        });
        return candidates;
    }

    private static String cost(Manifest bad, Backup chosen, Backup newestGood) {
        Manifest taken = chosen.manifest();
        String than = " loses " + seconds(taken, bad) + " s more of data than the newest would have";
        if (!chosen.proven()) {
            return "no drill has proven another: the newest good one, " + taken.filename()
                    + ", is taken unproven, which" + than;
        }
        return "the newest that a drill has proven, " + taken.filename() + ", is taken, which" + than
                + (chosen == newestGood
                        ? ""
                        : ", and " + seconds(taken, newestGood.manifest()) + " s more than the unproven "
                                + newestGood.manifest().filename() + ", which can be asked for by its id "
                                + newestGood.id());
    }

    private static long seconds(Manifest from, Manifest to) {
        return Duration.between(from.createdAt(), to.createdAt()).toSeconds();
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

    private Backup requested(ActiveRun run, UUID id, Catalog catalog) {
        String application = run.application();
        Backup backup = catalog.find(application, id)
                .orElseThrow(() -> new RunbookException(
                        "backup_unknown",
                        "no backup " + id + " of " + application + " in " + catalog.answered() + catalog.troubles()));
        boolean anyway = run.recall(ActiveRun.ANYWAY, Boolean.class).orElse(false);
        rule.whyRefused(backup, run.mode() == Mode.DRILL, anyway).ifPresent(why -> {
            throw new RunbookException(
                    "backup_not_restorable", "backup " + id + " cannot be restored: " + why + backup.wayOut());
        });
        if (anyway) {
            backup.whyNotRestorable()
                    .ifPresent(
                            why -> run.log("backup " + id + " is taken because it was asked for all the same: " + why));
        }
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
