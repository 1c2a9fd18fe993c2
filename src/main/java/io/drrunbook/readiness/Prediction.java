package io.drrunbook.readiness;

import io.drrunbook.backup.Manifest;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Mode;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunStatus;
import io.drrunbook.run.Step;
import io.drrunbook.run.StepStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/**
 * How long each step of a recovery would take: as long as when it was last done, by a recovery or a drill, and longer or
 * shorter as the backup is larger or smaller than that one's.
 */
@Component
public class Prediction {

    private static final int LOOK_BACK = 20;
    private static final int DOWNLOAD = 2;
    private static final int OPEN = 3;
    private static final int RESTORE = 4;

    private final Journal journal;

    Prediction(Journal journal) {
        this.journal = journal;
    }

    /**
     * The last time each of the seven steps was done for that application; in the order of the steps.
     *
     * @param size of the backup that a recovery would restore
     */
    public List<StepPrediction> steps(String application, Size size) {
        List<Run> runs = Stream.of(Mode.RECOVERY, Mode.DRILL)
                .flatMap(mode -> journal.list(application, mode, null, LOOK_BACK, 0).stream())
                .filter(run -> run.status() == RunStatus.SUCCEEDED || run.status() == RunStatus.ROLLED_BACK)
                .sorted((a, b) -> b.startTime().compareTo(a.startTime()))
                .toList();
        return steps(runs, size);
    }

    /** @param runs that have succeeded, the last one first */
    static List<StepPrediction> steps(List<Run> runs, Size size) {
        return Step.numbers().mapToObj(number -> step(number, runs, size)).toList();
    }

    /** The sum over all steps; empty when step 4 was never done, without which the sum says nothing. */
    public Optional<Total> total(String application, Size size) {
        return total(steps(application, size));
    }

    static Optional<Total> total(List<StepPrediction> steps) {
        return steps.stream().anyMatch(step -> step.step() == RESTORE && step.known())
                ? Optional.of(new Total(
                        steps.stream().mapToDouble(StepPrediction::seconds).sum(),
                        steps.stream()
                                .filter(step -> !step.known())
                                .map(StepPrediction::step)
                                .toList()))
                : Optional.empty();
    }

    private static StepPrediction step(int number, List<Run> runs, Size size) {
        return runs.stream()
                .filter(run -> run.step(number).status() == StepStatus.COMPLETED)
                .findFirst()
                .map(run -> new StepPrediction(
                        number,
                        run.step(number).durationSeconds(Instant.now()) * size.factor(number, Size.of(run)),
                        Optional.of(run)))
                .orElseGet(() -> new StepPrediction(number, 0, Optional.empty()));
    }

    /**
     * How large a backup is.
     *
     * @param sealed bytes of its object; 0 when unknown
     * @param plain bytes of the dump in it; 0 when unknown
     */
    public record Size(long sealed, long plain) {

        private static final String BYTES = "size_bytes";

        /** As its manifest says. */
        public static Size of(Manifest backup) {
            return new Size(backup.sizeBytes(), backup.originalSizeBytes());
        }

        /** As far as a run has come to know it. */
        public static Size of(Run run) {
            return new Size(bytes(run, DOWNLOAD), bytes(run, OPEN));
        }

        private static long bytes(Run run, int step) {
            return run.step(step).detail().get(BYTES) instanceof Number bytes ? bytes.longValue() : 0;
        }

        /** How much longer that step takes than with a backup of the other size; 1 for steps that do not depend on it. */
        private double factor(int step, Size other) {
            return switch (step) {
                case DOWNLOAD -> ratio(sealed, other.sealed).orElse(1.0);
                case OPEN, RESTORE ->
                    ratio(plain, other.plain)
                            .or(() -> ratio(sealed, other.sealed))
                            .orElse(1.0);
                default -> 1;
            };
        }

        private static Optional<Double> ratio(long now, long then) {
            return now > 0 && then > 0 ? Optional.of((double) now / then) : Optional.empty();
        }
    }

    /**
     * One step.
     *
     * @param seconds 0 when nothing is known
     * @param basedOn the run that it was seen in; empty when nothing is known
     */
    public record StepPrediction(int step, double seconds, Optional<Run> basedOn) {

        boolean known() {
            return basedOn.isPresent();
        }
    }

    /**
     * A whole recovery.
     *
     * @param seconds of the steps that are known: at least so long
     * @param without the steps that no earlier run has done, and that are not in it
     */
    public record Total(double seconds, List<Integer> without) {}
}
