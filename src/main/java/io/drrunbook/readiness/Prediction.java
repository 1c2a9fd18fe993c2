package io.drrunbook.readiness;

import io.drrunbook.run.Journal;
import io.drrunbook.run.Mode;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunStatus;
import io.drrunbook.run.Step;
import io.drrunbook.run.StepStatus;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.settings.DrSettings.Restart.Method;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * How long each step of a recovery would take: as long as when it was last done, by a recovery or a drill, and longer in
 * the measure in which the backup has grown since. What was never measured, or waits for a person, is not counted as
 * nothing: it is named, and the sum is then a lower bound.
 */
@Component
public class Prediction {

    private static final int LOOK_BACK = 20;
    private static final int DOWNLOAD = 2;
    private static final int RESTORE = 4;
    private static final int RESTART = 5;

    /** Steps that handle each byte of the backup. */
    private static final Set<Integer> BY_SIZE = Set.of(DOWNLOAD, 3, RESTORE);

    private final Journal journal;
    private final DrSettings settings;

    Prediction(Journal journal, DrSettings settings) {
        this.journal = journal;
        this.settings = settings;
    }

    /**
     * A recovery of that application, as far as earlier runs tell.
     *
     * @param bytes of the backup that would be restored; empty when it is not known, then the measured time stands
     */
    public Forecast of(String application, OptionalLong bytes) {
        List<Run> runs = Stream.of(Mode.RECOVERY, Mode.DRILL)
                .flatMap(mode -> journal.list(application, mode, null, LOOK_BACK, 0).stream())
                .filter(run -> run.status() == RunStatus.SUCCEEDED || run.status() == RunStatus.ROLLED_BACK)
                .sorted(Comparator.comparing(Run::startTime).reversed())
                .toList();
        boolean byHand = byHand(application);
        return new Forecast(Step.numbers()
                .mapToObj(number -> step(number, runs, bytes, byHand))
                .toList());
    }

    /** Of the backup that a run restores, as its download has measured it; empty before that. */
    public static OptionalLong sizeBytes(Run run) {
        return run.step(DOWNLOAD).detail().get("size_bytes") instanceof Number size && size.longValue() > 0
                ? OptionalLong.of(size.longValue())
                : OptionalLong.empty();
    }

    /** Whether a person restarts the application, by the settings or as the last run that looked has found. */
    private boolean byHand(String application) {
        DrSettings.Application configured = settings.applications().get(application);
        if (configured != null && configured.restart().method() == Method.MANUAL) {
            return true;
        }
        return journal.list(application, null, null, LOOK_BACK, 0).stream()
                .map(run -> run.step(RESTART).detail().get("method"))
                .filter(String.class::isInstance)
                .findFirst()
                .filter("manual"::equals)
                .isPresent();
    }

    private static StepPrediction step(int number, List<Run> runs, OptionalLong bytes, boolean byHand) {
        if (number == RESTART && byHand) {
            return new StepPrediction(number, 0, Optional.empty(), "a person must restart the application");
        }
        return runs.stream()
                .filter(run -> run.step(number).status() == StepStatus.COMPLETED)
                .filter(run -> !run.step(number).detail().containsKey("acknowledged_by"))
                .findFirst()
                .map(run -> new StepPrediction(number, seconds(number, run, bytes), Optional.of(run), null))
                .orElseGet(() -> new StepPrediction(number, 0, Optional.empty(), "no run has measured it yet"));
    }

    private static double seconds(int number, Run run, OptionalLong bytes) {
        double measured = run.step(number).durationSeconds(Instant.now());
        OptionalLong before = sizeBytes(run);
        if (!BY_SIZE.contains(number) || bytes.isEmpty() || before.isEmpty()) {
            return measured;
        }
        // Part of a step does not depend on the size, so a smaller backup is not promised to be faster.
        return measured * Math.max(1, (double) bytes.getAsLong() / before.getAsLong());
    }

    /** All seven steps, in their order. */
    public record Forecast(List<StepPrediction> steps) {

        /** Of the steps that are known. */
        public double seconds() {
            return steps.stream().mapToDouble(StepPrediction::seconds).sum();
        }

        /** What is not in the sum, a phrase each; empty when it is the whole. */
        public List<String> without() {
            return steps.stream().flatMap(step -> step.gap().stream()).toList();
        }

        /** Whether a restore was ever measured, without which the sum says nothing. */
        public boolean known() {
            return steps.stream()
                    .anyMatch(step -> step.step() == RESTORE && step.basedOn().isPresent());
        }
    }

    /**
     * One step.
     *
     * @param seconds 0 when nothing is known
     * @param basedOn the run that it was seen in; empty when nothing is known
     * @param unknown why nothing is known; null when something is
     */
    public record StepPrediction(
            int step,
            double seconds,
            Optional<Run> basedOn,
            @Nullable String unknown) {

        /** {@code step 5 (Restart application): a person must restart the application}. */
        public Optional<String> gap() {
            return Optional.ofNullable(unknown).map(why -> "step " + step + " (" + Step.name(step) + "): " + why);
        }
    }
}
