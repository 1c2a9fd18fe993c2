package io.drrunbook.readiness;

import io.drrunbook.backup.StoreListing;
import io.drrunbook.backup.Stores;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Mode;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunStatus;
import io.drrunbook.settings.DrSettings;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Age of backups, stores and drills for Prometheus, from the last look at the stores; NaN while nothing is known. */
@Component
class ReadinessMetrics {

    private final StoreWatch watch;
    private final Journal journal;
    private final StatusReport report;

    ReadinessMetrics(
            MeterRegistry registry,
            DrSettings settings,
            Stores stores,
            StoreWatch watch,
            Journal journal,
            StatusReport report) {
        this.watch = watch;
        this.report = report;
        this.journal = journal;
        for (String application : settings.applications().keySet()) {
            Gauge.builder("dr.backup.age", () -> backupAge(application))
                    .tag("application", application)
                    .baseUnit("seconds")
                    .description("Age of the newest backup that can be restored and that a manifest vouches for")
                    .register(registry);
            Gauge.builder("dr.last.drill.success.timestamp", () -> lastDrill(application))
                    .tag("application", application)
                    .baseUnit("seconds")
                    .description("When a drill last succeeded, in seconds since 1970")
                    .register(registry);
            Gauge.builder("dr.readiness", () -> readiness(application))
                    .tag("application", application)
                    .description("2 ready, 1 at risk, 0 not ready")
                    .register(registry);
            Gauge.builder("dr.backup.proven.timestamp", () -> proven(application))
                    .tag("application", application)
                    .baseUnit("seconds")
                    .description(
                            "When a drill has last proven a backup that still can be restored, in seconds since 1970")
                    .register(registry);
        }
        Stores.NAMES.stream()
                .filter(stores::configured)
                .forEach(store -> Gauge.builder("dr.store.up", () -> up(store))
                        .tag("store", store)
                        .description("1 while the store lists its backups")
                        .register(registry));
    }

    private double backupAge(String application) {
        return watch.lastLook()
                .flatMap(look -> look.catalog().newestGood(application))
                .map(backup -> (double) backup.age(Instant.now()).toSeconds())
                .orElse(Double.NaN);
    }

    private double readiness(String application) {
        return status(application)
                .map(status -> switch (status.readiness()) {
                    case READY -> 2.0;
                    case AT_RISK -> 1.0;
                    case NOT_READY -> 0.0;
                })
                .orElse(Double.NaN);
    }

    private double proven(String application) {
        return status(application)
                .map(ApplicationStatus::lastProof)
                .map(proof -> (double) proof.at().getEpochSecond())
                .orElse(Double.NaN);
    }

    private Optional<ApplicationStatus> status(String application) {
        return report.lastRead().stream()
                .flatMap(status -> status.applications().stream())
                .filter(status -> status.application().equals(application))
                .findFirst();
    }

    private double up(String store) {
        return watch.lastLook()
                .flatMap(look -> look.catalog().listings().stream()
                        .filter(listing -> listing.store().equals(store))
                        .findFirst())
                .map(StoreListing::error)
                .map(error -> 0.0)
                .orElseGet(() -> watch.lastLook().isPresent() ? 1.0 : Double.NaN);
    }

    private double lastDrill(String application) {
        return journal.list(application, Mode.DRILL, RunStatus.SUCCEEDED, 1, 0).stream()
                .map(Run::endTime)
                .filter(Objects::nonNull)
                .mapToDouble(Instant::getEpochSecond)
                .findFirst()
                .orElse(Double.NaN);
    }
}
