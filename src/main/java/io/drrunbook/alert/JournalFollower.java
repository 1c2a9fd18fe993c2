package io.drrunbook.alert;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.drrunbook.failure.Finding;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.run.Event;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Mode;
import io.drrunbook.run.Run;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Reads the journal behind the runs and makes alerts of what people must know: a run never waits for it. How far it has
 * read is committed with the alerts, so that none is lost or raised twice when the service is killed.
 */
@Component("journalFollower")
class JournalFollower {

    private static final Logger LOG = LoggerFactory.getLogger(JournalFollower.class);
    private static final int PAGE = 500;
    private static final int DOWNLOAD = 2;

    /** A message names so many findings; the run has them all. */
    private static final int LISTED = 5;

    private final Journal journal;
    private final AlertBook book;
    private final ObjectMapper json;
    private final TransactionTemplate transaction;

    JournalFollower(Journal journal, AlertBook book, ObjectMapper json, TransactionTemplate transaction) {
        this.journal = journal;
        this.book = book;
        this.json = json;
        this.transaction = transaction;
    }

    /** Reads all that has come since the last time; nothing while another node is at it. */
    public void follow() {
        // Locking the cursor is a write, which a round with nothing new can do without.
        boolean more = journal.lastEventId() > book.cursor();
        while (more) {
            more = Boolean.TRUE.equals(transaction.execute(status -> readPage()));
        }
    }

    private boolean readPage() {
        Optional<Long> cursor = book.takeCursor();
        if (cursor.isEmpty()) {
            return false;
        }
        List<Event> page = journal.eventsBehind(cursor.get(), PAGE);
        if (page.isEmpty()) {
            return false;
        }
        page.forEach(this::readOrPass);
        book.moveCursor(page.get(page.size() - 1).id());
        return page.size() == PAGE;
    }

    /** One event that cannot be read must not keep all later ones from being looked at. */
    private void readOrPass(Event event) {
        try {
            read(event);
        } catch (RunbookException | DateTimeParseException e) {
            LOG.warn("no alert is made of event {} of the journal: {}", event.id(), e.getMessage());
        }
    }

    private void read(Event event) {
        switch (event.kind()) {
            case "run", "ended" -> ofRun(event).ifPresent(run -> moved(event, run, content(event)));
            case "detail" -> detail(event, content(event));
            case "drill_missed" -> reported(event, Kind.DRILL_MISSED, "the scheduled drill was missed");
            case "backup_condemned" -> reported(event, Kind.BACKUP_CONDEMNED, "a drill found that a backup is bad");
            case "backup_failed" -> reported(event, Kind.BACKUP_FAILED, "a backup failed");
            case "copy_repaired" -> ofCopy(event, Kind.COPY_DAMAGED, "to");
            case "copy_not_repaired" -> ofCopy(event, Kind.COPY_DAMAGED, "store");
            case "no_good_copy" -> ofCopy(event, Kind.NO_GOOD_COPY, "application");
            case "copies_whole" -> wholeAgain(content(event));
            case "backup_missed" -> reported(event, Kind.BACKUP_MISSED, "the scheduled backup was missed");
            case "backup_taken" -> taken(event, content(event));
            default -> {
                // The rest is no news for anybody who does not follow the run.
            }
        }
    }

    private void moved(Event event, Run run, JsonNode content) {
        String status = content.path("status").asText();
        if (status.equals("waiting")) {
            book.happened(occurrence(
                    event,
                    Kind.WAITING_FOR_PERSON,
                    run,
                    run.id().toString(),
                    what(run) + " waits for a person: " + instruction(run)));
        } else {
            book.resolve(Kind.WAITING_FOR_PERSON, run.id());
        }
        if (event.kind().equals("ended")) {
            ended(event, run, content, status);
        }
    }

    private void ended(Event event, Run run, JsonNode content, String status) {
        boolean recovery = run.mode() == Mode.RECOVERY;
        if (run.mode() == Mode.PLAN) {
            return;
        }
        switch (status) {
            case "succeeded" -> {
                found(event, run);
                book.resolve(recovery ? Kind.RECOVERY_FAILED : Kind.DRILL_FAILED, run.application());
                if (recovery) {
                    book.happened(occurrence(event, Kind.RECOVERY_SUCCEEDED, run, run.id() + "", success(run)));
                } else {
                    book.resolve(Kind.DRILL_MISSED, run.application());
                }
            }
            case "failed" ->
                book.happened(occurrence(
                        event,
                        recovery ? Kind.RECOVERY_FAILED : Kind.DRILL_FAILED,
                        run,
                        content.path("code").asText("unexpected"),
                        what(run) + " failed: " + content.path("error").asText("no cause was given")));
            default -> {
                // Cancelled or rolled back: by somebody who knows.
            }
        }
    }

