package io.drrunbook.web.page;

import io.drrunbook.readiness.StatusReport;
import io.drrunbook.readiness.StoreStatus;
import io.drrunbook.readiness.SystemStatus;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Takings;
import io.drrunbook.runbook.BackupRoute;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.web.People;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;

/** The first page: whether each application could be brought back right now. */
@Controller
class OverviewPage {

    private static final int RECENT = 8;

    /** Seconds after which a browser without a script loads the page again. */
    private static final int RELOAD = 60;

    private final StatusReport report;
    private final Journal journal;
    private final DrSettings settings;
    private final BackupRoute backups;
    private final Takings takings;

    OverviewPage(StatusReport report, Journal journal, DrSettings settings, BackupRoute backups, Takings takings) {
        this.report = report;
        this.journal = journal;
        this.settings = settings;
        this.backups = backups;
        this.takings = takings;
    }

    /** Shows the last look at the stores: a store that hangs must not keep anybody waiting. */
    @GetMapping("/")
    String show(Model model) {
        fill(report.lastRead(), model);
        model.addAttribute("reload", RELOAD);
        return "overview";
    }

    /** The part that changes; {@code look} asks the stores first. */
    @GetMapping("/parts/overview")
    String live(@RequestParam(defaultValue = "false") boolean look, Model model) {
        fill(look ? Optional.of(report.read()) : report.lastRead(), model);
        return "overview :: live";
    }

    @PostMapping("/backups")
    String takeBackup(@RequestParam String application) {
        backups.start(application, People.current(), "page");
        return "redirect:/";
    }

    private void fill(Optional<SystemStatus> status, Model model) {
        Map<UUID, Instant> proven = journal.provenBackups();
        model.addAttribute(
                        "cards",
                        status.stream()
                                .flatMap(all -> all.applications().stream())
                                .map(each -> ApplicationCard.of(
                                        each,
                                        settings.application(each.application()).database(),
                                        proven,
                                        takings.list(each.application(), 1).stream()
                                                .findFirst()
                                                .orElse(null)))
                                .toList())
                .addAttribute("known", status.isPresent())
                .addAttribute("unreadable", status.map(SystemStatus::unreadable).orElse(List.of()))
                .addAttribute("seenAt", status.map(SystemStatus::storesSeenAt).orElse(null))
                .addAttribute(
                        "stores",
                        status.stream()
                                .flatMap(all -> all.stores().stream())
                                .map(StoreRow::of)
                                .toList())
                .addAttribute(
                        "recent",
                        journal.list(RECENT, 0).stream().map(RunRow::of).toList());
    }

    /** A store as it stands in the list. */
    record StoreRow(String name, Mark mark, String backups, String cause) {

        static StoreRow of(StoreStatus store) {
            return new StoreRow(
                    store.store(),
                    Mark.up(store.up()),
                    store.up() ? Integer.toString(store.backups()) : "unknown",
                    Objects.requireNonNullElse(store.error(), "–"));
        }
    }
}
