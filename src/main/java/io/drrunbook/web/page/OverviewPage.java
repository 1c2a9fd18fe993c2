package io.drrunbook.web.page;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.figures.Figures;
import io.drrunbook.readiness.StatusReport;
import io.drrunbook.readiness.SystemStatus;
import io.drrunbook.run.Journal;
import io.drrunbook.run.RefusedException;
import io.drrunbook.runbook.BackupRoute;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.web.Refusals;
import jakarta.servlet.http.HttpServletRequest;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** The first page: whether each application could be recovered right now. */
@Controller
class OverviewPage {

    private static final int RECENT = 8;

    private final StatusReport report;
    private final Journal journal;
    private final BackupRoute backups;
    private final DrSettings settings;
    private final Refusals refusals;

    OverviewPage(StatusReport report, Journal journal, BackupRoute backups, DrSettings settings, Refusals refusals) {
        this.report = report;
        this.journal = journal;
        this.backups = backups;
        this.settings = settings;
        this.refusals = refusals;
    }

    @GetMapping("/")
    String show(Model model) {
        SystemStatus status = report.read();
        model.addAttribute(
                "applications",
                status.applications().stream().map(ApplicationView::of).toList());
        model.addAttribute("stores", status.stores());
        model.addAttribute("seenAt", Figures.time(status.storesSeenAt()));
        model.addAttribute(
                "runs", journal.list(RECENT, 0).stream().map(RunView::of).toList());
        return "overview";
    }

    @PostMapping("/backups")
    String takeBackup(@RequestParam String application, HttpServletRequest request, RedirectAttributes back) {
        if (!settings.applications().containsKey(application)) {
            back.addFlashAttribute("problem", "no application '" + application + "'");
            return "redirect:/";
        }
        try {
            BackupView taken = BackupView.of(backups.take(application));
            back.addFlashAttribute(
                    "notice", "Backup " + taken.filename() + " (" + taken.size() + ") is in " + taken.stores() + ".");
        } catch (RunbookException e) {
            if (e instanceof RefusedException) {
                refusals.note(request, e.code(), e.getMessage());
            }
            back.addFlashAttribute("problem", "The backup was not taken: " + e.getMessage());
        }
        return "redirect:/";
    }
}
