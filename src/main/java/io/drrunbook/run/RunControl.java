package io.drrunbook.run;

import io.drrunbook.run.ApprovalRequest.Wish;
import io.drrunbook.run.RefusedException.Reason;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** What a person may do with a run that was admitted: cancel, resume, roll back, acknowledge. */
@Service
@Transactional
public class RunControl {

    private final Journal journal;
    private final RunQueue queue;
    private final Approvals approvals;
    private final Reopening reopening;

    RunControl(Journal journal, RunQueue queue, Approvals approvals, Reopening reopening) {
        this.journal = journal;
        this.queue = queue;
        this.approvals = approvals;
        this.reopening = reopening;
    }

    /**
     * Asks an active run to stop. One that waits for a person ends at once; one that runs ends at the next point where
     * nothing is half done; a rollback, or a going on, that waits to be approved is taken back.
     *
     * @throws RefusedException {@code run_unknown}, {@code forbidden}, or {@code run_not_active} when it has ended
     */
    public Run cancel(UUID id, Person by) {
        Run run = find(id);
        by.require(run.mode().role(), "cancelling a " + Journal.lower(run.mode()));
        if (!run.status().active()) {
            throw conflict("run_not_active", run, "it has ended; a recovery can be rolled back");
        }
        Optional<Run> withdrawn = approvals.withdraw(run, "cancelled by " + by.name());
        if (withdrawn.isPresent()) {
            return withdrawn.get();
        }
        journal.cancelRequested(id, by.name());
        if (run.status() == RunStatus.WAITING) {
            journal.moved(
                    id,
                    RunStatus.CANCELLED,
                    new Journal.Failure("cancelled", "cancelled by " + by.name() + " while it waited"));
            queue.remove(id);
        }
        return find(id);
    }

    /**
     * Queues a failed or cancelled run again; it goes on from the first step that is not done, or with its rollback. A recovery
     * waits for approval where one is needed.
     *
     * @throws RefusedException {@code run_unknown}, {@code forbidden}, {@code run_not_resumable}, {@code approval_missing}, {@code run_active}
     */
    public Run resume(UUID id, Person by) {
        Run run = find(id);
        by.require(run.mode().role(), "resuming a " + Journal.lower(run.mode()));
        if (run.status() != RunStatus.FAILED && run.status() != RunStatus.CANCELLED) {
            throw conflict("run_not_resumable", run, "only a failed or cancelled run can be resumed");
        }
        if (approvals.lacking(run)) {
            throw conflict("approval_missing", run, "nobody else has approved it; start another");
        }
        if (!approvals.waitAgain(run, Wish.RESUME, by)) {
            reopening.resume(run, by.name());
        }
        return find(id);
    }

    /**
     * Queues swapping the previous database back in; that waits for approval where a recovery would.
     *
     * @throws RefusedException {@code run_unknown}, {@code forbidden}, {@code run_not_ended}, {@code nothing_to_roll_back},
     *     {@code run_active}
     */
    public Run rollBack(UUID id, Person by) {
        Run run = find(id);
        by.require(Role.ADMIN, "a rollback");
        if (run.status().active()) {
            throw conflict("run_not_ended", run, "cancel it first");
        }
        if (run.previousDatabase() == null || run.status() == RunStatus.ROLLED_BACK) {
            throw conflict("nothing_to_roll_back", run, "it swapped no database, or the previous one is gone");
        }
        if (!approvals.waitAgain(run, Wish.ROLLBACK, by)) {
            reopening.rollBack(run, by.name());
        }
        return find(id);
    }

    /**
     * A person has done what a step waited for; the run goes on behind it.
     *
     * @throws RefusedException {@code run_unknown}, {@code forbidden}, {@code note_missing}, {@code step_not_waiting}
     */
    public Run acknowledge(UUID id, int number, String note, Person by) {
        Run run = find(id);
        by.require(Role.OPERATOR, "an acknowledgement");
        if (note.isBlank()) {
            throw new RefusedException(Reason.BAD_REQUEST, "note_missing", "note is empty: say what was done");
        }
        if (number < 1
                || number > run.steps().size()
                || run.status() != RunStatus.WAITING
                || approvals.awaits(run)
                || run.step(number).status() != StepStatus.MANUAL_REQUIRED) {
            throw conflict("step_not_waiting", run, "step " + number + " does not wait for a person");
        }
        journal.stepDetail(id, number, "acknowledged_by", by.name());
        journal.stepDetail(id, number, "note", note);
        journal.stepEnded(id, number, StepStatus.COMPLETED, null);
        journal.moved(id, RunStatus.QUEUED, null);
        queue.add(id);
        return find(id);
    }

    private Run find(UUID id) {
        return journal.find(id)
                .orElseThrow(() -> new RefusedException(
                        Reason.UNKNOWN, "run_unknown", "no run " + id + "; ./dr status lists them"));
    }

    private static RefusedException conflict(String code, Run run, String why) {
        return new RefusedException(
                Reason.CONFLICT, code, "run " + run.id() + " is " + Journal.lower(run.status()) + ": " + why);
    }
}
