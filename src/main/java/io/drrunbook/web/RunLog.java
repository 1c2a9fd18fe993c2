package io.drrunbook.web;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.drrunbook.failure.Finding;
import io.drrunbook.readiness.PredictedRto;
import io.drrunbook.run.Headline;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunStatus;
import io.drrunbook.run.Step;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The log of a run in the shape that people outside rely on.
 *
 * @param findings what stopped nothing, and people must know of all the same
 * @param success null while the run is not over
 * @param rtoMet null unless the run succeeded; false as soon as the objective has passed
 * @param rpoMet null unless the run succeeded; false when more is lost than the objective allows
 * @param predictedRtoSeconds how long a recovery would have taken, as a drill or plan has found out; null for a recovery
 * @param headline which data is live because of it, in one sentence
 * @param endTime when the recovery, drill or plan ended; a rollback does not move it
 * @param rtoMet null unless the run succeeded; false as soon as the objective has passed
 * @param rpoMet null unless the run succeeded; false when the chosen backup is older than the objective allows
 * @param previousDatabase the one from before, which a rollback makes live again; null when there is none
 * @param restoredDatabase what was restored, kept closed behind a rollback
 * @param predictedRtoWithout what is not in the prediction, which is then no more than a lower bound
 */
@JsonNaming(SnakeCaseStrategy.class)
record RunLog(
        UUID id,
        String mode,
        String application,
        String status,
        Instant startTime,
        @Nullable Instant endTime,
        @Nullable UUID backupId,
        String reason,
        String initiatedBy,
        String trigger,
        List<Finding> findings,
        List<StepLog> steps,
        @Nullable Boolean success,
        @Nullable String error,
        @Nullable String code,
        double durationSeconds,
        long rtoTargetSeconds,
        @Nullable Boolean rtoMet,
        @Nullable Long dataLossSeconds,
        long rpoTargetSeconds,
        @Nullable Boolean rpoMet,
        UUID restoreLogId,
        @Nullable String previousDatabase,
        @Nullable String restoredDatabase,
        @Nullable Instant rolledBackAt,
        String headline,
        @Nullable Double predictedRtoSeconds,
        @Nullable List<String> predictedRtoWithout) {

    static RunLog of(Run run) {
        Instant now = Instant.now();
        PredictedRto predicted = PredictedRto.of(run).orElse(null);
        Run.Rollback rollback = run.rollback();
        return new RunLog(
                run.id(),
                lower(run.mode()),
                run.application(),
                lower(run.status()),
                run.startTime(),
                run.endTime(),
                run.backupId() == null ? run.requestedBackupId() : run.backupId(),
                run.reason(),
                run.initiatedBy(),
                run.trigger(),
                run.findings(),
                run.steps().stream().map(step -> StepLog.of(step, now)).toList(),
                run.status().active() ? null : run.status() == RunStatus.SUCCEEDED,
                run.error(),
                run.errorCode(),
                run.durationSeconds(now),
                run.rtoTargetSeconds(),
                run.rtoMet(now),
                run.dataLossSeconds(),
                run.rpoTargetSeconds(),
                run.rpoMet(),
                run.id(),
                run.previousDatabase(),
                rollback == null ? null : rollback.restoredDatabase(),
                rollback == null ? null : rollback.endedAt(),
                Headline.of(run),
                predicted == null ? null : predicted.seconds(),
                predicted == null ? null : predicted.without());
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /**
     * One step.
     *
     * @param detail what the step said of itself, beside the fixed members
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record StepLog(
            int step,
            String name,
            String status,
            double durationSeconds,
            @Nullable Instant startTime,
            @Nullable Instant endTime,
            @Nullable String error,
            @JsonAnyGetter Map<String, Object> detail) {

        static StepLog of(Step step, Instant now) {
            Map<String, Object> detail = new LinkedHashMap<>(step.detail());
            detail.remove(Run.FINDINGS);
            return new StepLog(
                    step.number(),
                    step.name(),
                    lower(step.status()),
                    step.durationSeconds(now),
                    step.startedAt(),
                    step.endedAt(),
                    step.error(),
                    detail);
        }
    }
}
