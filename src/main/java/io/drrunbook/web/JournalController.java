package io.drrunbook.web;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.drrunbook.run.Event;
import io.drrunbook.run.Journal;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The journal for an auditor: every event with its hash, also logins and refusals. */
@RestController
@RequestMapping("/api/v1/journal")
class JournalController {

    private final Journal journal;

    JournalController(Journal journal) {
        this.journal = journal;
    }

    /** Events behind {@code after}, oldest first. */
    @GetMapping
    List<EventLog> list(@RequestParam(defaultValue = "0") long after, @RequestParam(defaultValue = "100") int limit) {
        Page page = Page.of(limit, 0);
        return journal.eventsBehind(after, page.limit()).stream()
                .map(EventLog::of)
                .toList();
    }

    /** An event; {@code hash} is SHA-256 over the hash before it and all other members. */
    @JsonNaming(SnakeCaseStrategy.class)
    record EventLog(
            long id,
            @Nullable UUID runId,
            String at,
            String kind,

            @JsonRawValue @Schema(implementation = Map.class)
            String content,

            String hash) {

        static EventLog of(Event event) {
            return new EventLog(event.id(), event.runId(), event.at(), event.kind(), event.json(), event.hash());
        }
    }
}
