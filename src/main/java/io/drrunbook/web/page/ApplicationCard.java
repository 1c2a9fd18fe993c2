package io.drrunbook.web.page;

import io.drrunbook.backup.Manifest;
import io.drrunbook.readiness.ApplicationStatus;
import io.drrunbook.readiness.ApplicationStatus.Readiness;
import io.drrunbook.run.Taking;
import io.drrunbook.settings.DrSettings;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * An application on the overview.
 *
 * @param headline whether a recovery is possible right now
 * @param database name and host of what a recovery replaces
 * @param newest null when there is no good backup
 * @param predicted how long a recovery would take; null while nothing is known
 * @param predictedMet whether that keeps the RTO; null while not all of it is known
 * @param predictedWithout what is not in it
 * @param proof of the last drill that has proven a backup; null when none has
 * @param taking the last backup that was taken, is being taken or failed; null when there was none
 */
record ApplicationCard(
        String name,
        Mark mark,
        String headline,
        List<String> reasons,
        String database,
        @Nullable BackupRow newest,
        @Nullable String age,
        String rpo,
        Mark rpoMet,
        String rto,
        @Nullable String predicted,
        @Nullable Mark predictedMet,
        List<String> predictedWithout,
        Manifest.@Nullable Proof proof,
        @Nullable RunRow lastDrill,
        @Nullable RunRow lastRecovery,
        @Nullable RunRow active,
        @Nullable Taking taking) {

    static ApplicationCard of(
            ApplicationStatus status,
            DrSettings.Database database,
            Map<UUID, Instant> proven,
            @Nullable Taking taking) {
        Double predicted = status.predictedSeconds();
        return new ApplicationCard(
                status.application(),
                Mark.of(status.readiness()),
                headline(status.readiness()),
                status.reasons(),
                database.name() + " on " + database.host() + ":" + database.port(),
                status.newestBackup() == null ? null : BackupRow.of(status.newestBackup(), proven),
                status.backupAgeSeconds() == null ? null : Said.age(status.backupAgeSeconds()),
                Said.objective(status.rpoTargetSeconds()),
                Mark.met(status.rpoMet()),
                Said.objective(status.rtoTargetSeconds()),
                predicted == null
                        ? null
                        : (status.predictedWithout().isEmpty() ? "" : "at least ") + Said.duration(predicted),
                Mark.metOrOpen(status.predictedMet()),
                status.predictedWithout(),
                status.lastProof(),
                RunRow.ofNullable(status.lastDrill()),
                RunRow.ofNullable(status.lastRecovery()),
                RunRow.ofNullable(status.activeRun()),
                taking);
    }

    private static String headline(Readiness readiness) {
        return switch (readiness) {
            case READY -> "A recovery is possible right now.";
            case AT_RISK -> "A recovery is possible, but something is not as it should be.";
            case NOT_READY -> "A recovery is not possible right now.";
        };
    }
}
