package io.drrunbook.web;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.drrunbook.run.Admission;
import io.drrunbook.run.Approvals;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Mode;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunControl;
import io.drrunbook.run.RunRequest;
import io.drrunbook.run.RunStatus;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
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
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** Runs over HTTP: start, read, follow, and what can be done with one. */
@RestController
@RequestMapping("/api/v1/runs")
class RunsController {

    private final Admission admission;
    private final RunControl control;
    private final Approvals approvals;
    private final Journal journal;
    private final RunEvents events;

    RunsController(Admission admission, RunControl control, Approvals approvals, Journal journal, RunEvents events) {
        this.admission = admission;
        this.approvals = approvals;
        this.control = control;
        this.journal = journal;
        this.events = events;
    }

    @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
    ResponseEntity<RunLog> start(@RequestBody StartRequest request, Authentication login) {
        Run run = admission.admit(new RunRequest(
                mode(request.mode()),
                request.application(),
                backupId(request.backupId()),
                request.reason(),
                request.confirm(),
                People.of(login),
                "http",
                Boolean.TRUE.equals(request.anyway())));
        return accepted(run);
    }

    /** Newest first; a {@code Link} header leads to the next page. */
    @GetMapping
    ResponseEntity<List<RunLog>> list(
            @RequestParam(required = false) @Nullable String application,
            @RequestParam(required = false) @Nullable String mode,
            @RequestParam(required = false) @Nullable String status,
            @RequestParam(defaultValue = "50") int limit,
            @RequestParam(defaultValue = "0") int offset) {
        Page page = Page.of(limit, offset);
        return page.answer(journal
                .list(
                        application,
                        mode == null ? null : mode(mode),
                        status == null ? null : status(status),
                        limit + 1,
                        offset)
                .stream()
                .map(RunLog::of)
                .toList());
    }

    @GetMapping("/{id}")
    RunLog one(@PathVariable String id) {
        return RunLog.of(find(id));
    }

    /** A browser cannot send {@code Last-Event-ID} with its first request: {@code after} says the same. */
    @GetMapping(path = "/{id}/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    SseEmitter events(
            @PathVariable String id,
            @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String lastEventId,
            @RequestParam(required = false) @Nullable String after) {
        return events.follow(find(id).id(), number(lastEventId == null ? after : lastEventId));
    }

    @PostMapping("/{id}/cancel")
    ResponseEntity<RunLog> cancel(@PathVariable String id, Authentication login) {
        return accepted(control.cancel(find(id).id(), People.of(login)));
    }

    @PostMapping("/{id}/resume")
    ResponseEntity<RunLog> resume(@PathVariable String id, Authentication login) {
        return accepted(control.resume(find(id).id(), People.of(login)));
    }

    @PostMapping("/{id}/rollback")
    ResponseEntity<RunLog> rollBack(@PathVariable String id, Authentication login) {
        return accepted(control.rollBack(find(id).id(), People.of(login)));
    }

    @PostMapping("/{id}/approve")
    ResponseEntity<RunLog> approve(@PathVariable String id, Authentication login) {
        return accepted(approvals.approve(find(id).id(), People.of(login)));
    }

    @PostMapping("/{id}/steps/{step}/acknowledge")
    ResponseEntity<RunLog> acknowledge(
            @PathVariable String id, @PathVariable int step, @RequestBody Note note, Authentication login) {
        String text = Optional.ofNullable(note.note()).orElse("");
        return accepted(control.acknowledge(find(id).id(), step, text, People.of(login)));
    }

    private Run find(String id) {
        return parse(id)
                .flatMap(journal::find)
                .orElseThrow(() -> new RefusedException(
                        Reason.UNKNOWN, "run_unknown", "no run '" + id + "'; GET /api/v1/runs lists them"));
    }

    private static ResponseEntity<RunLog> accepted(Run run) {
        return ResponseEntity.accepted()
                .location(URI.create("/api/v1/runs/" + run.id()))
                .body(RunLog.of(run));
    }

    private static Mode mode(@Nullable String name) {
        return Arrays.stream(Mode.values())
                .filter(mode -> mode.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElseThrow(() -> new RefusedException(
                        Reason.BAD_REQUEST, "mode_unknown", "mode is recovery, drill or plan; got '" + name + "'"));
    }

    private static RunStatus status(String name) {
        return Arrays.stream(RunStatus.values())
                .filter(status -> status.name().toLowerCase(Locale.ROOT).equals(name))
                .findFirst()
                .orElseThrow(() -> new RefusedException(
                        Reason.BAD_REQUEST,
                        "status_unknown",
                        "status is one of "
                                + Arrays.toString(RunStatus.values()).toLowerCase(Locale.ROOT) + "; got '" + name
                                + "'"));
    }

    private static @Nullable UUID backupId(@Nullable String id) {
        if (id == null || id.isBlank() || id.equals("latest")) {
            return null;
        }
        return parse(id)
                .orElseThrow(() -> new RefusedException(
                        Reason.UNKNOWN, "backup_unknown", "no backup '" + id + "': a backup's id is a UUID"));
    }

    private static Optional<UUID> parse(String id) {
        try {
            return Optional.of(UUID.fromString(id));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static long number(@Nullable String lastEventId) {
        try {
            return lastEventId == null ? 0 : Long.parseLong(lastEventId);
        } catch (NumberFormatException e) {
            throw new RefusedException(
                    Reason.BAD_REQUEST, "event_id_wrong", "Last-Event-ID is a number; got '" + lastEventId + "'");
        }
    }

    /**
     * What {@code POST /runs} takes.
     *
     * @param anyway whether the backup of that id is wanted although a drill has condemned it
     */
    @JsonNaming(SnakeCaseStrategy.class)
    record StartRequest(
            @Nullable String mode,
            @Nullable String application,
            @Nullable String backupId,
            @Nullable String reason,
            @Nullable String confirm,
            @Nullable Boolean anyway) {}

    /** What an acknowledgement takes. */
    record Note(@Nullable String note) {}
}
