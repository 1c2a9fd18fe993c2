package io.drrunbook.web;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.drrunbook.audit.AuditReport.Audit;
import io.drrunbook.audit.AuditReport.BackupAudit;
import io.drrunbook.audit.AuditReport.StoreCopy;
import io.drrunbook.audit.AuditStart;
import io.drrunbook.audit.CopyState;
import io.drrunbook.settings.DrSettings;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The audit of the copies: where each backup lies, and whether what lies there is right. */
@RestController
@RequestMapping("/api/v1/audit")
class AuditController {

    private final KnownBackups known;
    private final AuditStart start;
    private final DrSettings settings;

    AuditController(KnownBackups known, AuditStart start, DrSettings settings) {
        this.known = known;
        this.start = start;
        this.settings = settings;
    }

    /** As of the last pass, and what the stores list that it has not compared; of each application the newest {@code limit} backups, and the totals of all. */
    @GetMapping
    AuditLog read(@RequestParam(defaultValue = "200") int limit) {
        Page page = Page.of(limit, 0);
        return log(Instant.now(), page.limit());
    }

    /** Starts a pass now: the first whose {@code started_at} is not before {@code asked_at}. */
    @PostMapping
    ResponseEntity<AuditLog> start(Authentication login) {
        Instant at = Instant.now();
        start.now(People.of(login), "http");
        return ResponseEntity.accepted().body(log(at, 0));
    }

    private AuditLog log(Instant at, int limit) {
        Audit audit = known.audit();
        return new AuditLog(
                at,
                audit.startedAt(),
                audit.endedAt(),
                audit.doneAt(),
                audit.underWay(),
                audit.error(),
                Totals.of(audit.backups()),
                settings.applications().keySet().stream()
                        .sorted()
                        .map(name -> new ApplicationAuditLog(
                                name,
                                Totals.of(audit.of(name)),
                                audit.of(name).stream()
                                        .limit(limit)
                                        .map(BackupAuditLog::of)
                                        .toList()))
                        .toList());
    }

    /**
     * The whole.
     *
     * @param askedAt the service's time at this request
     * @param startedAt of the pass that is under way, or was the last
     * @param endedAt of the last pass that has ended, in whatever way
     * @param lastPassAt when a pass last came to its end
     * @param error why the last pass has not
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record AuditLog(
            Instant askedAt,
            @Nullable Instant startedAt,
            @Nullable Instant endedAt,
            @Nullable Instant lastPassAt,
            boolean underWay,
            @Nullable String error,
            Totals totals,
            List<ApplicationAuditLog> applications) {}

    /**
     * Numbers of backups, and of their copies in stores.
     *
     * @param threeTwoOne backups with three copies, the live database among them, in two places, one off-site
     * @param good copies that were read and are right
     * @param unread copies that are there and that nobody has read yet
     * @param damaged copies that are missing, have another size, differ, or whose manifest says less than another store's
     * @param unknown copies in stores that did not answer
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record Totals(int backups, int threeTwoOne, int copies, int good, int unread, int damaged, int unknown) {

        static Totals of(List<BackupAudit> backups) {
            return new Totals(
                    backups.size(),
                    (int) backups.stream().filter(BackupAudit::threeTwoOne).count(),
                    backups.stream().mapToInt(BackupAudit::copies).sum(),
                    count(backups, CopyState.GOOD),
                    count(backups, CopyState.PRESENT),
                    (int) backups.stream()
                            .flatMap(backup -> backup.inStores().stream().filter(backup::isDamage))
                            .count(),
                    count(backups, CopyState.UNKNOWN));
        }

        private static int count(List<BackupAudit> backups, CopyState state) {
            return (int) backups.stream()
                    .flatMap(backup -> backup.inStores().stream())
                    .filter(copy -> copy.state() == state)
                    .count();
        }
    }

    /** One application, its backups newest first. */
    @JsonNaming(SnakeCaseStrategy.class)
    record ApplicationAuditLog(String application, Totals totals, List<BackupAuditLog> backups) {}

    /**
     * A backup and its copies.
     *
     * @param copies how many stores have it
     * @param stores of how many
     * @param offSite whether R2 or B2 has it
     * @param identical whether all copies were read and are right; null while not all were read
     * @param threeTwoOne whether, with the live database, there are three copies in two places and one off-site
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record BackupAuditLog(
            UUID backupId,
            String filename,
            Instant createdAt,
            String status,
            String trust,
            long sizeBytes,
            int copies,
            int stores,
            boolean offSite,
            @Nullable Boolean identical,
            boolean threeTwoOne,
            List<StoreCopyLog> inStores) {

        static BackupAuditLog of(BackupAudit backup) {
            return new BackupAuditLog(
                    backup.id(),
                    backup.filename(),
                    backup.createdAt(),
                    backup.status().name(),
                    backup.trust().name().toLowerCase(Locale.ROOT),
                    backup.sizeBytes(),
                    backup.copies(),
                    backup.stores(),
                    backup.offSite(),
                    backup.identical(),
                    backup.threeTwoOne(),
                    backup.inStores().stream().map(StoreCopyLog::of).toList());
        }
    }

    /**
     * A backup in one store.
     *
     * @param state {@code good}, {@code present}, {@code unknown}, {@code behind}, {@code missing}, {@code wrong_size},
     *     {@code differs}, {@code not_kept}
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record StoreCopyLog(
            String store,
            String state,
            @Nullable Long sizeBytes,
            @Nullable Instant lastCheckedAt,
            @Nullable Instant hashedAt,
            @Nullable String note) {

        static StoreCopyLog of(StoreCopy copy) {
            return new StoreCopyLog(
                    copy.store(),
                    copy.state().word(),
                    copy.sizeBytes(),
                    copy.checkedAt(),
                    copy.hashedAt(),
                    copy.note());
        }
    }
}
