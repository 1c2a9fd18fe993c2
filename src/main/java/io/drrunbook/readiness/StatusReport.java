package io.drrunbook.readiness;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Candidates;
import io.drrunbook.backup.Catalog;
import io.drrunbook.backup.ForeignRule;
import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.Manifest.Proof;
import io.drrunbook.backup.Stores;
import io.drrunbook.failure.Explained;
import io.drrunbook.readiness.ApplicationStatus.Readiness;
import io.drrunbook.readiness.Prediction.Forecast;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Mode;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunStatus;
import io.drrunbook.settings.DrSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/** Puts together what the stores and the journal say into whether each application could be recovered now. */
@Component("statusReport")
public class StatusReport {

    private static final Logger LOG = LoggerFactory.getLogger(StatusReport.class);

    private static final int LOOK_BACK = 20;

    private final DrSettings settings;
    private final StoreWatch watch;
    private final Stores stores;
    private final Journal journal;
    private final Prediction prediction;
    private final DiskWatch disks;
    private final Obstacles obstacles;

    StatusReport(
            DrSettings settings,
            StoreWatch watch,
            Stores stores,
            Journal journal,
            Prediction prediction,
            DiskWatch disks,
            Obstacles obstacles) {
        this.settings = settings;
        this.watch = watch;
        this.stores = stores;
        this.journal = journal;
        this.prediction = prediction;
        this.disks = disks;
        this.obstacles = obstacles;
    }

    /** As of now; asks the stores. */
    public SystemStatus read() {
        return of(watch.look());
    }

    /** As of the last look at the stores, without asking one; empty before the first. */
    public Optional<SystemStatus> lastRead() {
        return watch.lastLook().map(this::of);
    }

    /** As of that look at the stores. */
    SystemStatus of(StoreWatch.Look look) {
        List<StoreStatus> storeStates = storeStates(look.catalog());
        return new SystemStatus(
                look.at(),
                settings.applications().keySet().stream()
                        .sorted()
                        .map(name -> spared(name, look.catalog(), storeStates))
                        .toList(),
                storeStates,
                journal.unreadable());
    }

    /** What is wrong with one application's state takes the others' away from nobody. */
    private ApplicationStatus spared(String name, Catalog catalog, List<StoreStatus> storeStates) {
        try {
            return application(name, catalog, storeStates);
        } catch (DataAccessException e) {
            throw e;
        } catch (RuntimeException e) {
            LOG.warn("the state of {} cannot be told", name, e);
            return unknown(name, Explained.of(e));
        }
    }

    private ApplicationStatus unknown(String name, Explained cause) {
        DrSettings.Objectives objectives = settings.application(name).objectives();
        return new ApplicationStatus(
                name,
                Readiness.NOT_READY,
                null,
                null,
                objectives.rpo().toSeconds(),
                false,
                objectives.rto().toSeconds(),
                null,
                List.of(),
                null,
                null,
                null,
                null,
                null,
                List.of("its state cannot be told [" + cause.code() + "]: " + cause.message()));
    }

    private List<StoreStatus> storeStates(Catalog catalog) {
        return catalog.listings().stream()
                .filter(listing -> stores.configured(listing.store()))
                .map(listing -> new StoreStatus(
                        listing.store(),
                        listing.error() == null,
                        listing.error(),
                        (int) listing.backups().stream()
                                .filter(backup -> backup.flaw() == null)
                                .count(),
                        listing.notes()))
                .toList();
    }

    private ApplicationStatus application(String name, Catalog catalog, List<StoreStatus> storeStates) {
        DrSettings.Objectives objectives = settings.application(name).objectives();
        Optional<Backup> newest = catalog.newestGood(name);
        List<Backup> candidates = new Candidates(catalog, name, new ForeignRule(settings)).forRecovery();
        Optional<Long> age = newest.map(backup -> backup.age(Instant.now()).toSeconds());
        boolean rpoMet =
                age.filter(seconds -> seconds <= objectives.rpo().toSeconds()).isPresent();
        Optional<Forecast> predicted = newest.map(backup ->
                        prediction.of(name, OptionalLong.of(backup.manifest().sizeBytes())))
                .or(() -> Optional.of(prediction.of(name, OptionalLong.empty())))
                .filter(Forecast::known);
        Optional<Run> drill = lastEnded(name, Mode.DRILL);
        List<String> reasons = new ArrayList<>();
        List<String> impossible = newest.or(() -> candidates.stream().findFirst())
                .map(backup -> obstacles.to(name, backup))
                .orElse(List.of());
        reasons.addAll(impossible);
        settings.unreachableObjective(name).ifPresent(reasons::add);
        reasons.addAll(obstacles.warnings(name));
        newest.ifPresentOrElse(
                backup -> aboutBackup(reasons, backup, rpoMet, age.orElseThrow(), objectives, storeStates),
                () -> reasons.add(none(candidates)));
        aheadOfTime(reasons, name, catalog);
        UnusualBackup.among(catalog.good(name), settings.backup()).ifPresent(unusual -> reasons.add(unusual.message()));
        disks.filling().stream().flatMap(List::stream).forEach(disk -> reasons.add(disk.message()));
        storeStates.stream()
                .filter(store -> !store.up())
                .forEach(store -> reasons.add("store " + store.store() + " is down: " + store.error()));
        Optional<String> overdue = proofOverdue(name, catalog);
        overdue.ifPresent(reasons::add);
        aboutCondemned(reasons, name, catalog);
        aboutRuns(reasons, drill, predicted, objectives);
        return new ApplicationStatus(
                name,
                readiness(!candidates.isEmpty() && impossible.isEmpty(), reasons),
                newest.orElse(null),
                age.orElse(null),
                objectives.rpo().toSeconds(),
                rpoMet,
                objectives.rto().toSeconds(),
                predicted.map(Forecast::seconds).orElse(null),
                predicted.map(Forecast::without).orElse(List.of()),
                lastEnded(name, Mode.RECOVERY).orElse(null),
                drill.orElse(null),
                journal.active(name).orElse(null),
                lastProof(name, catalog).orElse(null),
                overdue.orElse(null),
                List.copyOf(reasons));
    }