    /** What the restored database lacks is somebody's work; until it is done each run finds it again. */
    private void found(Event event, Run run) {
        List<Finding> work = run.findings().stream().filter(Finding::leavesWork).toList();
        if (work.isEmpty()) {
            book.resolve(Kind.RUN_FINDINGS, run.application());
            return;
        }
        String listed = work.stream().limit(LISTED).map(Finding::sentence).collect(Collectors.joining(". "));
        book.happened(occurrence(
                event,
                Kind.RUN_FINDINGS,
                run,
                "findings",
                what(run) + " succeeded with findings: " + listed
                        + (work.size() > LISTED ? ". And " + (work.size() - LISTED) + " more" : "")
                        + ". The run has the SQL that mends them"));
    }

    /** Step 2 writes its list of attempts anew with each; the last one has no error when the failover has helped. */
    private void detail(Event event, JsonNode content) {
        JsonNode attempts = content.path("value");
        if (content.path("step").asInt() != DOWNLOAD
                || !content.path("key").asText().equals("attempts")
                || attempts.isEmpty()
                || attempts.get(attempts.size() - 1).hasNonNull("error")) {
            return;
        }
        Set<String> failed = new TreeSet<>();
        Set<String> causes = new TreeSet<>();
        for (JsonNode attempt : attempts) {
            if (attempt.hasNonNull("error")) {
                failed.add(attempt.path("source").asText());
                causes.add(attempt.path("source").asText() + " failed: "
                        + attempt.path("error").asText());
            }
        }
        if (!failed.isEmpty()) {
            String source = attempts.get(attempts.size() - 1).path("source").asText();
            ofRun(event)
                    .ifPresent(run -> book.happened(occurrence(
                            event,
                            Kind.FAILOVER_USED,
                            run,
                            String.join(",", failed),
                            what(run) + " took its backup from " + source + ", because " + String.join("; ", causes))));
        }
    }

    private void taken(Event event, JsonNode content) {
        String application = content.path("application").asText();
        book.resolve(Kind.BACKUP_FAILED, application);
        book.resolve(Kind.BACKUP_MISSED, application);
        JsonNode warnings = content.path("warnings");
        if (warnings.isEmpty()) {
            book.resolve(Kind.GLOBALS_MISSING, application);
        }
        warnings.forEach(warning -> book.happened(new Occurrence(
                Kind.GLOBALS_MISSING,
                AlertBook.cut(application, 200),
                Kind.GLOBALS_MISSING.word(),
                null,
                warning.asText(),
                Instant.parse(event.at()))));
    }

    private void reported(Event event, Kind kind, String otherwise) {
        JsonNode content = content(event);
        String application = content.path("application").asText("");
        book.happened(new Occurrence(
                kind,
                application.isEmpty() ? null : AlertBook.cut(application, 200),
                kind.word(),
                event.runId(),
                content.path("message").asText(otherwise),
                Instant.parse(event.at())));
    }

    /** Many copies of one store are one alert, unless some were repaired and others were not. */
    private void ofCopy(Event event, Kind kind, String cause) {
        JsonNode content = content(event);
        book.happened(new Occurrence(
                kind,
                AlertBook.cut(content.path("application").asText(""), 200),
                event.kind() + " " + content.path(cause).asText(""),
                null,
                content.path("message").asText("a copy of a backup is damaged"),
                Instant.parse(event.at())));
    }

    private void wholeAgain(JsonNode content) {
        String application = content.path("application").asText("");
        book.resolve(Kind.COPY_DAMAGED, application);
        book.resolve(Kind.NO_GOOD_COPY, application);
    }

    private Optional<Run> ofRun(Event event) {
        return Optional.ofNullable(event.runId()).flatMap(journal::find);
    }

    /** An event that somebody has changed by hand must not keep all later ones from being looked at. */
    private JsonNode content(Event event) {
        try {
            return json.readTree(event.content());
        } catch (JsonProcessingException e) {
            LOG.warn("event {} of the journal is not JSON: no alert is made of it", event.id());
            return json.createObjectNode();
        }
    }

    private static Occurrence occurrence(Event event, Kind kind, Run run, String cause, String message) {
        return new Occurrence(kind, run.application(), cause, run.id(), message, Instant.parse(event.at()));
    }

    private static String success(Run run) {
        long seconds = Math.round(run.durationSeconds(Instant.now()));
        boolean met = run.durationSeconds(Instant.now()) <= run.rtoTargetSeconds();
        int findings = run.findings().size();
        String text =
                what(run) + " succeeded" + (findings == 0 ? "" : " with " + findings + " findings") + " in " + seconds
                        + " s, " + (met ? "within the RTO of " : "MISSING the RTO of ") + run.rtoTargetSeconds() + " s";
        return run.dataLossSeconds() == null
                ? text
                : text + "; what was written in the last " + run.dataLossSeconds() + " s before it is lost";
    }

    private static String instruction(Run run) {
        return run.steps().stream()
                .map(step -> step.detail().get("instruction"))
                .filter(String.class::isInstance)
                .map(String.class::cast)
                .reduce((first, last) -> last)
                .orElse("look at the run, and acknowledge its step when it is done");
    }

    private static String what(Run run) {
        return "the " + (run.mode() == Mode.RECOVERY ? "recovery" : "drill") + " of " + run.application();
    }
}
