package io.drrunbook.run;

import io.drrunbook.failure.Finding;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
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

    /** Under this key a step tells what it has found. */
    public static final String FINDINGS = "findings";

    /** One that has just been admitted: it waits for its turn, and none of its steps has begun. */
    public static Run admitted(
            Mode mode,
            String application,
            @Nullable UUID requestedBackupId,
            String reason,
            String initiatedBy,
            String trigger,
            Instant startTime,
            long rtoTargetSeconds,
            long rpoTargetSeconds) {
        return new Run(
                UUID.randomUUID(),
                mode,
                application,
                RunStatus.QUEUED,
                requestedBackupId,
                null,
                reason,
                initiatedBy,
                trigger,
                startTime,
                null,
                null,
                null,
                rtoTargetSeconds,
                rpoTargetSeconds,
                null,
                null,
                false,
                null,
                Step.numbers()
                        .mapToObj(number ->
                                new Step(number, Step.name(number), StepStatus.PENDING, null, null, null, Map.of()))
                        .toList());
    }

    /** From admission to the end, or to {@code now} while it is active; in seconds. */
    public double durationSeconds(Instant now) {
        return Duration.between(startTime, endTime == null ? now : endTime).toNanos() / 1e9;
    }

    /**
     * Whether it kept the recovery time objective; null while that is open, and for one that did not succeed although its
     * time was not over. A plan recovers nothing.
     */
    public @Nullable Boolean rtoMet(Instant now) {
        return mode == Mode.PLAN ? null : met(durationSeconds(now) <= rtoTargetSeconds);
    }

    /** Whether the data that was lost is within the objective; null when nothing was recovered, or it is not known. */
    public @Nullable Boolean rpoMet() {
        return dataLossSeconds == null ? null : met(dataLossSeconds <= rpoTargetSeconds);
    }

    /** What is missed is so for good; what is kept is so only when the run has succeeded. */
    private @Nullable Boolean met(boolean within) {
        boolean undone = status == RunStatus.ROLLED_BACK || status == RunStatus.CANCELLED;
        if (undone || within && status != RunStatus.SUCCEEDED) {
            return null;
        }
        return within;
    }

    /** The step of that number, 1 to 7. */
    public Step step(int number) {
        return steps.get(number - 1);
    }

    /** What it has found that stopped nothing; a run that succeeded may have findings all the same. */
    public List<Finding> findings() {
        return steps.stream()
                .map(step -> step.detail().get(FINDINGS))
                .filter(Collection.class::isInstance)
                .flatMap(found -> ((Collection<?>) found).stream())
                .filter(Map.class::isInstance)
                .map(found -> Finding.of((Map<?, ?>) found))
                .toList();
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