    private static String none(List<Backup> candidates) {
        return candidates.stream()
                .findFirst()
                .map(backup ->
                        "no store that answers holds a good full backup whose age can be believed: a recovery would take "
                                + backup.manifest().filename() + "; take one with ./dr backup")
                .orElse("no store that answers holds a good full backup; take one");
    }

    private static void aheadOfTime(List<String> reasons, String name, Catalog catalog) {
        Instant now = Instant.now();
        catalog.good(name).stream()
                .filter(backup -> backup.isAheadOf(now))
                .findFirst()
                .ifPresent(backup -> reasons.add("backup " + backup.manifest().filename() + " claims to be of "
                        + backup.manifest().createdAt()
                        + ", which has not come yet: it does not count; look at the clocks"));
    }

    private static Optional<Proof> lastProof(String name, Catalog catalog) {
        return catalog.good(name).stream()
                .filter(Backup::proven)
                .findFirst()
                .map(Backup::manifest)
                .map(Manifest::proof);
    }

    /** The first backup behind the last proven one waits for its drill; those of others are nobody's to prove. */
    private Optional<String> proofOverdue(String name, Catalog catalog) {
        Duration within = settings.drill().proveWithin();
        if (within.isZero()) {
            return Optional.empty();
        }
        return catalog.good(name).stream()
                .takeWhile(backup -> !backup.proven())
                .reduce((newer, older) -> older)
                .map(Backup::manifest)
                .filter(manifest -> made(manifest).plus(within).isBefore(Instant.now()))
                .map(manifest ->
                        "no drill has proven a backup of " + name + " since " + manifest.filename() + " was made at "
                                + made(manifest) + ", more than the " + within.toSeconds()
                                + " s of dr.drill.prove-within ago; look why its drills fail");
    }

    private static Instant made(Manifest manifest) {
        Instant completed = manifest.completedAt();
        return completed == null ? manifest.createdAt() : completed;
    }

    private static void aboutCondemned(List<String> reasons, String name, Catalog catalog) {
        catalog.newestCondemned(name).ifPresent(condemned -> {
            Optional<Backup> instead = catalog.forRecovery(name).stream().findFirst();
            reasons.add("the newest backup, of " + condemned.manifest().createdAt() + ", failed its drill"
                    + instead.map(backup -> "; a recovery takes the "
                                    + (backup.proven() ? "proven" : "unproven") + " one of "
                                    + backup.manifest().createdAt() + ", which loses "
                                    + Duration.between(
                                                    backup.manifest().createdAt(),
                                                    condemned.manifest().createdAt())
                                            .toSeconds()
                                    + " s more of data")
                            .orElse(""));
        });
    }

    private static void aboutBackup(
            List<String> reasons,
            Backup backup,
            boolean rpoMet,
            long age,
            DrSettings.Objectives objectives,
            List<StoreStatus> storeStates) {
        if (!rpoMet) {
            reasons.add("the newest good backup is " + age + " s old, more than the RPO of "
                    + objectives.rpo().toSeconds() + " s");
        }
        storeStates.stream()
                .filter(store -> store.up() && !backup.keys().containsKey(store.store()))
                .forEach(store -> reasons.add("the newest good backup is not in " + store.store()));
    }

    private static void aboutRuns(
            List<String> reasons, Optional<Run> drill, Optional<Forecast> predicted, DrSettings.Objectives objectives) {
        if (drill.isEmpty()) {
            reasons.add("no drill has proven a backup yet");
        }
        drill.filter(run -> run.status() != RunStatus.SUCCEEDED)
                .ifPresent(run -> reasons.add("the last drill failed: " + run.error()));
        predicted
                .filter(forecast -> forecast.seconds() > objectives.rto().toSeconds())
                .ifPresent(forecast -> reasons.add(
                        "a recovery would take " + (forecast.without().isEmpty() ? "" : "at least ")
                                + Math.round(forecast.seconds()) + " s, more than the RTO of "
                                + objectives.rto().toSeconds() + " s"));
    }

    private static Readiness readiness(boolean possible, List<String> reasons) {
        if (!possible) {
            return Readiness.NOT_READY;
        }
        return reasons.isEmpty() ? Readiness.READY : Readiness.AT_RISK;
    }

    private Optional<Run> lastEnded(String application, Mode mode) {
        return journal.list(application, mode, null, LOOK_BACK, 0).stream()
                .filter(run -> !run.status().active() && run.status() != RunStatus.CANCELLED)
                .findFirst();
    }
}
