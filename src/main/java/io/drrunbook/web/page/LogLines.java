package io.drrunbook.web.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.drrunbook.figures.Figures;
import io.drrunbook.run.Event;
import java.time.Instant;
import java.util.List;
import org.springframework.stereotype.Component;

/** Events of the journal as lines of a log. */
@Component
class LogLines {

    private final ObjectMapper json;

    LogLines(ObjectMapper json) {
        this.json = json;
    }

    /** What a person reads while a run goes on: its sentences, and how its steps stand. */
    List<Line> of(List<Event> events) {
        return events.stream()
                .filter(event -> event.kind().equals("log") || event.kind().equals("step"))
                .map(event -> new Line(time(event), text(event)))
                .toList();
    }

    /** All that an auditor files, but for progress. */
    List<AuditLine> audit(List<Event> events) {
        return events.stream()
                .filter(event -> !event.kind().equals("progress"))
                .map(event -> new AuditLine(event.id(), time(event), event.kind(), event.content(), event.hash()))
                .toList();
    }

    private String text(Event event) {
        JsonNode content = read(event.content());
        if (event.kind().equals("log")) {
            return Figures.plain(content.path("message").asText());
        }
        return "step " + content.path("step").asInt() + " "
                + content.path("name").asText() + ": "
                + content.path("status").asText().replace('_', ' ');
    }

    private JsonNode read(String content) {
        try {
            return json.readTree(content);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the journal holds what is not JSON", e);
        }
    }

    private static String time(Event event) {
        return Figures.time(Instant.parse(event.at()));
    }

    /** One line. */
    record Line(String at, String text) {}

    /** One event in full. */
    record AuditLine(long id, String at, String kind, String content, String hash) {}
}
