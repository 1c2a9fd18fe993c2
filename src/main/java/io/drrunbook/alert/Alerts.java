package io.drrunbook.alert;

import io.drrunbook.run.Journal;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/** The alerts as people see them, and what people may do with them. */
@Service("alerts")
@Transactional
public class Alerts {

    private final AlertBook book;
    private final Channels channels;
    private final Journal journal;

    Alerts(AlertBook book, Channels channels, Journal journal) {
        this.book = book;
        this.channels = channels;
        this.journal = journal;
    }

    /**
     * Newest first.
     *
     * @param openOnly only those that are not over and that nobody has acknowledged
     */
    @Transactional(readOnly = true)
    public List<Alert> list(boolean openOnly, int limit, int offset) {
        return book.list(openOnly, limit, offset);
    }

    /** The alert of that id. */
    @Transactional(readOnly = true)
    public Optional<Alert> find(UUID id) {
        return book.find(id);
    }

    /**
     * Somebody has seen it. A second time changes nothing.
     *
     * @throws RefusedException ({@code alert_unknown})
     */
    public Alert acknowledge(UUID id, String by) {
        Alert alert = book.find(id)
                .orElseThrow(() -> new RefusedException(
                        Reason.UNKNOWN, "alert_unknown", "no alert '" + id + "'; GET /api/v1/alerts lists them"));
        if (book.acknowledge(id, by)) {
            journal.event(alert.runId(), "alert_acknowledged", Map.of("alert_id", id, "kind", alert.kind(), "by", by));
        }
        return book.find(id).orElseThrow();
    }

    /** Raises an alert that goes to every recipient of every channel, whatever severity they want. */
    public List<Alert> test(String by) {
        UUID id = book.insert(
                new Occurrence(
                        Kind.TEST,
                        null,
                        by,
                        null,
                        "This is a test of the alerts, asked for by " + by + ". Nothing has happened.",
                        AlertBook.now()),
                channels.all());
        journal.event(null, "alert_test", Map.of("alert_id", id, "by", by));
        return List.of(book.find(id).orElseThrow());
    }
}
