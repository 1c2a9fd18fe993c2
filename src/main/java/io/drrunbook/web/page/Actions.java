package io.drrunbook.web.page;

import io.drrunbook.run.Approvals;
import io.drrunbook.run.Role;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunStatus;
import io.drrunbook.run.Step;
import io.drrunbook.run.StepStatus;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.web.People;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** What the visitor can do with a run right now, and what would come of it. */
@Component
class Actions {

    private final DrSettings settings;
    private final Approvals approvals;
    private final Visitor visitor;

    Actions(DrSettings settings, Approvals approvals, Visitor visitor) {
        this.settings = settings;
        this.approvals = approvals;
        this.visitor = visitor;
    }

    List<Action> of(Run run) {
        List<Action> actions = new ArrayList<>();
        Optional<String> wish = approvals.wish(run);
        if (wish.isPresent()) {
            approve(actions, run, wish.get());
        } else {
            waitingStep(run).ifPresent(step -> acknowledge(actions, step));
        }
        if (run.status().active() && !run.cancelRequested()) {
            cancel(actions, run);
        }
        if (run.status() == RunStatus.FAILED || run.status() == RunStatus.CANCELLED) {
            resume(actions, run);
        }
        if (!run.status().active() && run.previousDatabase() != null && run.status() != RunStatus.ROLLED_BACK) {
            rollBack(actions, run);
        }
        return actions;
    }

    /** The step that waits for a person, if one does. */
    static Optional<Step> waitingStep(Run run) {
        return run.status() == RunStatus.WAITING
                ? run.steps().stream()
                        .filter(step -> step.status() == StepStatus.MANUAL_REQUIRED)
                        .findFirst()
                : Optional.empty();
    }

    private void acknowledge(List<Action> actions, Step step) {
        if (visitor.may(Role.OPERATOR)) {
            actions.add(new Action(
                    "acknowledge",
                    "Acknowledge step " + step.number(),
                    "You say that step " + step.number() + " (" + step.name()
                            + ") has been done by hand; the run goes on behind it.",
                    false,
                    true));
        }
    }

    private void approve(List<Action> actions, Run run, String wish) {
        if (visitor.may(Role.ADMIN) && approvals.isAnother(run, People.current())) {
            String what = switch (wish) {
                case "rollback" -> target(run) + " is swapped back to " + run.previousDatabase();
                case "resume" -> "the recovery that " + run.initiatedBy() + " has asked for goes on";
                default -> run.initiatedBy() + " has " + target(run) + " replaced";
            };
            actions.add(new Action(
                    "approve",
                    "Approve",
                    "You approve that " + what + "; with the last approval the " + wish + " starts at once.",
                    true,
                    false));
        }
    }

    private void cancel(List<Action> actions, Run run) {
        if (visitor.may(run.mode().role())) {
            actions.add(new Action(
                    "cancel",
                    "Cancel",
                    "The run stops at the next point where nothing is half done, and can be resumed; "
                            + (run.previousDatabase() == null
                                    ? target(run) + " stays as it is."
                                    : target(run) + " has been replaced already and can then be rolled back."),
                    true,
                    false));
        }
    }

    private void resume(List<Action> actions, Run run) {
        if (visitor.may(run.mode().role())) {
            actions.add(new Action(
                    "resume",
                    "Resume",
                    "The run goes on from the first step that is not done"
                            + (run.steps().stream()
                                    .filter(step -> !step.status().done())
                                    .findFirst()
                                    .map(step -> ", step " + step.number() + " (" + step.name() + ").")
                                    .orElse(".")),
                    false,
                    false));
        }
    }

    private void rollBack(List<Action> actions, Run run) {
        if (visitor.may(Role.ADMIN)) {
            actions.add(new Action(
                    "rollback",
                    "Roll back",
                    target(run) + " is swapped back to what it was before this recovery (" + run.previousDatabase()
                            + "); what was written since is no longer in it.",
                    true,
                    false));
        }
    }

    private String target(Run run) {
        return Optional.ofNullable(settings.applications().get(run.application()))
                .map(DrSettings.Application::database)
                .map(database -> "The database " + database.name() + " on " + database.host())
                .orElse("The database of " + run.application());
    }

    /**
     * A button and what is asked before it does anything.
     *
     * @param name the last part of the path it posts to
     * @param consequence in one sentence
     * @param note whether a person must say what was done
     */
    record Action(String name, String label, String consequence, boolean danger, boolean note) {}
}
