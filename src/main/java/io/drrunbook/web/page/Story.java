package io.drrunbook.web.page;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.drrunbook.run.Event;
import io.drrunbook.run.Journal;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What the journal tells of one run, in order.
 *
 * @param events all of them
 * @param lines those that a person reads while it runs
 * @param progress of the last step that said anything of it; empty when that step is over
 */
record Story(List<Event> events, List<Line> lines, Optional<ShownProgress> progress) {

    private static final int PAGE = 1000;

    /** A rate is measured over so long. */
    private static final Duration WINDOW = Duration.ofSeconds(10);

    static Story of(UUID run, Journal journal, ObjectMapper json) {
        List<Event> events = new ArrayList<>();
        List<Event> page;
        do {
            page = journal.events(
                    run, events.isEmpty() ? 0 : events.get(events.size() - 1).id(), PAGE);
            events.addAll(page);
        } while (page.size() == PAGE);
        return new Teller(json).tell(events);
    }

    /** The event that a reader of the stream has seen last. */
    public long lastEventId() {
        return events.isEmpty() ? 0 : events.get(events.size() - 1).id();
    }

    /**
     * A line of the log.
     *
     * @param kind {@code step}, {@code log} or {@code person}
     */
    record Line(Instant at, String kind, String text) {}

    /** Reads the events once, front to back. */
    private static final class Teller {

        private final ObjectMapper json;
        private final List<Line> lines = new ArrayList<>();
        private final Deque<Measure> measures = new ArrayDeque<>();
        private @Nullable ShownProgress progress;

        Teller(ObjectMapper json) {
            this.json = json;
        }

        Story tell(List<Event> events) {
            events.forEach(this::read);
            return new Story(events, lines, Optional.ofNullable(progress));
        }

        private void read(Event event) {
            JsonNode content = content(event);
            Optional<Instant> written = time(event);
            if (written.isEmpty() || content.has("unreadable")) {
                line(written.orElse(Instant.EPOCH), "log", "event " + event.id() + " of the journal cannot be read");
                return;
            }
            Instant at = written.get();
            switch (event.kind()) {
                case "progress" -> measure(at, content);
                case "step" -> {
                    progress = null;
                    measures.clear();
                    line(at, "step", step(content));
                }
                case "log" -> line(at, "log", content.path("message").asText());
                case "admitted" -> line(at, "person", "admitted: " + by(content, "initiated_by"));
                case "cancel_requested" -> line(at, "person", by(content, "by") + " asks to cancel");
                case "resumed" -> line(at, "person", by(content, "by") + " resumes the run");
                case "rollback_requested" -> line(at, "person", by(content, "by") + " asks for a rollback");
                case "ended" -> line(at, "step", ended(content));
                default -> {
                    // The report has everything.
                }
            }
        }

        private static Optional<Instant> time(Event event) {
            try {
                return Optional.of(Instant.parse(event.at()));
            } catch (DateTimeParseException e) {
                return Optional.empty();
            }
        }

        private void measure(Instant at, JsonNode content) {
            long done = content.path("done").asLong();
            String unit = content.path("unit").asText();
            if (!measures.isEmpty() && done < measures.getLast().done()) {
                measures.clear();
            }
            measures.addLast(new Measure(at, done));
            while (measures.getFirst().at().isBefore(at.minus(WINDOW))) {
                measures.removeFirst();
            }
            Measure from = measures.getFirst();
            progress = new ShownProgress(
                    content.path("step").asInt(),
                    done,
                    content.path("total").asLong(),
                    unit,
                    ShownProgress.rate(from.done(), from.at(), done, at));
        }

        /** {@code step 2 Download backup: completed in 0.5 s}; the script says it alike. */
        private static String step(JsonNode content) {
            String status = content.path("status").asText();
            String text = "step " + content.path("step").asInt() + " "
                    + content.path("name").asText() + ": " + status.replace('_', ' ');
            if (status.equals("completed") || status.equals("failed")) {
                text += " in " + Said.duration(content.path("duration_seconds").asDouble());
            }
            return content.hasNonNull("error")
                    ? text + ": " + content.path("error").asText()
                    : text;
        }

        private static String ended(JsonNode content) {
            String status = content.path("status").asText().replace('_', ' ');
            return "run " + status
                    + (content.hasNonNull("error")
                            ? ": " + content.path("error").asText()
                            : "");
        }

        private static String by(JsonNode content, String member) {
            return content.path(member).asText();
        }

        private void line(Instant at, String kind, String text) {
            lines.add(new Line(at, kind, text));
        }

        private JsonNode content(Event event) {
            try {
                return json.readTree(event.json());
            } catch (JsonProcessingException e) {
                throw new IllegalStateException("what an event gives is always JSON", e);
            }
        }

        private record Measure(Instant at, long done) {}
    }
}
