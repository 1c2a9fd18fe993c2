package io.drrunbook.run;

import java.util.Map;
import java.util.UUID;
import org.springframework.stereotype.Component;

/** Queues a run again that had ended, once nobody else has to be asked. */
@Component
class Reopening {

    private final Journal journal;
    private final RunQueue queue;

    Reopening(Journal journal, RunQueue queue) {
        this.journal = journal;
        this.queue = queue;
    }

    /** It goes on from the first step that is not done. */
    void resume(Run run, String by) {
        run.steps().stream()
                .filter(step -> step.status() == StepStatus.FAILED || step.status() == StepStatus.MANUAL_REQUIRED)
                .forEach(step -> journal.stepEnded(run.id(), step.number(), StepStatus.PENDING, null));
        queue(run.id(), "resumed", by, RunExecution.THE_RUNBOOK);
    }

    /** The previous database is swapped back in. */
    void rollBack(Run run, String by) {
        queue(run.id(), "rollback_requested", by, RunExecution.ROLLBACK);
    }

    private void queue(UUID id, String event, String by, String route) {
        journal.remember(id, RunExecution.ROUTE, route);
        journal.reopened(id, RunStatus.QUEUED);
        journal.event(id, event, Map.of("by", by));
        journal.remember(id, PickUps.KEY, Map.of());
        queue.add(id);
    }
}
