package io.drrunbook.web.page;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.drrunbook.readiness.PredictedRto;
import io.drrunbook.readiness.Prediction;
import io.drrunbook.run.Approvals;
import io.drrunbook.run.Headline;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Person;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunControl;
import io.drrunbook.run.Step;
import io.drrunbook.run.StepStatus;
import io.drrunbook.web.People;
import io.drrunbook.web.Refusals;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** One run: followed while it runs, and read when it has ended. */
@Controller
class RunPage {

    /** Seconds after which a browser without a script loads the page again while the run goes on. */
    private static final int RELOAD = 3;

    private final Journal journal;
    private final RunControl control;
    private final Approvals approvals;
    private final Actions actions;
    private final Prediction prediction;
    private final Refusals refusals;
    private final ObjectMapper json;

    RunPage(
            Journal journal,
            RunControl control,
            Approvals approvals,
            Actions actions,
            Prediction prediction,
            Refusals refusals,
            ObjectMapper json) {
        this.journal = journal;
        this.control = control;
        this.approvals = approvals;
        this.actions = actions;
        this.prediction = prediction;
        this.refusals = refusals;
        this.json = json;
    }

    /** {@code ask} names the action whose confirmation is shown; without a script that is how it is opened. */
    @GetMapping("/runs/{id}")
    String show(@PathVariable String id, @RequestParam(defaultValue = "") String ask, Model model) {
        fill(find(id), model);
        model.addAttribute("ask", ask);
        return "run";
    }

    /** The parts of the page that change while the run goes on. */
    @GetMapping("/runs/{id}/live")
    String live(@PathVariable String id, Model model) {
        fill(find(id), model);
        model.addAttribute("ask", "");
        return "run :: live";
    }

    /** For the files of an auditor. */
    @GetMapping("/runs/{id}/report")
    String report(@PathVariable String id, Model model) {
        Run run = find(id);
        fill(run, model);
        model.addAttribute("title", "Report of run " + run.id());
        model.addAttribute("madeAt", Instant.now());
        model.addAttribute("broken", journal.firstBrokenEvent().orElse(null));
        return "report";
    }

    /** Does what a button says; when it is refused, the page says why beside the button. */
    @PostMapping({"/runs/{id}/{action:cancel|resume|rollback|approve}", "/runs/{id}/steps/{step}/{action:acknowledge}"})
    String act(
            @PathVariable String id,
            @PathVariable String action,
            @PathVariable(required = false) @Nullable Integer step,
            @RequestParam(defaultValue = "") String note,
            HttpServletRequest request,
            HttpServletResponse response,
            Model model) {
        UUID run = find(id).id();
        try {
            act(run, action, step == null ? 0 : step, note);
            return "redirect:/runs/" + run;
        } catch (RefusedException refusal) {
            if (!refusal.inJournal()) {
                refusals.note(request, refusal.code(), refusal.getMessage());
            }
            response.setStatus(Refusal.status(refusal).value());
            fill(find(id), model);
            model.addAttribute("ask", action).addAttribute("note", note).addAttribute("refusal", Refusal.of(refusal));
            return "run";
        }
    }

    private void act(UUID run, String action, int step, String note) {
        Person by = People.current();
        switch (action) {
            case "cancel" -> control.cancel(run, by);
            case "resume" -> control.resume(run, by);
            case "rollback" -> control.rollBack(run, by);
            case "approve" -> approvals.approve(run, by);
            case "acknowledge" -> control.acknowledge(run, step, note, by);
            default -> throw new IllegalArgumentException("no action " + action);
        }
    }

    private void fill(Run run, Model model) {
        Instant now = Instant.now();
        Story story = Story.of(run.id(), journal, json);
        boolean approval = approvals.awaits(run);
        Optional<Step> waiting = approval ? Optional.empty() : Actions.waitingStep(run);
        model.addAttribute("run", run)
                .addAttribute("title", Said.words(run.mode()) + " of " + run.application())
                .addAttribute("mark", Mark.of(run))
                .addAttribute("findings", run.findings())
                .addAttribute("story", story)
                .addAttribute("now", now)
                .addAttribute("seconds", run.durationSeconds(now))
                .addAttribute("saying", saying(run))
                .addAttribute("headline", Headline.of(run))
                .addAttribute("rto", Mark.metOrOpen(run.rtoMet(now)))
                .addAttribute("rpo", Mark.metOrOpen(run.rpoMet()))
                .addAttribute(
                        "steps",
                        run.steps().stream()
                                .map(step -> StepRow.of(step, story.progress()))
                                .toList())
                .addAttribute("actions", actions.of(run))
                .addAttribute("approval", approval)
                .addAttribute("waiting", waiting.orElse(null))
                .addAttribute(
                        "expected",
                        Expected.of(run, prediction.of(run.application(), size(run)), story.progress())
                                .orElse(null))
                .addAttribute("predictedRto", PredictedRto.of(run).orElse(null));
        if (run.status().active()) {
            model.addAttribute("reload", RELOAD);
        }
    }

    /** Of the backup that it restores; empty before that is chosen. */
    private static OptionalLong size(Run run) {
        return Prediction.sizeBytes(run);
    }

    /** Where the run stands, in a sentence for those who cannot see it. */
    private static String saying(Run run) {
        return run.steps().stream()
                .filter(step -> step.status() == StepStatus.RUNNING || step.status() == StepStatus.MANUAL_REQUIRED)
                .findFirst()
                .map(step -> "Step " + step.number() + " of " + run.steps().size() + ", " + step.name() + ": "
                        + Mark.of(step.status()).word() + ".")
                .orElse("The run is "
                        + (run.findings().isEmpty()
                                ? Said.words(run.status())
                                : Mark.of(run).word()) + ".");
    }

    private Run find(String id) {
        return parse(id)
                .flatMap(journal::find)
                .orElseThrow(() -> new RefusedException(
                        Reason.UNKNOWN, "run_unknown", "No run '" + id + "': the list of runs has them all."));
    }

    private static Optional<UUID> parse(String id) {
        try {
            return Optional.of(UUID.fromString(id));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
