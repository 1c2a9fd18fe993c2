package io.drrunbook.readiness;

import io.drrunbook.run.Journal;
import io.drrunbook.run.Mode;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunStatus;
import io.drrunbook.run.Step;
import io.drrunbook.run.StepStatus;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** How long each step of a recovery would take: as long as when it was last done, by a recovery or a drill. */
@Component
public class Prediction {

    private static final int LOOK_BACK = 20;

    private final Journal journal;

    Prediction(Journal journal) {
        this.journal = journal;
    }

    /** The last time each of the seven steps was done for that application; in the order of the steps. */
    public List<StepPrediction> steps(String application) {
        List<Run> runs = Stream.of(Mode.RECOVERY, Mode.DRILL)
                .flatMap(mode -> journal.list(application, mode, null, LOOK_BACK, 0).stream())
                .filter(run -> run.status() == RunStatus.SUCCEEDED || run.status() == RunStatus.ROLLED_BACK)
                .sorted((a, b) -> b.startTime().compareTo(a.startTime()))
                .toList();
        return Step.numbers().mapToObj(number -> step(number, runs)).toList();
    }

    /** The sum over all steps, in seconds; empty when step 4 was never done, without which the sum says nothing. */
    public OptionalDouble total(String application) {
        List<StepPrediction> steps = steps(application);
        return steps.stream()
                        .noneMatch(step -> step.step() == 4 && step.basedOn().isPresent())
                ? OptionalDouble.empty()
                : OptionalDouble.of(
                        steps.stream().mapToDouble(StepPrediction::seconds).sum());
    }

    private static StepPrediction step(int number, List<Run> runs) {
        return runs.stream()
                .filter(run -> run.step(number).status() == StepStatus.COMPLETED)
                .findFirst()
                .map(run ->
                        new StepPrediction(number, run.step(number).durationSeconds(Instant.now()), Optional.of(run)))
                .orElseGet(() -> new StepPrediction(number, 0, Optional.empty()));
    }

    /**
     * One step.
     *
     * @param seconds 0 when nothing is known
     * @param basedOn the run that it was seen in; empty when nothing is known
     */
    public record StepPrediction(int step, double seconds, Optional<Run> basedOn) {}
}
