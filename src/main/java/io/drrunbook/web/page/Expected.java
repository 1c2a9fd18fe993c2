package io.drrunbook.web.page;

import io.drrunbook.readiness.Prediction.Forecast;
import io.drrunbook.readiness.Prediction.StepPrediction;
import io.drrunbook.run.Mode;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunStatus;
import io.drrunbook.run.Step;
import io.drrunbook.run.StepStatus;
import java.time.Instant;
import java.util.Optional;

/**
 * When a run will have ended, as far as earlier runs and the progress of the step that runs can tell.
 *
 * @param seconds from its start
 * @param late whether that is later than the objective allows
 * @param atLeast whether a step is not counted, because no earlier run has measured it or a person must do it
 */
record Expected(Instant end, double seconds, boolean late, boolean atLeast) {

    private static final int LAST_STEP_OF_A_DRILL = 4;
    private static final int RESTORE = 4;

    /** Empty for a plan, for a run that does not run, and while the restore can only be guessed. */
    static Optional<Expected> of(Run run, Forecast predicted, Optional<ShownProgress> progress) {
        if (run.mode() == Mode.PLAN || (run.status() != RunStatus.RUNNING && run.status() != RunStatus.QUEUED)) {
            return Optional.empty();
        }
        Instant now = Instant.now();
        double left = 0;
        boolean atLeast = false;
        for (StepPrediction each : predicted.steps()) {
            Step step = run.step(each.step());
            boolean counts = run.mode() == Mode.RECOVERY || each.step() <= LAST_STEP_OF_A_DRILL;
            if (!counts || step.status().done()) {
                continue;
            }
            if (each.basedOn().isEmpty()) {
                if (each.step() == RESTORE) {
                    return Optional.empty();
                }
                atLeast = true;
            }
            left += left(step, each.seconds(), progress, now);
        }
        double seconds = run.durationSeconds(now) + left;
        return Optional.of(new Expected(
                now.plusMillis(Math.round(left * 1000)), seconds, seconds > run.rtoTargetSeconds(), atLeast));
    }

    /** How that stands to the objective; a lower bound cannot be within it. */
    public String rto() {
        if (late) {
            return "later than the RTO";
        }
        return atLeast ? "whether within the RTO is not known, because not every step was measured" : "within the RTO";
    }

    private static double left(Step step, double seconds, Optional<ShownProgress> progress, Instant now) {
        if (step.status() != StepStatus.RUNNING) {
            return seconds;
        }
        return progress.filter(each -> each.step() == step.number())
                .map(ShownProgress::left)
                .filter(left -> left.isPresent())
                .map(left -> left.getAsDouble())
                .orElseGet(() -> Math.max(0, seconds - step.durationSeconds(now)));
    }
}
