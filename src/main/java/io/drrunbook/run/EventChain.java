package io.drrunbook.run;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/** The append-only, hash-chained events of the journal. */
@Component
class EventChain {

    static final String START = "0".repeat(64);

    private final JdbcClient jdbc;

    EventChain(JdbcClient jdbc) {
        this.jdbc = jdbc;
    }

    /** Appends an event in the caller's transaction; waits for whoever appends at the same time. */
    @Transactional(propagation = Propagation.MANDATORY)
    public Event append(@Nullable UUID runId, String kind, String content) {
        Head head = jdbc.sql("SELECT last_id, last_hash FROM journal_head WHERE only_row = 1 FOR UPDATE")
                .query((row, n) -> new Head(row.getLong(1), row.getString(2)))
                .single();
        String at = Instant.now().truncatedTo(ChronoUnit.MILLIS).toString();
        long id = head.lastId + 1;
        Event event = new Event(id, runId, at, kind, content, hash(head.lastHash, id, runId, at, kind, content));
        jdbc.sql("INSERT INTO events (id, run_id, at, kind, content, hash) VALUES (?, ?, ?, ?, ?, ?)")
                .params(id, runId, at, kind, content, event.hash())
                .update();
        jdbc.sql("UPDATE journal_head SET last_id = ?, last_hash = ? WHERE only_row = 1")
                .params(id, event.hash())
                .update();
        return event;
    }

    /** Events of a run behind {@code afterId}, oldest first. */
    List<Event> of(UUID runId, long afterId, int limit) {
        return jdbc.sql("SELECT id, run_id, at, kind, content, hash FROM events"
                        + " WHERE run_id = ? AND id > ? ORDER BY id LIMIT ?")
                .params(runId, afterId, limit)
                .query(Event.class)
                .list();
    }

    /** Events behind {@code afterId}, oldest first. */
    List<Event> behind(long afterId, int limit) {
        return jdbc.sql("SELECT id, run_id, at, kind, content, hash FROM events WHERE id > ? ORDER BY id LIMIT ?")
                .params(afterId, limit)
                .query(Event.class)
                .list();
    }

    long lastId() {
        return jdbc.sql("SELECT last_id FROM journal_head WHERE only_row = 1")
                .query(Long.class)
                .single();
    }

    /** Reads the whole chain and returns the id of the first event that was changed, or is missing. */
    Optional<Long> firstBroken() {
        String previous = START;
        long expected = 1;
        List<Event> page;
        do {
            page = behind(expected - 1, 1000);
            for (Event event : page) {
                String hash = hash(previous, event.id(), event.runId(), event.at(), event.kind(), event.content());
                if (event.id() != expected || !hash.equals(event.hash())) {
                    return Optional.of(expected);
                }
                previous = event.hash();
                expected++;
            }
        } while (!page.isEmpty());
        return lastId() == expected - 1 ? Optional.empty() : Optional.of(expected);
    }

    private static String hash(String previous, long id, @Nullable UUID runId, String at, String kind, String content) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (String part : List.of(previous, Long.toString(id), String.valueOf(runId), at, kind, content)) {
                digest.update(part.getBytes(StandardCharsets.UTF_8));
                digest.update((byte) '\n');
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private record Head(long lastId, String lastHash) {}
}
