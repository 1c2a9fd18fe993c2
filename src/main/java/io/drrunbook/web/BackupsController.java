package io.drrunbook.web;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.drrunbook.audit.AuditReport;
import io.drrunbook.audit.CopyState;
import io.drrunbook.backup.Backup;
import io.drrunbook.backup.BackupCatalog;
import io.drrunbook.backup.Catalog;
import io.drrunbook.backup.ForeignRule;
import io.drrunbook.backup.Manifest;
import io.drrunbook.run.Journal;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import io.drrunbook.run.Taking;
import io.drrunbook.run.Takings;
import io.drrunbook.runbook.BackupRoute;
import io.drrunbook.settings.DrSettings;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Backups over HTTP: as the stores show them, and taking one. */
@RestController
@RequestMapping("/api/v1/backups")
class BackupsController {

    private final BackupCatalog catalog;
    private final BackupRoute route;
    private final DrSettings settings;
    private static final Pattern UUID_FORM = Pattern.compile("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}");

    private final Journal journal;
    private final Takings takings;
    private final AuditReport audit;
    private final ForeignRule rule;

    BackupsController(
            BackupCatalog catalog,
            BackupRoute route,
            DrSettings settings,
            Journal journal,
            Takings takings,
            AuditReport audit) {
        this.takings = takings;
        this.catalog = catalog;
        this.route = route;
        this.settings = settings;
        this.journal = journal;
        this.audit = audit;
        this.rule = new ForeignRule(settings);
    }

    /** Newest first; a {@code Link} header leads to the next page. */
    @GetMapping
    ResponseEntity<List<BackupLog>> list(
            @RequestParam(required = false) @Nullable String application,
            @RequestParam(defaultValue = "200") int limit,
            @RequestParam(defaultValue = "0") int offset) {
        Page page = Page.of(limit, offset);
        Map<UUID, Instant> proven = journal.provenBackups();
        Map<UUID, Map<String, CopyState>> copies = audit.states();
        return page.answer(all(application).stream()
                .skip(offset)
                .limit(limit + 1L)
                .map(backup -> BackupLog.of(backup, rule, proven).with(copies.get(backup.id())))
                .toList());
    }

    private List<Backup> all(@Nullable String application) {
        Set<String> names = application == null ? settings.applications().keySet() : Set.of(known(application));
        Catalog now = catalog.read();
        return names.stream().flatMap(name -> now.of(name).stream()).toList();
    }

    /** Also one that is still being taken (IN_PROGRESS), and one that came to nothing (FAILED). */
    @GetMapping("/{id}")
    BackupLog one(@PathVariable String id) {
        return all(null).stream()
                .filter(backup -> backup.id().toString().equals(id))
                .findFirst()
                .map(backup -> BackupLog.of(backup, rule, journal.provenBackups())
                        .with(audit.states().get(backup.id())))
                .or(() -> taking(id).map(BackupLog::of))
                .orElseThrow(() -> new RefusedException(
                        Reason.UNKNOWN, "backup_unknown", "no backup '" + id + "'; GET /api/v1/backups lists them"));
    }

    /** Answers when the backup is there; with {@code Prefer: respond-async} (RFC 7240) at once, with where to look. */
    @PostMapping
    ResponseEntity<BackupLog> take(
            @RequestBody TakeRequest request,
            @RequestHeader(name = "Prefer", defaultValue = "") String prefer,
            Authentication login) {
        String application = known(request.application());
        if (prefer.contains("respond-async")) {
            Taking taking = route.start(application, People.of(login), "http");
            return ResponseEntity.accepted()
                    .location(URI.create("/api/v1/backups/" + taking.id()))
                    .header("Preference-Applied", "respond-async")
                    .body(BackupLog.of(taking));
        }
        Backup backup = route.take(application, People.of(login), "http");
        return ResponseEntity.created(URI.create("/api/v1/backups/" + backup.id()))
                .body(BackupLog.of(backup, Map.of()));
    }

    private Optional<Taking> taking(String id) {
        return Stream.of(id)
                .filter(text -> UUID_FORM.matcher(text).matches())
                .map(UUID::fromString)
                .flatMap(uuid -> takings.find(uuid).stream())
                .findFirst();
    }

