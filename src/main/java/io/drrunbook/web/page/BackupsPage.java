package io.drrunbook.web.page;

import io.drrunbook.audit.AuditReport.Audit;
import io.drrunbook.audit.AuditReport.BackupAudit;
import io.drrunbook.audit.AuditReport.StoreCopy;
import io.drrunbook.audit.AuditStart;
import io.drrunbook.backup.Backup.Trust;
import io.drrunbook.readiness.StoreWatch;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.web.KnownBackups;
import io.drrunbook.web.People;
import java.time.Instant;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Controller;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.servlet.mvc.support.RedirectAttributes;

/** The backups with the audit of their copies, as the last pass has found them or the stores list them: no store keeps anybody waiting. */
@Controller
class BackupsPage {

    private static final int PAGE = 25;
    private static final int LARGEST_OFFSET = 1_000_000;
    private static final int PASSED_OVER = 50;

    private final KnownBackups known;
    private final AuditStart start;
    private final StoreWatch watch;
    private final DrSettings settings;

    BackupsPage(KnownBackups known, AuditStart start, StoreWatch watch, DrSettings settings) {
        this.watch = watch;
        this.known = known;
        this.start = start;
        this.settings = settings;
    }

    @GetMapping("/backups")
    String show(
            @RequestParam(defaultValue = "") String application,
            @RequestParam(defaultValue = "0") int offset,
            Model model) {
        int from = Math.min(LARGEST_OFFSET, Math.max(0, offset));
        Audit audit = known.audit();
        List<BackupAudit> found = application.isBlank() ? audit.backups() : audit.of(application);
        List<String> passedOver =
                watch.lastLook().map(look -> look.catalog().passedOver()).orElse(List.of());
        model.addAttribute("passedOver", passedOver.stream().limit(PASSED_OVER).toList())
                .addAttribute("morePassedOver", Math.max(0, passedOver.size() - PASSED_OVER))
                .addAttribute("names", new TreeSet<>(settings.applications().keySet()))
                .addAttribute("wanted", application)
                .addAttribute("audit", audit)
                .addAttribute("summary", summary(found))
                .addAttribute(
                        "damaged", found.stream().filter(BackupAudit::damaged).count())
                .addAttribute(
                        "rows",
                        found.stream().skip(from).limit(PAGE).map(AuditRow::of).toList())
                .addAttribute("newer", from > 0 ? Math.max(0, from - PAGE) : null)
                .addAttribute("older", found.size() > from + PAGE ? from + PAGE : null);
        return "backups";
    }

    /** Compares all copies now, behind the page. */
    @PostMapping("/backups/audit")
    String audit(RedirectAttributes next) {
        start.now(People.current(), "page");
        next.addFlashAttribute("asked", true);
        return "redirect:/backups";
    }

    private static String summary(List<BackupAudit> backups) {
        long enough = backups.stream().filter(BackupAudit::threeTwoOne).count();
        return enough + " of " + backups.size() + (backups.size() == 1 ? " backup is" : " backups are")
                + " stored as the 3-2-1 rule wants it: with the live database three copies, in two places, one of them"
                + " off-site.";
    }

    /**
     * A backup as it stands in the list.
     *
     * @param rule whether the 3-2-1 rule is kept
     * @param line where it lies, in words
     */
    record AuditRow(
            String application,
            String filename,
            Instant createdAt,
            String size,
            String status,
            Mark rule,
            String line,
            List<CopyRow> copies) {

        static AuditRow of(BackupAudit backup) {
            return new AuditRow(
                    backup.application(),
                    backup.filename(),
                    backup.createdAt(),
                    Said.bytes(backup.sizeBytes()),
                    Said.words(backup.status())
                            + (backup.trust() == Trust.VOUCHED ? "" : ", " + Said.words(backup.trust())),
                    backup.threeTwoOne() ? new Mark("good", "3-2-1 kept") : new Mark("bad", "3-2-1 not kept"),
                    line(backup),
                    backup.inStores().stream().map(CopyRow::of).toList());
        }

        private static String line(BackupAudit backup) {
            String copies = backup.copies() + " of " + backup.stores() + " stores have it, "
                    + (backup.offSite() ? "one or more of them off-site" : "none of them off-site");
            Boolean identical = backup.identical();
            if (identical == null) {
                return copies + "; not all copies were read yet.";
            }
            return copies + (identical ? "; all were read and are right." : "; they are not identical.");
        }
    }

    /**
     * One of its copies.
     *
     * @param note what is wrong with it; null when nothing is
     */
    record CopyRow(
            String store,
            Mark mark,
            String size,
            @Nullable Instant checkedAt,
            @Nullable Instant hashedAt,
            @Nullable String note) {

        static CopyRow of(StoreCopy copy) {
            return new CopyRow(
                    copy.store(),
                    Mark.of(copy.state()),
                    copy.sizeBytes() == null ? "–" : Said.bytes(copy.sizeBytes()),
                    copy.checkedAt(),
                    copy.hashedAt(),
                    copy.note());
        }
    }
}
