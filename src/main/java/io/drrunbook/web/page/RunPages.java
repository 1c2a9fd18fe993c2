package io.drrunbook.web.page;

import io.drrunbook.figures.Figures;
import io.drrunbook.readiness.Prediction;
import io.drrunbook.run.Approvals;
import io.drrunbook.run.Event;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Mode;
import io.drrunbook.run.Person;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunControl;
import io.drrunbook.run.RunStatus;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.web.People;
import io.drrunbook.web.Refusals;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** History, one run with what can be done with it, and its report. */
@Controller
class RunPages {

    private static final int PAGE = 25;
    private static final int DRILLS = 24;
    private static final int EVENTS = 500;

    private final Journal journal;
    private final RunControl control;
    private final Approvals approvals;
    private final Prediction prediction;
    private final DrSettings settings;
    private final LogLines lines;
    private final Refusals refusals;

    RunPages(
            Journal journal,
            RunControl control,
            Approvals approvals,
            Prediction prediction,
            DrSettings settings,
            LogLines lines,
            Refusals refusals) {
        this.journal = journal;
        this.control = control;
        this.approvals = approvals;
        this.prediction = prediction;
        this.settings = settings;
        this.lines = lines;
        this.refusals = refusals;
    }

    @GetMapping("/runs")
    String history(
            @RequestParam(defaultValue = "") String application,
            @RequestParam(defaultValue = "") String mode,
            @RequestParam(defaultValue = "") String status,
            @RequestParam(defaultValue = "0") int offset,
            Model model) {
        List<Run> runs = journal.list(
                application.isBlank() ? null : application,
                constant(Mode.values(), mode),
                constant(RunStatus.values(), status),
                PAGE + 1,
                Math.max(0, offset));
        model.addAttribute("runs", runs.stream().limit(PAGE).map(RunView::of).toList());
        model.addAttribute("application", application);
        model.addAttribute("mode", mode);
        model.addAttribute("status", status);
        model.addAttribute(
                "applications",
                settings.applications().keySet().stream().sorted().toList());
        model.addAttribute("modes", words(Mode.values()));
        model.addAttribute("statuses", words(RunStatus.values()));
        model.addAttribute("newer", offset > 0 ? Math.max(0, offset - PAGE) : null);
        model.addAttribute("older", runs.size() > PAGE ? offset + PAGE : null);
        List<Run> drills =
                new ArrayList<>(journal.list(application.isBlank() ? null : application, Mode.DRILL, null, DRILLS, 0));
        drills.removeIf(run -> run.status().active());
        model.addAttribute("plot", DrillPlot.of(drills));
        return "history";
    }

    @GetMapping("/runs/{id}")
    String run(@PathVariable String id, Model model, Authentication login) {
        Run run = find(id);
        boolean awaits = approvals.awaits(run);
        model.addAttribute("run", RunView.of(run));
        model.addAttribute("actions", RunView.Actions.of(run, People.of(login), awaits));
        model.addAttribute("awaitsApproval", awaits);
        model.addAttribute("now", Instant.now().toEpochMilli());
        prediction.total(run.application()).ifPresent(seconds -> model.addAttribute("predictedSeconds", seconds));
        List<Event> events = all(run.id());
        model.addAttribute(
                "lastEvent",
                events.isEmpty() ? 0 : events.get(events.size() - 1).id());
        model.addAttribute("log", lines.of(events));
        return "run";
    }

    @GetMapping("/runs/{id}/report")
    String report(@PathVariable String id, Model model) {
        Run run = find(id);
        List<Event> events = all(run.id());
        model.addAttribute("run", RunView.of(run));
        model.addAttribute("events", lines.audit(events));
        model.addAttribute("first", events.isEmpty() ? null : events.get(0));
        model.addAttribute("last", events.isEmpty() ? null : events.get(events.size() - 1));
        model.addAttribute("broken", journal.firstBrokenEvent().orElse(null));
        model.addAttribute("printed", Figures.time(Instant.now()));
        return "report";
    }

    @PostMapping("/runs/{id}/{action:cancel|resume|rollback|approve}")
    String act(
            @PathVariable String id,
            @PathVariable String action,
            Authentication login,
            HttpServletRequest request,
            RedirectAttributes back) {
        UUID run = find(id).id();
        Person by = People.of(login);
        return done(run, request, back, () -> {
            switch (action) {
                case "cancel" -> control.cancel(run, by);
                case "resume" -> control.resume(run, by);
                case "rollback" -> control.rollBack(run, by);
                default -> approvals.approve(run, by);
            }
        });
    }

    @PostMapping("/runs/{id}/steps/{step}/acknowledge")
    String acknowledge(
            @PathVariable String id,
            @PathVariable int step,
            @RequestParam(defaultValue = "") String note,
            Authentication login,
            HttpServletRequest request,
            RedirectAttributes back) {
        UUID run = find(id).id();
        return done(run, request, back, () -> control.acknowledge(run, step, note, People.of(login)));
    }

    private String done(UUID run, HttpServletRequest request, RedirectAttributes back, Runnable action) {
        try {
            action.run();
        } catch (RefusedException e) {
            refusals.note(request, e.code(), e.getMessage());
            back.addFlashAttribute("problem", e.getMessage());
        }
        return "redirect:/runs/" + run;
    }

    private List<Event> all(UUID run) {
        List<Event> all = new ArrayList<>();
        List<Event> page;
        do {
            page = journal.events(
                    run, all.isEmpty() ? 0 : all.get(all.size() - 1).id(), EVENTS);
            all.addAll(page);
        } while (page.size() == EVENTS);
        return all;
    }

    private Run find(String id) {
        try {
            return journal.find(UUID.fromString(id)).orElseThrow(() -> unknown(id));
        } catch (IllegalArgumentException e) {
            throw unknown(id);
        }
    }

    private static RefusedException unknown(String id) {
        return new RefusedException(Reason.UNKNOWN, "run_unknown", "no run '" + id + "'; the history lists them");
    }

    private static <E extends Enum<E>> @Nullable E constant(E[] values, String word) {
        return Arrays.stream(values)
                .filter(value -> value.name().toLowerCase(Locale.ROOT).equals(word))
                .findFirst()
                .orElse(null);
    }

    private static List<String> words(Enum<?>[] values) {
        return Arrays.stream(values)
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .toList();
    }
}
