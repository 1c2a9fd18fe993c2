package io.drrunbook.runbook;

import io.drrunbook.backup.Manifest;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.readiness.Prediction;
import io.drrunbook.readiness.Prediction.StepPrediction;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Mode;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunStatus;
import io.drrunbook.run.StepStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.camel.Exchange;
import org.springframework.stereotype.Component;

/** First and last line of each step's route: lets only admitted runs in, and writes down what happened. */
@Component("stepGate")
class StepGate {

    /** Detail of the last step of a drill or plan: in seconds. */
    static final String PREDICTED_RTO = "predicted_rto_seconds";

    /** Detail beside it: the steps that are not in it. */
    private static final String PREDICTED_RTO_WITHOUT = "predicted_rto_without";

    /** Drills end behind it. */
    private static final int LAST_STEP_OF_A_DRILL = 4;

    private final Journal journal;
    private final Prediction prediction;

    StepGate(Journal journal, Prediction prediction) {
        this.journal = journal;
        this.prediction = prediction;
    }

    /**
     * A step begins.
     *
     * @throws RunbookException ({@code not_admitted}) when no admitted run stands behind the message, {@code cancelled}
     *     when somebody asked to cancel it
     */
    public void begin(Exchange exchange, int step) {
        ActiveRun run = requireAdmitted(exchange);
        if (run.cancelRequested()) {
            throw new RunbookException("cancelled", "cancelled before step " + step);
        }
        if (step > LAST_STEP_OF_A_DRILL) {
            run.requireMode("touch the application", Mode.RECOVERY, Mode.PLAN);
        }
        run.began(step);
    }

    /**
     * The admitted run behind a message.
     *
     * @throws RunbookException ({@code not_admitted}) when there is none
     */
    public ActiveRun requireAdmitted(Exchange exchange) {
        if (exchange.getProperty(ActiveRun.PROPERTY) instanceof ActiveRun run) {
            return run;
        }
        String route = String.valueOf(exchange.getFromRouteId());
        journal.event(
                null,
                "refused",
                Map.of("code", "not_admitted", "message", "a message came into " + route + " without an admitted run"));
        throw new RunbookException(
                "not_admitted",
                route + " only works for an admitted run: start one with ./dr recover or POST /api/v1/runs");
    }

    /** A step has done what it is for. */
    public void complete(Exchange exchange, int step) {
        ActiveRun run = run(exchange);
        if (run.mode() == Mode.PLAN) {
            predict(run, step);
        }
        run.ended(step, StepStatus.COMPLETED);
    }

    /** A step needs a person: the run waits, and goes on behind the step when it is acknowledged. */
    public void waitForPerson(Exchange exchange, int step, String instruction) {
        ActiveRun run = run(exchange);
        run.detail("instruction", instruction);
        run.log("waits for a person: " + instruction);
        run.ended(step, StepStatus.MANUAL_REQUIRED);
        journal.moved(run.id(), RunStatus.WAITING, null);
        exchange.setRouteStop(true);
    }

    /** The last line of the runbook: without it a run that stopped on its way would look like one that succeeded. */
    public void end(Exchange exchange) {
        ActiveRun run = run(exchange);
        if (run.mode() != Mode.RECOVERY) {
            predictRto(run);
        }
        exchange.setProperty(ActiveRun.ENDED, true);
    }

    private void predict(ActiveRun run, int step) {
        StepPrediction predicted =
                prediction.steps(run.application(), size(run)).get(step - 1);
        run.detail("predicted_seconds", predicted.seconds());
        run.detail("predicted_from", basis(predicted));
    }

    /** What a recovery would have taken: what was measured now, and what is known of the other steps. */
    private void predictRto(ActiveRun run) {
        Run now = journal.find(run.id()).orElseThrow();
        double seconds = 0;
        List<String> unknown = new ArrayList<>();
        for (StepPrediction predicted : prediction.steps(run.application(), size(run))) {
            boolean measured = run.mode() == Mode.DRILL && predicted.step() <= LAST_STEP_OF_A_DRILL;
            if (measured) {
                seconds += now.step(predicted.step()).durationSeconds(Instant.now());
            } else {
                seconds += predicted.seconds();
                if (predicted.basedOn().isEmpty()) {
                    unknown.add(Integer.toString(predicted.step()));
                }
            }
        }
        run.detail(PREDICTED_RTO, Math.round(seconds * 1000) / 1000.0);
        if (!unknown.isEmpty()) {
            run.detail(PREDICTED_RTO_WITHOUT, unknown);
        }
        run.log("a recovery would take %s%.1f s of the %d s that the RTO allows%s"
                .formatted(
                        unknown.isEmpty() ? "" : "at least ",
                        seconds,
                        now.rtoTargetSeconds(),
                        unknown.isEmpty()
                                ? ""
                                : "; not counted, because no earlier run has done them: step "
                                        + String.join(", ", unknown)));
    }

    private static Prediction.Size size(ActiveRun run) {
        return run.recall(SelectBackup.MANIFEST, Manifest.class)
                .map(Prediction.Size::of)
                .orElse(new Prediction.Size(0, 0));
    }

    private static String basis(StepPrediction predicted) {
        return predicted
                .basedOn()
                .map(run -> "run " + run.id() + " of " + run.startTime())
                .orElse("no earlier run");
    }

    private static ActiveRun run(Exchange exchange) {
        return exchange.getProperty(ActiveRun.PROPERTY, ActiveRun.class);
    }
}
