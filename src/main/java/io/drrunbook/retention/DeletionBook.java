package io.drrunbook.retention;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.drrunbook.run.Journal;
import io.drrunbook.run.UnreadableRows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** Deletions that have begun and are not done, in the journal's database; what is done goes into the journal. */
@Component
class DeletionBook {

    private static final TypeReference<List<String>> KEYS = new TypeReference<>() {};
    private static final int LONGEST_CAUSE = 1000;
    private static final String THIS = " WHERE store = ? AND backup_id = ?";

    private final JdbcClient jdbc;
    private final Journal journal;
    private final ObjectMapper json;
    private final UnreadableRows unreadable;

    DeletionBook(JdbcClient jdbc, Journal journal, ObjectMapper json, UnreadableRows unreadable) {
        this.unreadable = unreadable;
        this.jdbc = jdbc;
        this.journal = journal;
        this.json = json;
    }

    /** Written before anything is deleted. */
    @Transactional
    public void begin(Deletion deletion) {
        if (find(deletion.store(), deletion.backupId()).isPresent()) {
            return;
        }
        jdbc.sql("INSERT INTO deletions (store, backup_id, application, filename, created_at, files)"
                        + " VALUES (?, ?, ?, ?, ?, ?)")
                .param(deletion.store())
                .param(deletion.backupId())
                .param(deletion.application())
                .param(deletion.filename())
                .param(deletion.createdAt().atOffset(ZoneOffset.UTC))
                .param(write(deletion))
                .update();
    }

    /** All that have begun, also those that a store has refused. */
    List<Deletion> open() {
        return jdbc
                .sql("SELECT * FROM deletions ORDER BY created_at, store")
                .query(unreadable.sparing("deletion of backup", "backup_id", this::deletion))
                .list()
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    Optional<Deletion> find(String store, UUID backup) {
        return jdbc.sql("SELECT * FROM deletions" + THIS)
                .params(store, backup)
                .query(this::deletion)
                .optional();
    }

    /** What the store said when it refused; empty when it has not. */
    Optional<String> refusal(String store, UUID backup) {
        return jdbc.sql("SELECT refused FROM deletions" + THIS + " AND refused IS NOT NULL")
                .params(store, backup)
                .query(String.class)
                .optional();
    }

    /** Whether the store has refused it since then. */
    boolean isRefusedSince(Instant then, Deletion deletion) {
        return jdbc.sql("SELECT COUNT(*) FROM deletions" + THIS + " AND refused_at > ?")
                        .params(deletion.store(), deletion.backupId(), then.atOffset(ZoneOffset.UTC))
                        .query(Long.class)
                        .single()
                > 0;
    }

    /** All of it is gone. */
    @Transactional
    public void done(Deletion deletion) {
        jdbc.sql("DELETE FROM deletions" + THIS)
                .params(deletion.store(), deletion.backupId())
                .update();
        journal.event(null, "backup_expired", content(deletion));
    }

    /**
     * The store has refused.
     *
     * @return whether it is the first time
     */
    @Transactional
    public boolean refused(Deletion deletion, String cause) {
        boolean first = refusal(deletion.store(), deletion.backupId()).isEmpty();
        jdbc.sql("UPDATE deletions SET refused = ?, refused_at = ?" + THIS)
                .param(cause.length() <= LONGEST_CAUSE ? cause : cause.substring(0, LONGEST_CAUSE))
                .param(Instant.now().atOffset(ZoneOffset.UTC))
                .param(deletion.store())
                .param(deletion.backupId())
                .update();
        if (first) {
            Map<String, Object> content = content(deletion);
            content.put("message", "kept by the store, which refuses to delete it: " + cause);
            journal.event(null, "backup_kept_by_store", content);
        }
        return first;
    }

    private static Map<String, Object> content(Deletion deletion) {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("application", deletion.application());
        content.put("backup_id", deletion.backupId());
        content.put("filename", deletion.filename());
        content.put("store", deletion.store());
        content.put(
                "age_days",
                Duration.between(deletion.createdAt(), Instant.now()).toDays());
        return content;
    }

    private Deletion deletion(ResultSet row, int n) throws SQLException {
        List<String> keys = read(row.getString("files"));
        return new Deletion(
                row.getString("store"),
                row.getObject("backup_id", UUID.class),
                row.getString("application"),
                row.getString("filename"),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                keys.get(0),
                keys.subList(1, keys.size()));
    }

    private String write(Deletion deletion) {
        try {
            return json.writeValueAsString(Stream.concat(Stream.of(deletion.manifest()), deletion.objects().stream())
                    .toList());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a list of names can always be written", e);
        }
    }

    private List<String> read(String keys) {
        try {
            return json.readValue(keys, KEYS);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the table of deletions holds what is not JSON", e);
        }
    }
}
