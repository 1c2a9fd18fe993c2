package io.drrunbook.web.page;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Candidates;
import io.drrunbook.backup.Catalog;
import io.drrunbook.backup.ForeignRule;
import io.drrunbook.readiness.StoreWatch;
import io.drrunbook.readiness.StoreWatch.Look;
import io.drrunbook.run.Admission;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Mode;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunRequest;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.web.People;
import io.drrunbook.web.Refusals;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.UUID;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/**
 * Starts a run in two strides: the form, then one sentence that says what will happen to what. Nothing is admitted before
 * the second was answered.
 */
@Controller
class StartPage {

    private static final int LISTED = 50;

    private final Admission admission;
    private final StoreWatch watch;
    private final Journal journal;
    private final DrSettings settings;
    private final Refusals refusals;
    private final ForeignRule rule;

    StartPage(Admission admission, StoreWatch watch, Journal journal, DrSettings settings, Refusals refusals) {
        this.admission = admission;
        this.watch = watch;
        this.journal = journal;
        this.settings = settings;
        this.refusals = refusals;
        this.rule = new ForeignRule(settings);
    }

    /** {@code look} asks the stores first; without it the last look is shown, which no store that hangs can delay. */
    @GetMapping("/start")
    String show(
            @ModelAttribute("form") StartForm form, @RequestParam(defaultValue = "false") boolean look, Model model) {
        fill(form, look, model);
        return "start";
    }

    /** The form was sent: says what would happen, or why it will not. */
    @PostMapping("/start")
    String ask(
            @ModelAttribute("form") StartForm form,
            HttpServletRequest request,
            HttpServletResponse response,
            Model model) {
        try {
            RunRequest asked = form.request(People.current());
            String application = admission.check(asked);
            fill(form, false, model);
            model.addAttribute("sentence", sentence(asked, application)).addAttribute("asked", application);
        } catch (RefusedException refusal) {
            refuse(refusal, form, request, response, model);
        }
        return "start";
    }

    /** Back from the question, with everything as it was typed. */
    @PostMapping(path = "/start", params = "stage=edit")
    String edit(@ModelAttribute("form") StartForm form, Model model) {
        fill(form, false, model);
        return "start";
    }

    /** The question was answered with yes. */
    @PostMapping(path = "/start", params = "stage=go")
    String start(
            @ModelAttribute("form") StartForm form,
            HttpServletRequest request,
            HttpServletResponse response,
            Model model) {
        try {
            Run run = admission.admit(form.request(People.current()));
            return "redirect:/runs/" + run.id();
        } catch (RefusedException refusal) {
            refuse(refusal, form, request, response, model);
            return "start";
        }
    }

    private void refuse(
            RefusedException refusal,
            StartForm form,
            HttpServletRequest request,
            HttpServletResponse response,
            Model model) {
        if (!refusal.inJournal()) {
            refusals.note(request, refusal.code(), refusal.getMessage());
        }
        response.setStatus(Refusal.status(refusal).value());
        fill(form, false, model);
        model.addAttribute("refusal", Refusal.of(refusal));
    }

    private void fill(StartForm form, boolean look, Model model) {
        TreeSet<String> names = new TreeSet<>(settings.applications().keySet());
        String chosen = names.contains(form.application()) ? form.application() : names.isEmpty() ? "" : names.first();
        Optional<Look> seen = look ? Optional.of(watch.look()) : watch.lastLook();
        Map<UUID, Instant> proven = journal.provenBackups();
        Optional<UUID> latest = seen.map(Look::catalog)
                .flatMap(catalog ->
                        byItself(Mode.DRILL, catalog, chosen).stream().findFirst())
                .map(Backup::id);
        List<BackupRow> backups = seen.map(Look::catalog).stream()
                .flatMap(catalog -> catalog.of(chosen).stream())
                .limit(LISTED)
                .map(backup -> BackupRow.of(backup, rule, proven))
                .toList();
        model.addAttribute("names", names)
                .addAttribute("chosen", chosen)
                .addAttribute("target", chosen.isEmpty() ? "" : target(chosen))
                .addAttribute("replaced", replaced())
                .addAttribute("seenAt", seen.map(Look::at).orElse(null))
                .addAttribute(
                        "troubles",
                        seen.map(Look::catalog)
                                .map(Catalog::troubles)
                                .orElse("")
                                .strip())
                .addAttribute("backups", backups)
                .addAttribute(
                        "latest",
                        backups.stream()
                                .filter(row -> latest.filter(row.id()::equals).isPresent())
                                .findFirst()
                                .orElse(null))
                .addAttribute("active", journal.active(chosen).orElse(null));
    }

    private String sentence(RunRequest request, String application) {
        String backup = backup(request, application);
        return switch (request.mode()) {
            case RECOVERY ->
                "The " + target(application) + " will be replaced by " + backup + " and the application " + application
                        + " will be restarted; " + replaced() + ".";
            case DRILL ->
                "In a drill, " + backup + " will be restored into a side database beside " + target(application)
                        + ", verified and dropped, while the application " + application
                        + " and its own database stay as they are.";
            case PLAN ->
                "A plan will prove that each step of a recovery of the " + target(application) + " from " + backup
                        + " could run, and write nothing anywhere.";
        };
    }

    /** What becomes of the database that a recovery replaces. */
    private String replaced() {
        Duration kept = settings.restore().keepPrevious();
        return settings.restore().mode() == DrSettings.Restore.Mode.CLEAN
                ? "what is in it now is overwritten and cannot be brought back by a rollback"
                : "the database as it is now is kept for " + Said.objective(kept.toSeconds()) + " for a rollback";
    }

    private String target(String application) {
        DrSettings.Database database = settings.application(application).database();
        return "database " + database.name() + " on " + database.host() + ":" + database.port();
    }

    private List<Backup> byItself(Mode mode, Catalog catalog, String application) {
        Candidates candidates = new Candidates(catalog, application, rule);
        return mode == Mode.DRILL ? candidates.forDrill() : candidates.forRecovery();
    }

    private String backup(RunRequest request, String application) {
        Optional<Catalog> catalog = watch.lastLook().map(Look::catalog);
        UUID id = request.backupId();
        Optional<Backup> backup = id == null
                ? catalog.flatMap(all ->
                        byItself(request.mode(), all, application).stream().findFirst())
                : catalog.flatMap(all -> all.find(application, id));
        String which = id != null
                ? "the backup"
                : request.mode() != Mode.DRILL
                                && catalog.flatMap(all -> all.newestCondemned(application))
                                        .isPresent()
                        ? "the best good backup (the newest has failed its drill)"
                        : "the latest good backup";
        return backup.map(found -> which + " of " + Said.time(found.manifest().createdAt()) + " ("
                        + Said.bytes(found.manifest().sizeBytes()) + " in "
                        + String.join(", ", found.keys().keySet()) + ", "
                        + Said.since(found.manifest().createdAt()) + " old)")
                .orElse(id == null ? which : which + " " + id);
    }
}
