package io.drrunbook.web.page;

import io.drrunbook.figures.Figures;
import io.drrunbook.run.Mode;
import io.drrunbook.run.Person;
import io.drrunbook.run.Role;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunStatus;
import io.drrunbook.run.Step;
import io.drrunbook.run.StepStatus;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A run as a person reads it.
 *
 * @param live whether it goes on by itself, so that the page follows it
 * @param duration so far, or in all
 */
record RunView(
        UUID id,
        String mode,
        String application,
        String status,
        String word,
        String reason,
        String initiatedBy,
        String trigger,
        String started,
        String ended,
        String duration,
        double durationSeconds,
        long rtoTargetSeconds,
        String rtoTarget,
        boolean rtoMet,
        @Nullable String dataLoss,
        String rpoTarget,
        boolean rpoMet,
        @Nullable String error,
        @Nullable String code,
        @Nullable String previousDatabase,
        boolean live,
        long startMillis,
        List<StepView> steps) {

    static RunView of(Run run) {
        double duration = run.durationSeconds(Instant.now());
        Long loss = run.dataLossSeconds();
        return new RunView(
                run.id(),
                lower(run.mode()),
                run.application(),
                lower(run.status()),
                word(run),
                run.reason(),
                run.initiatedBy(),
                run.trigger(),
                Figures.time(run.startTime()),
                run.endTime() == null ? "" : Figures.time(run.endTime()),
                Figures.duration(duration),
                duration,
                run.rtoTargetSeconds(),
                Figures.clock(run.rtoTargetSeconds()),
                duration <= run.rtoTargetSeconds(),
                loss == null ? null : Figures.age(loss),
                Figures.age(run.rpoTargetSeconds()),
                loss == null || loss <= run.rpoTargetSeconds(),
                run.error(),
                run.errorCode(),
                run.previousDatabase(),
                run.status().active(),
                run.startTime().toEpochMilli(),
                run.steps().stream().map(StepView::of).toList());
    }

    private static String word(Run run) {
        return switch (run.status()) {
            case QUEUED -> "queued";
            case RUNNING -> "running";
            case WAITING -> "waits for a person";
            case SUCCEEDED -> "succeeded";
            case FAILED -> "failed";
            case CANCELLED -> "cancelled";
            case ROLLED_BACK -> "rolled back";
        };
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** What that person can do with a run now. */
    record Actions(
            boolean cancel,
            boolean resume,
            boolean rollBack,
            boolean approve,
            @Nullable Integer acknowledge) {

        static Actions of(Run run, Person person, boolean awaitsApproval) {
            boolean may = person.role().compareTo(run.mode().role()) >= 0;
            boolean admin = person.role() == Role.ADMIN;
            boolean stopped = run.status() == RunStatus.FAILED || run.status() == RunStatus.CANCELLED;
            Integer waiting = run.steps().stream()
                    .filter(step -> step.status() == StepStatus.MANUAL_REQUIRED)
                    .map(Step::number)
                    .findFirst()
                    .orElse(null);
            return new Actions(
                    may && run.status().active(),
                    may && stopped,
                    admin
                            && run.mode() == Mode.RECOVERY
                            && !run.status().active()
                            && run.status() != RunStatus.ROLLED_BACK
                            && run.previousDatabase() != null,
                    admin && awaitsApproval && !run.initiatedBy().equals(person.name()),
                    person.role() != Role.VIEWER && run.status() == RunStatus.WAITING ? waiting : null);
        }

        /** Whether there is anything. */
        public boolean any() {
            return cancel || resume || rollBack || approve || acknowledge != null;
        }
    }
}
