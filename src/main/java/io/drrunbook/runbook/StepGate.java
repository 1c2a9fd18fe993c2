package io.drrunbook.runbook;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.readiness.PredictedRto;
import io.drrunbook.readiness.Prediction;
import io.drrunbook.readiness.Prediction.Forecast;
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
        StepPrediction predicted = forecast(run).steps().get(step - 1);
        if (predicted.basedOn().isPresent()) {
            run.detail("predicted_seconds", predicted.seconds());
        }
        run.detail("predicted_from", basis(predicted));
    }

    /** What a recovery would have taken: what was measured now, and what is known of the other steps. */
    private void predictRto(ActiveRun run) {
        Run now = journal.find(run.id()).orElseThrow();
        double seconds = 0;
        List<String> unknown = new ArrayList<>();
        for (StepPrediction predicted : forecast(run).steps()) {
            boolean measured = run.mode() == Mode.DRILL && predicted.step() <= LAST_STEP_OF_A_DRILL;
            if (measured) {
                seconds += now.step(predicted.step()).durationSeconds(Instant.now());
            } else {
                seconds += predicted.seconds();
                predicted.gap().ifPresent(unknown::add);
            }
        }
        run.detail(PredictedRto.SECONDS, Math.round(seconds * 1000) / 1000.0);
        if (!unknown.isEmpty()) {
            run.detail(PredictedRto.WITHOUT, unknown);
        }
        run.log("a recovery would take %s%.1f s of the %d s that the RTO allows%s"
                .formatted(
                        unknown.isEmpty() ? "" : "at least ",
                        seconds,
                        now.rtoTargetSeconds(),
                        unknown.isEmpty() ? "" : "; not in it: " + String.join("; ", unknown)));
    }

    private Forecast forecast(ActiveRun run) {
        Run now = journal.find(run.id()).orElseThrow();
        return prediction.of(run.application(), Prediction.sizeBytes(now));
    }

    private static String basis(StepPrediction predicted) {
        return predicted
                .basedOn()
                .map(run -> "run " + run.id() + " of " + run.startTime())
                .orElse(String.valueOf(predicted.unknown()));
    }

    private static ActiveRun run(Exchange exchange) {
        return exchange.getProperty(ActiveRun.PROPERTY, ActiveRun.class);
    }
}
