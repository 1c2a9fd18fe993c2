package io.drrunbook.run;

import io.drrunbook.run.RefusedException.Reason;
import io.drrunbook.settings.DrSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * The rule that one person alone does not replace a live database: with {@code dr.recovery.approvals} a recovery waits
 * until so many other administrators have approved it, and is cancelled when they have not within the time.
 */
@Service("approvals")
public class Approvals {

    /** What a run remembers of who has approved it; there is no such memory where nobody has to. */
    static final String GIVEN = "approvals";

    private static final Logger LOG = LoggerFactory.getLogger(Approvals.class);

    private final Journal journal;
    private final RunQueue queue;
    private final DrSettings.Recovery settings;

    Approvals(Journal journal, RunQueue queue, DrSettings settings) {
        this.journal = journal;
        this.queue = queue;
        this.settings = settings.recovery();
    }

    /** Lets a recovery that has just been admitted wait, if it has to; called in the transaction that admits it. */
    boolean wait(Run run) {
        if (run.mode() != Mode.RECOVERY || settings.approvals() == 0) {
            return false;
        }
        journal.remember(run.id(), GIVEN, List.of());
        journal.moved(run.id(), RunStatus.WAITING, null);
        journal.event(
                run.id(),
                "log",
                Map.of(
                        "step",
                        0,
                        "message",
                        "waits for " + settings.approvals() + " more administrator(s) to approve it until "
                                + deadline(run)));
        return true;
    }

    /**
     * Approves a recovery that waits for it; with the last approval it is queued.
     *
     * @throws RefusedException {@code run_unknown}, {@code forbidden}, {@code approval_not_needed},
     *     {@code approval_by_same_person}
     */
    @Transactional
    public Run approve(UUID id, Person by) {
        by.require(Role.ADMIN, "an approval");
        Run run =
                journal.find(id).orElseThrow(() -> new RefusedException(Reason.UNKNOWN, "run_unknown", "no run " + id));
        if (!awaits(run)) {
            throw new RefusedException(
                    Reason.CONFLICT,
                    "approval_not_needed",
                    "run " + id + " is " + Journal.lower(run.status()) + " and waits for no approval");
        }
        List<String> given = new ArrayList<>(given(run));
        if (run.initiatedBy().equals(by.name()) || given.contains(by.name())) {
            throw new RefusedException(
                    Reason.FORBIDDEN,
                    "approval_by_same_person",
                    by.name() + " asked for this recovery or has approved it; another administrator must");
        }
        given.add(by.name());
        journal.remember(id, GIVEN, given);
        journal.event(id, "approved", Map.of("by", by.name(), "given", given.size(), "needed", settings.approvals()));
        journal.event(id, "log", Map.of("step", 0, "message", "approved by " + by.name()));
        if (given.size() >= settings.approvals()) {
            journal.moved(id, RunStatus.QUEUED, null);
            queue.add(id);
        }
        return journal.find(id).orElseThrow();
    }

    /** Whether the run waits for an approval, not for a person who does a step's work. */
    public boolean awaits(Run run) {
        return run.status() == RunStatus.WAITING
                && run.steps().stream().noneMatch(step -> step.status() == StepStatus.MANUAL_REQUIRED)
                && journal.memory(run.id()).containsKey(GIVEN);
    }

    /** Whether it ended before enough people had approved it: it must not start by being resumed. */
    boolean lacking(Run run) {
        return journal.memory(run.id()).containsKey(GIVEN) && given(run).size() < settings.approvals();
    }

    /** Cancels what nobody approved in time; the route {@code expire-approvals} calls it. */
    @Transactional
    public void expire() {
        List<Run> late = journal.list(null, null, RunStatus.WAITING, 100, 0).stream()
                .filter(this::awaits)
                .filter(run -> deadline(run).isBefore(Instant.now()))
                .toList();
        for (Run run : late) {
            LOG.warn("run {} of {} was not approved in time", run.id(), run.application());
            journal.moved(
                    run.id(),
                    RunStatus.CANCELLED,
                    new Journal.Failure(
                            "approval_missing",
                            "nobody else approved it within "
                                    + settings.approvalTimeout().toSeconds() + " s; start it again"));
        }
    }

    private Instant deadline(Run run) {
        Duration limit = settings.approvalTimeout();
        return run.startTime().plus(limit);
    }

    private List<String> given(Run run) {
        return ((List<?>) journal.memory(run.id()).get(GIVEN))
                .stream().map(String::valueOf).collect(Collectors.toList());
    }
}
