package io.drrunbook.runbook;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.run.Journal;
import io.drrunbook.run.RunStatus;
import io.drrunbook.run.StepStatus;
import java.util.Map;
import org.apache.camel.Exchange;
import org.springframework.stereotype.Component;

/** First and last line of each step's route: lets only admitted runs in, and writes down what happened. */
@Component("stepGate")
class StepGate {

    private final Journal journal;

    StepGate(Journal journal) {
        this.journal = journal;
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
        run(exchange).ended(step, StepStatus.COMPLETED);
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
        exchange.setProperty(ActiveRun.ENDED, true);
    }

    private static ActiveRun run(Exchange exchange) {
        return exchange.getProperty(ActiveRun.PROPERTY, ActiveRun.class);
    }
}
