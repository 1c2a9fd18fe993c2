package io.drrunbook.web;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.drrunbook.readiness.ApplicationStatus;
import io.drrunbook.readiness.StatusReport;
import io.drrunbook.readiness.StoreStatus;
import io.drrunbook.readiness.SystemStatus;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Run;
import io.drrunbook.web.BackupsController.BackupLog;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Whether each application could be recovered right now. */
@RestController
@RequestMapping("/api/v1/status")
class StatusController {

    private final StatusReport report;
    private final Journal journal;

    StatusController(StatusReport report, Journal journal) {
        this.report = report;
        this.journal = journal;
    }

    @GetMapping
    StatusLog status() {
        SystemStatus status = report.read();
        Map<UUID, Instant> proven = journal.provenBackups();
        return new StatusLog(
                status.storesSeenAt(),
                status.applications().stream()
                        .map(application -> ApplicationLog.of(application, proven))
                        .toList(),
                status.stores().stream().map(StoreLog::of).toList(),
                status.unreadable());
    }

    /**
     * The whole.
     *
     * @param storesSeenAt when the stores were last looked at
     * @param unreadable a sentence for each row of the journal that cannot be read and is left out
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record StatusLog(
            Instant storesSeenAt, List<ApplicationLog> applications, List<StoreLog> stores, List<String> unreadable) {}

    /** A configured store; {@code notes} say what in it is passed over. */
    @JsonNaming(SnakeCaseStrategy.class)
    record StoreLog(String store, boolean up, @Nullable String error, int backups, List<String> notes) {

        static StoreLog of(StoreStatus store) {
            return new StoreLog(store.store(), store.up(), store.error(), store.backups(), store.notes());
        }
    }

    /**
     * One application.
     *
     * @param readiness {@code ready}, {@code at_risk} or {@code not_ready}
     * @param predictedSeconds how long a recovery would take, from earlier runs; null while nothing is known
     * @param predictedWithout what is not in that, which is then a lower bound; empty when it is the whole
     * @param predictedMet whether that keeps the RTO; null while not all of it is known
     * @param reasons what speaks against a recovery within the objectives
     * @param lastProvenAt when a drill has last proven a backup that still can be restored; null when none has
     * @param provenBy the run of that drill
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record ApplicationLog(
            String application,
            String readiness,
            List<String> reasons,
            @Nullable BackupLog newestBackup,
            @Nullable Long backupAgeSeconds,
            long rpoTargetSeconds,
            boolean rpoMet,
            long rtoTargetSeconds,
            @Nullable Double predictedSeconds,
            List<String> predictedWithout,
            @Nullable Boolean predictedMet,
            @Nullable RunSummary lastRecovery,
            @Nullable RunSummary lastDrill,
            @Nullable RunSummary activeRun,
            @Nullable Instant lastProvenAt,
            @Nullable UUID provenBy) {

        static ApplicationLog of(ApplicationStatus status, Map<UUID, Instant> proven) {
            return new ApplicationLog(
                    status.application(),
                    status.readiness().name().toLowerCase(Locale.ROOT),
                    status.reasons(),
                    status.newestBackup() == null ? null : BackupLog.of(status.newestBackup(), proven),
                    status.backupAgeSeconds(),
                    status.rpoTargetSeconds(),
                    status.rpoMet(),
                    status.rtoTargetSeconds(),
                    status.predictedSeconds(),
                    status.predictedWithout(),
                    status.predictedMet(),
                    RunSummary.of(status.lastRecovery()),
                    RunSummary.of(status.lastDrill()),
                    RunSummary.of(status.activeRun()),
                    status.lastProof() == null ? null : status.lastProof().at(),
                    status.lastProof() == null ? null : status.lastProof().run());
        }
    }

    /** A run in one line. */
    @JsonNaming(SnakeCaseStrategy.class)
    record RunSummary(
            UUID id,
            String mode,
            String status,
            Instant startTime,
            @Nullable Instant endTime,
            double durationSeconds,
            long rtoTargetSeconds,
            @Nullable Boolean rtoMet) {

        static @Nullable RunSummary of(@Nullable Run run) {
            if (run == null) {
                return null;
            }
            Instant now = Instant.now();
            return new RunSummary(
                    run.id(),
                    run.mode().name().toLowerCase(Locale.ROOT),
                    run.status().name().toLowerCase(Locale.ROOT),
                    run.startTime(),
                    run.endTime(),
                    run.durationSeconds(now),
                    run.rtoTargetSeconds(),
                    run.rtoMet(now));
        }
    }
}
