package io.drrunbook.run;

import io.drrunbook.run.ApprovalRequest.Ending;
import io.drrunbook.run.ApprovalRequest.Wish;
import io.drrunbook.run.RefusedException.Reason;
import io.drrunbook.settings.DrSettings;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * The rule that one person alone does not replace a live database: with {@code dr.recovery.approvals} a recovery waits until
 * so many other administrators have approved it, and so do its rollback and its going on. What is not approved in time does
 * not happen: the recovery is cancelled, the run that had ended is as it was.
 */
@Service("approvals")
public class Approvals {

    private static final Logger LOG = LoggerFactory.getLogger(Approvals.class);

    /** A token's maker answers for it; one that a token of an older version has made names nobody. */
    private static final String TOKEN = "token:";

    private final Journal journal;
    private final RunQueue queue;
    private final Reopening reopening;
    private final DrSettings.Recovery settings;

    Approvals(Journal journal, RunQueue queue, Reopening reopening, DrSettings settings) {
        this.journal = journal;
        this.queue = queue;
        this.reopening = reopening;
        this.settings = settings.recovery();
    }

    /** Lets a recovery that has just been admitted wait, if it has to; called in the transaction that admits it. */
    boolean wait(Run run, Person by) {
        if (isFree(run, by)) {
            return false;
        }
        journal.moved(run.id(), RunStatus.WAITING, null);
        ask(run, new ApprovalRequest(Wish.RECOVERY, by.behind(), by.name(), Instant.now(), true, List.of(), null));
        return true;
    }

    /**
     * Lets a run that has ended wait, if its rollback or its going on has to be approved.
     *
     * @throws RefusedException ({@code run_active}) when another run of the application is active
     */
    boolean waitAgain(Run run, Wish wish, Person by) {
        if (isFree(run, by)) {
            return false;
        }
        journal.reopened(run.id(), RunStatus.WAITING);
        ask(run, new ApprovalRequest(wish, by.behind(), by.name(), Instant.now(), true, List.of(), Ending.of(run)));
        return true;
    }

    private boolean isFree(Run run, Person by) {
        boolean free = run.mode() != Mode.RECOVERY || settings.approvals() == 0;
        if (!free && isNobody(by)) {
            throw new RefusedException(
                    Reason.FORBIDDEN,
                    "token_without_maker",
                    by.name() + " was made by another token, so nobody answers for it: make it anew as a person");
        }
        return free;
    }

    private static boolean isNobody(Person person) {
        return person.behind().startsWith(TOKEN);
    }

    private void ask(Run run, ApprovalRequest request) {
        remember(run.id(), request);
        journal.event(run.id(), "approval_asked", Map.of("by", request.name(), "wish", Journal.lower(request.wish())));
        log(
                run.id(),
                "its " + Journal.lower(request.wish()) + " waits for " + settings.approvals()
                        + " more administrator(s) to approve it until " + deadline(request));
    }

    /**
     * Approves what a run waits for; with the last approval it is done.
     *
     * @throws RefusedException {@code run_unknown}, {@code forbidden}, {@code approval_not_needed},
     *     {@code approval_by_same_person}
     */
    @Transactional
    public Run approve(UUID id, Person by) {
        by.require(Role.ADMIN, "an approval");
        Run run =
                journal.find(id).orElseThrow(() -> new RefusedException(Reason.UNKNOWN, "run_unknown", "no run " + id));
        ApprovalRequest request = open(run)
                .orElseThrow(() -> new RefusedException(
                        Reason.CONFLICT,
                        "approval_not_needed",
                        "run " + id + " is " + Journal.lower(run.status()) + " and waits for no approval"));
        if (request.involves(by) || isNobody(by)) {
            throw new RefusedException(
                    Reason.FORBIDDEN,
                    "approval_by_same_person",
                    by.behind() + (by.behind().equals(by.name()) ? "" : ", who answers for " + by.name() + ",")
                            + " asked for it or has approved it; another administrator must");
        }
        ApprovalRequest approved = request.approvedBy(by, settings.approvals());
        remember(id, approved);
        journal.event(
                id,
                "approved",
                Map.of("by", by.name(), "given", approved.given().size(), "needed", settings.approvals()));
        log(id, "approved by " + by.name());
        if (!approved.open()) {
            begin(run, approved);
        }
        return journal.find(id).orElseThrow();
    }

    private void begin(Run run, ApprovalRequest approved) {
        switch (approved.wish()) {
            case RECOVERY -> {
                journal.moved(run.id(), RunStatus.QUEUED, null);
                queue.add(run.id());
            }
            case RESUME -> reopening.resume(run, approved.name());
            case ROLLBACK -> reopening.rollBack(run, approved.name());
        }
    }

    /** Whether the run waits for an approval, not for a person who does a step's work. */
    public boolean awaits(Run run) {
        return open(run).isPresent();
    }

    /** What it waits for: {@code recovery}, {@code resume} or {@code rollback}; empty when for no approval. */
    public Optional<String> wish(Run run) {
        return open(run).map(request -> Journal.lower(request.wish()));
    }

    /** Whether that person is another than those who have asked for it or approved it. */
    public boolean isAnother(Run run, Person person) {
        return open(run).filter(request -> !request.involves(person)).isPresent();
    }

    /** Whether it ended before enough people had approved it: it must not start by being resumed. */
    boolean lacking(Run run) {
        return request(run)
                .filter(request ->
                        request.wish() == Wish.RECOVERY && request.given().size() < settings.approvals())
                .isPresent();
    }

    /** Takes back what was asked for of a run that had ended: it is again as it was. Empty when nothing was. */
    Optional<Run> withdraw(Run run, String why) {
        Optional<ApprovalRequest> asked = open(run).filter(request -> request.before() != null);
        asked.ifPresent(request -> {
            remember(run.id(), request.closed());
            log(run.id(), "no " + Journal.lower(request.wish()) + ": " + why);
            Ending before = request.before();
            if (before != null) {
                journal.closedAgain(run.id(), before.status(), before.at(), before.failure());
            }
        });
        return asked.flatMap(request -> journal.find(run.id()));
    }

    /** Gives up what nobody approved in time; the route {@code expire-approvals} calls it. */
    @Transactional
    public void expire() {
        for (Run run : journal.list(null, null, RunStatus.WAITING, 100, 0)) {
            open(run)
                    .filter(request -> deadline(request).isBefore(Instant.now()))
                    .ifPresent(request -> expire(run));
        }
    }

    private void expire(Run run) {
        LOG.warn("run {} of {} was not approved in time", run.id(), run.application());
        String why =
                "nobody else approved it within " + settings.approvalTimeout().toSeconds() + " s";
        if (withdraw(run, why).isEmpty()) {
            request(run).ifPresent(request -> remember(run.id(), request.closed()));
            journal.moved(
                    run.id(), RunStatus.CANCELLED, new Journal.Failure("approval_missing", why + "; start it again"));
        }
    }

    private Instant deadline(ApprovalRequest request) {
        return request.at().plus(settings.approvalTimeout());
    }

    private Optional<ApprovalRequest> open(Run run) {
        return run.status() == RunStatus.WAITING ? request(run).filter(ApprovalRequest::open) : Optional.empty();
    }

    private Optional<ApprovalRequest> request(Run run) {
        return ApprovalRequest.fromMemory(journal.memory(run.id()));
    }

    private void remember(UUID id, ApprovalRequest request) {
        journal.remember(id, ApprovalRequest.KEY, request.toMemory());
    }

    private void log(UUID id, String message) {
        journal.event(id, "log", Map.of("step", 0, "message", message));
    }
}
