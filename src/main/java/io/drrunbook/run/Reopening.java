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
        // A rollback that failed is what goes on, not the recovery that it undoes.
        journal.reopened(run.id(), RunStatus.QUEUED);
        queue(run.id(), run.rollbackOpen() ? RunExecution.ROLLBACK : RunExecution.THE_RUNBOOK);
        journal.event(run.id(), "resumed", Map.of("by", by));
    }

    /** The previous database is swapped back in. */
    void rollBack(Run run, String by) {
        journal.rollbackAsked(run.id(), by);
        queue(run.id(), RunExecution.ROLLBACK);
    }

    private void queue(UUID id, String route) {
        journal.remember(id, RunExecution.ROUTE, route);
        journal.remember(id, PickUps.KEY, Map.of());
        queue.add(id);
    }
}
