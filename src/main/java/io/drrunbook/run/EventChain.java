package io.drrunbook.run;

import io.drrunbook.run.RemovedEvents.Piece;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.transaction.support.TransactionTemplate;

/** The append-only, hash-chained events of the journal. */
@Component
class EventChain {

    static final String START = "0".repeat(64);

    private static final int PAGE = 1000;
    private static final int AT_ONCE = 2000;

    private final JdbcClient jdbc;
    private final TransactionTemplate transaction;

    EventChain(JdbcClient jdbc, PlatformTransactionManager transactions) {
        this.jdbc = jdbc;
        this.transaction = new TransactionTemplate(transactions);
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
                .query(EventChain::event)
                .list();
    }

    /** Events behind {@code afterId}, oldest first. */
    List<Event> behind(long afterId, int limit) {
        return jdbc.sql("SELECT id, run_id, at, kind, content, hash FROM events WHERE id > ? ORDER BY id LIMIT ?")
                .params(afterId, limit)
                .query(EventChain::event)
                .list();
    }

    long lastId() {
        return jdbc.sql("SELECT last_id FROM journal_head WHERE only_row = 1")
                .query(Long.class)
                .single();
    }

    /** Reads the whole chain and returns the id of the first event that was changed, or is missing. */
    Optional<Long> firstBroken() {
        RemovedEvents removed = removed();
        String previous = START;
        long expected = 1;
        long read = 0;
        List<Event> page;
        do {
            page = behind(read, PAGE);
            for (Event event : page) {
                read = event.id();
                Optional<Piece> gap = event.id() == expected ? Optional.empty() : removed.from(expected);
                while (gap.isPresent()) {
                    previous = gap.get().hash();
                    expected = gap.get().last() + 1;
                    gap = event.id() == expected ? Optional.empty() : removed.from(expected);
                }
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

    private RemovedEvents removed() {
        return new RemovedEvents(
                jdbc.sql("SELECT id, run_id, at, kind, content, hash FROM events WHERE kind = ? ORDER BY id")
                        .param(RemovedEvents.KIND)
                        .query(EventChain::event)
                        .list());
    }

    /**
     * Takes old events out, a limited number at a time; the newest event always stays.
     *
     * @param what is taken out, in a word
     * @param kind of the events; empty for all before the first one that is not older
     * @return how many
     */
    int remove(String what, Optional<String> kind, Instant before) {
        int all = 0;
        int count;
        long newest = lastId();
        do {
            count = Objects.requireNonNull(transaction.execute(status -> removePiece(what, kind, before, newest)));
            all += count;
        } while (count > 0);
        return all;
    }

    private int removePiece(String what, Optional<String> kind, Instant before, long newest) {
        String at = before.truncatedTo(ChronoUnit.MILLIS).toString();
        String old = kind.isPresent()
                ? "at < :at AND kind = :kind"
                : "id < COALESCE((SELECT MIN(id) FROM events WHERE at >= :at), :newest)";
        List<Event> out = jdbc.sql("SELECT id, run_id, at, kind, '' AS content, hash FROM events WHERE " + old
                        + " AND id < :newest"
                        + " ORDER BY id LIMIT :limit")
                .param("at", at)
                .param("kind", kind.orElse(""))
                .param("newest", newest)
                .param("limit", AT_ONCE)
                .query(EventChain::event)
                .list();
        if (out.isEmpty()) {
            return 0;
        }
        List<Piece> pieces = kind.isPresent() ? RemovedEvents.pieces(out) : RemovedEvents.allUpTo(out);
        for (Piece piece : pieces) {
            jdbc.sql("DELETE FROM events WHERE id BETWEEN ? AND ?")
                    .params(piece.first(), piece.last())
                    .update();
        }
        append(null, RemovedEvents.KIND, RemovedEvents.content(what, out.size(), pieces));
        return out.size();
    }

    private static Event event(ResultSet row, int n) throws SQLException {
        return new Event(
                row.getLong("id"),
                row.getObject("run_id", UUID.class),
                row.getString("at"),
                row.getString("kind"),
                row.getString("content"),
                row.getString("hash"));
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
