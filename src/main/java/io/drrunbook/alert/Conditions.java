package io.drrunbook.alert;

import io.drrunbook.readiness.ApplicationStatus;
import io.drrunbook.readiness.DiskWatch;
import io.drrunbook.readiness.Prediction;
import io.drrunbook.readiness.Prediction.Forecast;
import io.drrunbook.readiness.StatusReport;
import io.drrunbook.readiness.StoreStatus;
import io.drrunbook.readiness.StoreWatch;
import io.drrunbook.readiness.SystemStatus;
import io.drrunbook.readiness.UnusualBackup;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Mode;
import io.drrunbook.run.Run;
import io.drrunbook.run.Step;
import io.drrunbook.settings.DrSettings;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** What is worth an alert although nothing has happened: it is so, lasts a while, and is over. */
@Component("alertConditions")
class Conditions {

    private final StatusReport report;
    private final Prediction prediction;
    private final StoreWatch watch;
    private final DiskWatch disks;
    private final Journal journal;
    private final AlertBook book;
    private final DrSettings settings;
    private final TransactionTemplate transaction;

    /** Earlier runs do not change while one is active, so each active run is predicted once. */
    private final Map<UUID, Forecast> predictions = new ConcurrentHashMap<>();

    Conditions(
            StatusReport report,
            Prediction prediction,
            StoreWatch watch,
            DiskWatch disks,
            Journal journal,
            AlertBook book,
            DrSettings settings,
            TransactionTemplate transaction) {
        this.report = report;
        this.prediction = prediction;
        this.watch = watch;
        this.disks = disks;
        this.journal = journal;
        this.book = book;
        this.settings = settings;
        this.transaction = transaction;
    }

    /**
     * Stores that are down, backups that are too old, the newest one when it is unusual, and disks that fill up, as the last
     * look at the stores has shown them.
     */
    public void lookAtStores() {
        report.lastRead().ifPresent(status -> {
            List<Occurrence> down = status.stores().stream()
                    .filter(store -> !store.up())
                    .map(store -> down(store, status))
                    .toList();
            List<Occurrence> old = status.applications().stream()
                    .filter(application -> !application.rpoMet())
                    .map(application -> atRisk(application, status))
                    .toList();
            List<Occurrence> overdue = status.applications().stream()
                    .flatMap(application -> overdue(application, status).stream())
                    .toList();
            raise(Map.of(Kind.STORE_DOWN, down, Kind.RPO_AT_RISK, old, Kind.PROOF_OVERDUE, overdue));
        });
        watch.lastLook()
                .ifPresent(look -> raise(Map.of(
                        Kind.BACKUP_UNUSUAL,
                        settings.applications().keySet().stream()
                                .flatMap(application -> unusual(application, look).stream())
                                .toList())));
        disks.filling()
                .ifPresent(full -> raise(Map.of(
                        Kind.DISK_FILLING,
                        full.stream().map(Conditions::filling).toList())));
    }

    private Optional<Occurrence> unusual(String application, StoreWatch.Look look) {
        return UnusualBackup.among(look.catalog().good(application), settings.backup())
                .map(unusual -> new Occurrence(
                        Kind.BACKUP_UNUSUAL,
                        application,
                        unusual.backup().id().toString(),
                        null,
                        unusual.message(),
                        look.at()));
    }

    private static Occurrence filling(DiskWatch.Disk disk) {
        return new Occurrence(
                Kind.DISK_FILLING,
                null,
                String.join(",", disk.places().keySet()),
                null,
                disk.message(),
                AlertBook.now());
    }

    /** Recoveries that are about to miss their RTO, or have. */
    public void lookAtRuns() {
        Instant now = AlertBook.now();
        List<Run> active = settings.applications().keySet().stream()
                .flatMap(application -> journal.active(application).stream())
                .filter(run -> run.mode() == Mode.RECOVERY)
                .toList();
        predictions.keySet().retainAll(active.stream().map(Run::id).collect(Collectors.toSet()));
        List<Occurrence> late =
                active.stream().flatMap(run -> late(run, now).stream()).toList();
        raise(Map.of(Kind.RTO_AT_RISK, late));
    }

    private void raise(Map<Kind, List<Occurrence>> conditions) {
        boolean nothing = conditions.entrySet().stream()
                .allMatch(condition -> condition.getValue().isEmpty() && !book.anyUnresolved(condition.getKey()));
        if (nothing) {
            return;
        }
        transaction.executeWithoutResult(status -> {
            if (book.takeCursor().isPresent()) {
                conditions.forEach(book::holds);
            }
        });
    }

    private static Occurrence down(StoreStatus store, SystemStatus status) {
        return new Occurrence(
                Kind.STORE_DOWN,
                null,
                store.store(),
                null,
                "store " + store.store() + " is down: " + store.error(),
                status.storesSeenAt());
    }

    private static Occurrence atRisk(ApplicationStatus application, SystemStatus status) {
        String message = application.newestBackup() == null
                ? "no store that answers holds a good full backup of " + application.application() + "; take one"
                : "the newest good backup of " + application.application() + " is " + application.backupAgeSeconds()
                        + " s old, more than the RPO of " + application.rpoTargetSeconds() + " s; take one";
        return new Occurrence(
                Kind.RPO_AT_RISK, application.application(), "backup", null, message, status.storesSeenAt());
    }

    private static Optional<Occurrence> overdue(ApplicationStatus application, SystemStatus status) {
        return Optional.ofNullable(application.proofOverdue())
                .map(message -> new Occurrence(
                        Kind.PROOF_OVERDUE, application.application(), "proof", null, message, status.storesSeenAt()));
    }

    private Optional<Occurrence> late(Run run, Instant now) {
        double elapsed = run.durationSeconds(now);
        double target = run.rtoTargetSeconds();
        double rest = rest(run, now);
        boolean late = elapsed > target;
        if (!late && elapsed <= settings.alerts().rtoWarning() * target && elapsed + rest <= target) {
            return Optional.empty();
        }
        String message = "the recovery of " + run.application() + " runs for " + Math.round(elapsed) + " s"
                + (late ? " and has missed its RTO of " : " and is about to miss its RTO of ")
                + run.rtoTargetSeconds() + " s"
                + (rest > 0
                        ? "; by earlier runs it needs " + (gaps(run) ? "at least " : "") + Math.round(rest) + " s more"
                        : "");
        return Optional.of(
                new Occurrence(Kind.RTO_AT_RISK, run.application(), run.id().toString(), run.id(), message, now));
    }

    private Forecast forecast(Run run) {
        return predictions.computeIfAbsent(run.id(), id -> prediction.of(run.application(), Prediction.sizeBytes(run)));
    }

    private boolean gaps(Run run) {
        return forecast(run).steps().stream()
                .anyMatch(step -> step.basedOn().isEmpty()
                        && !run.step(step.step()).status().done());
    }

    /** What the steps that are not done would still take, by earlier runs; in seconds, 0 for those never done before. */
    private double rest(Run run, Instant now) {
        return forecast(run).steps().stream()
                .mapToDouble(predicted -> {
                    Step step = run.step(predicted.step());
                    return step.status().done() ? 0 : Math.max(0, predicted.seconds() - step.durationSeconds(now));
                })
                .sum();
    }
}
