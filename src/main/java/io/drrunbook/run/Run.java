package io.drrunbook.run;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One execution of the runbook as the journal has it; its states are told at {@link RunStatus}.
 *
 * @param requestedBackupId the backup that was asked for by id; null for the latest good one
 * @param backupId the backup that was chosen; null until step 1 is done
 * @param startTime when it was admitted: the recovery time counts from here
 * @param endTime when it ended; a rollback that comes later does not move it
 * @param errorCode stable code of the failure; null while there is none
 * @param dataLossSeconds age of the chosen backup when the run was admitted; null until step 1 is done
 * @param previousDatabase the database that was swapped out and can be swapped back; null when there is none
 * @param rollback of this run; null unless one was asked for
 * @param steps all seven, in order
 */
public record Run(
        UUID id,
        Mode mode,
        String application,
        RunStatus status,
        @Nullable UUID requestedBackupId,
        @Nullable UUID backupId,
        String reason,
        String initiatedBy,
        String trigger,
        Instant startTime,
        @Nullable Instant endTime,
        @Nullable String error,
        @Nullable String errorCode,
        long rtoTargetSeconds,
        long rpoTargetSeconds,
        @Nullable Long dataLossSeconds,
        @Nullable String previousDatabase,
        boolean cancelRequested,
        @Nullable Rollback rollback,
        List<Step> steps) {

    /** A run that nobody has asked to roll back. */
    public Run(
            UUID id,
            Mode mode,
            String application,
            RunStatus status,
            @Nullable UUID requestedBackupId,
            @Nullable UUID backupId,
            String reason,
            String initiatedBy,
            String trigger,
            Instant startTime,
            @Nullable Instant endTime,
            @Nullable String error,
            @Nullable String errorCode,
            long rtoTargetSeconds,
            long rpoTargetSeconds,
            @Nullable Long dataLossSeconds,
            @Nullable String previousDatabase,
            boolean cancelRequested,
            List<Step> steps) {
        this(
                id,
                mode,
                application,
                status,
                requestedBackupId,
                backupId,
                reason,
                initiatedBy,
                trigger,
                startTime,
                endTime,
                error,
                errorCode,
                rtoTargetSeconds,
                rpoTargetSeconds,
                dataLossSeconds,
                previousDatabase,
                cancelRequested,
                null,
                steps);
    }

    /**
     * Whether it kept its RTO: true only when it has succeeded within it, false as soon as it is over it, null when that is
     * open or does not matter any more. A plan restores nothing, so its own clock says nothing of the objective.
     */
    public @Nullable Boolean rtoMet(Instant now) {
        return mode == Mode.PLAN ? null : met(durationSeconds(now) <= rtoTargetSeconds);
    }

    /** Whether it kept its RPO: true only when it has succeeded; false as soon as the chosen backup is too old. */
    public @Nullable Boolean rpoMet() {
        return dataLossSeconds == null ? null : met(dataLossSeconds <= rpoTargetSeconds);
    }

    private @Nullable Boolean met(boolean within) {
        if (!within) {
            return false;
        }
        return status == RunStatus.SUCCEEDED ? true : null;
    }

    /** From admission to the end, or to {@code now} while it is active; in seconds. */
    public double durationSeconds(Instant now) {
        return Duration.between(startTime, endTime == null ? now : endTime).toNanos() / 1e9;
    }

    /** The step of that number, 1 to 7. */
    public Step step(int number) {
        return steps.get(number - 1);
    }

    /** Whether a rollback was asked for that has not ended well. */
    public boolean rollbackOpen() {
        return rollback != null && rollback.endedAt() == null;
    }

    /**
     * The rollback of a recovery.
     *
     * @param endedAt when the data from before the recovery was live again; null while it is not
     * @param restoredDatabase what the recovery had restored, kept closed; null while it is live, and when it was dropped
     */
    public record Rollback(
            Instant askedAt,
            @Nullable Instant endedAt,
            @Nullable String restoredDatabase) {}
}
