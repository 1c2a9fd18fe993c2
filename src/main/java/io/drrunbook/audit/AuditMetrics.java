package io.drrunbook.audit;

import io.drrunbook.audit.AuditReport.BackupAudit;
import io.drrunbook.audit.AuditReport.StoreCopy;
import io.drrunbook.backup.Stores;
import io.drrunbook.settings.DrSettings;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/** Copies by their state for Prometheus, as the last pass has found them, on whichever node. */
@Component
class AuditMetrics {

    /** One scrape asks for many numbers. */
    private static final Duration FRESH = Duration.ofSeconds(2);

    private final AuditReport report;
    private Optional<Counted> last = Optional.empty();

    AuditMetrics(MeterRegistry registry, AuditReport report, CopyBook book, DrSettings settings, Stores stores) {
        this.report = report;
        for (String store : Stores.NAMES.stream().filter(stores::configured).toList()) {
            registry.counter("dr.audit.bytes", "store", store);
            for (String application : settings.applications().keySet()) {
                for (CopyState state : CopyState.values()) {
                    Gauge.builder("dr.backup.copies", () -> count(application, store, state))
                            .tag("application", application)
                            .tag("store", store)
                            .tag("state", state.word())
                            .description("Backups of the application whose copy in the store is in that state")
                            .register(registry);
                }
            }
        }
        Gauge.builder(
                        "dr.audit.last.timestamp",
                        () -> Optional.ofNullable(book.pass().doneAt())
                                .map(done -> (double) done.getEpochSecond())
                                .orElse(Double.NaN))
                .baseUnit("seconds")
                .description("When the copies were last compared, in seconds since 1970")
                .register(registry);
    }

    private double count(String application, String store, CopyState state) {
        return counted().getOrDefault(application + "/" + store + "/" + state, 0L);
    }

    private synchronized Map<String, Long> counted() {
        Instant now = Instant.now();
        Counted fresh = last.filter(counted -> counted.at.plus(FRESH).isAfter(now))
                .orElseGet(() -> new Counted(
                        now,
                        report.read().backups().stream()
                                .flatMap(backup -> backup.inStores().stream()
                                        .map(copy ->
                                                backup.application() + "/" + copy.store() + "/" + shown(backup, copy)))
                                .collect(Collectors.groupingBy(name -> name, Collectors.counting()))));
        last = Optional.of(fresh);
        return fresh.copies;
    }

    /** A foreign backup need not lie in every store, and nobody wants one back that has failed. */
    private static CopyState shown(BackupAudit backup, StoreCopy copy) {
        return copy.state().damaged() && !backup.isDamage(copy) ? CopyState.NOT_KEPT : copy.state();
    }

    private record Counted(Instant at, Map<String, Long> copies) {}
}
