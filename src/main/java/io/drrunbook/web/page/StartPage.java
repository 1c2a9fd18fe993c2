package io.drrunbook.web.page;

import io.drrunbook.backup.Backup;
import io.drrunbook.readiness.StoreWatch;
import io.drrunbook.run.Admission;
import io.drrunbook.run.Mode;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunRequest;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.web.People;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** The form that starts a run, and the question before a recovery. */
@Controller
class StartPage {

    private final Admission admission;
    private final DrSettings settings;
    private final StoreWatch watch;

    StartPage(Admission admission, DrSettings settings, StoreWatch watch) {
        this.admission = admission;
        this.settings = settings;
        this.watch = watch;
    }

    @GetMapping("/start")
    String form(
            @RequestParam(defaultValue = "") String application,
            @RequestParam(defaultValue = "plan") String mode,
            Model model) {
        String chosen = settings.applications().containsKey(application)
                ? application
                : settings.applications().keySet().stream().sorted().findFirst().orElse("");
        return form(new Form(mode, chosen, "", "", "", false), model);
    }

    @PostMapping("/start")
    String start(@ModelAttribute Form form, Model model, Authentication login) {
        Optional<Mode> mode = mode(form.mode());
        if (mode.isEmpty()) {
            return refused(form, "mode_unknown", "mode is plan, drill or recovery", model);
        }
        if (mode.get() == Mode.RECOVERY
                && !form.sure()
                && settings.applications().containsKey(form.application())) {
            model.addAttribute("form", form);
            model.addAttribute("sentence", sentence(form.application(), form.backup()));
            return "confirm";
        }
        try {
            Run run = admission.admit(new RunRequest(
                    mode.get(),
                    form.application(),
                    backup(form.backup()),
                    form.reason(),
                    form.confirm(),
                    People.of(login),
                    "page"));
            return "redirect:/runs/" + run.id();
        } catch (RefusedException e) {
            return refused(form, e.code(), String.valueOf(e.getMessage()), model);
        }
    }

    private String refused(Form form, String code, String message, Model model) {
        model.addAttribute("code", code);
        model.addAttribute("problem", message);
        model.addAttribute(
                "wrong",
                switch (code) {
                    case "reason_missing", "reason_too_long" -> "reason";
                    case "confirmation_wrong" -> "confirm";
                    case "backup_unknown", "backup_not_restorable", "no_backup" -> "backup";
                    case "application_unknown", "application_missing" -> "application";
                    default -> "";
                });
        return form(form, model);
    }

    private String form(Form form, Model model) {
        model.addAttribute("form", form);
        model.addAttribute(
                "applications",
                settings.applications().keySet().stream().sorted().toList());
        model.addAttribute(
                "sentences",
                settings.applications().keySet().stream()
                        .sorted()
                        .map(name -> new Sentence(name, database(name), sentence(name, "")))
                        .toList());
        model.addAttribute("backups", backups());
        return "start";
    }

    private List<BackupView> backups() {
        var catalog = watch.look().catalog();
        return settings.applications().keySet().stream()
                .sorted()
                .flatMap(name -> catalog.of(name).stream())
                .filter(backup -> backup.trust() != Backup.Trust.BROKEN)
                .limit(200)
                .map(BackupView::of)
                .toList();
    }

    private String sentence(String application, String backup) {
        return "The live database " + database(application) + " will be replaced with "
                + (backup.isBlank() ? "the latest good backup" : "backup " + backup)
                + ", and " + application + " will be restarted; the database as it is now stays for a rollback.";
    }

    private String database(String application) {
        DrSettings.Database database = settings.application(application).database();
        return database.name() + " on " + database.host() + ":" + database.port();
    }

    private static Optional<Mode> mode(String name) {
        return Arrays.stream(Mode.values())
                .filter(mode -> mode.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst();
    }

    private static @Nullable UUID backup(String id) {
        try {
            return id.isBlank() ? null : UUID.fromString(id.strip());
        } catch (IllegalArgumentException e) {
            throw new RefusedException(
                    RefusedException.Reason.UNKNOWN,
                    "backup_unknown",
                    "no backup '" + id + "': choose one of the list");
        }
    }

    /** What was typed and chosen; {@code sure} once the question was answered. */
    record Form(String mode, String application, String backup, String reason, String confirm, boolean sure) {

        Form {
            mode = mode == null ? "" : mode;
            application = application == null ? "" : application;
            backup = backup == null ? "" : backup;
            reason = reason == null ? "" : reason;
            confirm = confirm == null ? "" : confirm;
        }
    }

    /** What a recovery of an application does, for the question. */
    record Sentence(String application, String database, String text) {}
}