    private String known(@Nullable String application) {
        Set<String> names = settings.applications().keySet();
        if (application == null && names.size() == 1) {
            return names.iterator().next();
        }
        if (application == null || !names.contains(application)) {
            throw new RefusedException(
                    Reason.UNKNOWN, "application_unknown", "no application '" + application + "'; there is " + names);
        }
        return application;
    }

    /** What taking a backup needs. */
    record TakeRequest(@Nullable String application) {}

    /**
     * A backup as the API shows it.
     *
     * @param stores where it lies
     * @param trust {@code vouched}, {@code foreign} or {@code broken}
     * @param dumpedBytes so far, before compression; null unless it is being taken
     * @param whyNotRestorable null when it can be restored
     * @param note what somebody should know before restoring it, e.g. that nothing vouches for it; null when there is nothing
     * @param lastProvenAt when a drill last restored it; null when none has
     * @param copies how the last audit has found it in each store; null when it was not looked at
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record BackupLog(
            UUID id,
            String application,
            String backupType,
            String filename,
            long sizeBytes,
            @Nullable String sha256,
            String status,
            Instant createdAt,
            @Nullable Instant completedAt,
            @Nullable String database,
            Set<String> stores,
            String trust,
            @Nullable Long dumpedBytes,
            @Nullable String whyNotRestorable,
            @Nullable String note,
            @Nullable Instant lastProvenAt,
            @Nullable Map<String, String> copies) {

        static BackupLog of(Backup backup, ForeignRule rule, Map<UUID, Instant> proven) {
            return of(
                    backup, rule.whyNot(backup).orElse(null), rule.note(backup).orElse(null), proven);
        }

        /** One that a manifest vouches for. */
        static BackupLog of(Backup backup, Map<UUID, Instant> proven) {
            return of(backup, backup.whyNotRestorable().orElse(null), null, proven);
        }

        private static BackupLog of(
                Backup backup, @Nullable String whyNot, @Nullable String note, Map<UUID, Instant> proven) {
            Manifest manifest = backup.manifest();
            return new BackupLog(
                    manifest.id(),
                    manifest.application(),
                    manifest.backupType(),
                    manifest.filename(),
                    manifest.sizeBytes(),
                    manifest.objects().isEmpty()
                            ? null
                            : manifest.objects().get(0).sha256(),
                    manifest.status().name(),
                    manifest.createdAt(),
                    manifest.completedAt(),
                    manifest.database(),
                    backup.keys().keySet(),
                    backup.trust().name().toLowerCase(Locale.ROOT),
                    null,
                    whyNot,
                    note,
                    proven.get(manifest.id()),
                    null);
        }

        /** The same with what the audit knows of its copies. */
        BackupLog with(@Nullable Map<String, CopyState> states) {
            Map<String, String> words = states == null ? null : new TreeMap<>();
            if (states != null) {
                states.forEach((store, state) -> words.put(store, state.word()));
            }
            return new BackupLog(
                    id,
                    application,
                    backupType,
                    filename,
                    sizeBytes,
                    sha256,
                    status,
                    createdAt,
                    completedAt,
                    database,
                    stores,
                    trust,
                    dumpedBytes,
                    whyNotRestorable,
                    note,
                    lastProvenAt,
                    words);
        }

        static BackupLog of(Taking taking) {
            boolean running = taking.status() == Taking.Status.RUNNING;
            return new BackupLog(
                    taking.id(),
                    taking.application(),
                    Manifest.FULL_DATABASE,
                    taking.filename(),
                    0,
                    null,
                    (running ? Manifest.Status.IN_PROGRESS : Manifest.Status.FAILED).name(),
                    taking.startedAt(),
                    taking.endedAt(),
                    null,
                    Set.of(),
                    "vouched",
                    taking.dumpedBytes(),
                    running ? "it is still being taken" : whyNot(taking),
                    null,
                    null,
                    null);
        }

        private static String whyNot(Taking taking) {
            return taking.error() == null ? "no store that answers has it" : taking.error();
        }
    }
}
