package io.drrunbook.audit;

import io.drrunbook.audit.FileCopy.Key;
import io.drrunbook.backup.Backup.Trust;
import io.drrunbook.backup.Manifest;
import io.drrunbook.run.UnreadableRows;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** The tables of the audit, beside the journal. Only one pass is under way at a time, on whichever node. */
@Component
class CopyBook {

    private static final String OF_BACKUP = " WHERE application = ? AND backup_id = ?";

    private static final int LONGEST_ERROR = 1000;

    private final JdbcClient jdbc;
    private final UnreadableRows unreadable;

    CopyBook(JdbcClient jdbc, UnreadableRows unreadable) {
        this.jdbc = jdbc;
        this.unreadable = unreadable;
    }

    /** Newest first. */
    List<AuditedBackup> backups() {
        return jdbc
                .sql("SELECT * FROM audited_backups ORDER BY created_at DESC, backup_id")
                .query(unreadable.sparing(
                        "audited backup",
                        "backup_id",
                        (row, n) -> new AuditedBackup(
                                row.getString("application"),
                                row.getObject("backup_id", UUID.class),
                                row.getString("filename"),
                                Manifest.Status.valueOf(row.getString("status")),
                                Trust.valueOf(row.getString("trust")),
                                row.getLong("size_bytes"),
                                row.getObject("created_at", OffsetDateTime.class)
                                        .toInstant())))
                .list()
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    List<FileCopy> copies() {
        return jdbc
                .sql("SELECT * FROM copies ORDER BY application, backup_id, manifest, name, store")
                .query(unreadable.sparing("copy of backup", "backup_id", CopyBook::copy))
                .list()
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    /** Writes what is known of a backup. */
    @Transactional
    public void save(AuditedBackup backup) {
        int changed = jdbc.sql("UPDATE audited_backups SET filename = ?, status = ?, trust = ?, size_bytes = ?,"
                        + " created_at = ?" + OF_BACKUP)
                .params(
                        backup.filename(),
                        backup.status().name(),
                        backup.trust().name(),
                        backup.sizeBytes(),
                        utc(backup.createdAt()),
                        backup.application(),
                        backup.id())
                .update();
        if (changed == 0) {
            jdbc.sql("INSERT INTO audited_backups (filename, status, trust, size_bytes, created_at, application,"
                            + " backup_id) VALUES (?, ?, ?, ?, ?, ?, ?)")
                    .params(
                            backup.filename(),
                            backup.status().name(),
                            backup.trust().name(),
                            backup.sizeBytes(),
                            utc(backup.createdAt()),
                            backup.application(),
                            backup.id())
                    .update();
        }
    }

    /** Writes what is known of a copy; of its backup something must be known already. */
    @Transactional
    public void save(FileCopy copy) {
        int changed = params(
                        jdbc.sql("UPDATE copies SET manifest = ?, state = ?, size_bytes = ?, version = ?, sha256 = ?,"
                                + " expected_bytes = ?, expected_sha256 = ?, checked_at = ?, hashed_at = ?, note = ?"
                                + OF_BACKUP + " AND store = ? AND name = ?"),
                        copy)
                .update();
        if (changed == 0) {
            params(
                            jdbc.sql("INSERT INTO copies (manifest, state, size_bytes, version, sha256,"
                                    + " expected_bytes, expected_sha256, checked_at, hashed_at, note, application,"
                                    + " backup_id, store, name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
                            copy)
                    .update();
        }
    }

    private static JdbcClient.StatementSpec params(JdbcClient.StatementSpec statement, FileCopy copy) {
        return statement
                .param(copy.manifest())
                .param(copy.state().name())
                .param(copy.sizeBytes())
                .param(copy.version())
                .param(copy.sha256())
                .param(copy.expectedBytes())
                .param(copy.expectedSha256())
                .param(utc(copy.checkedAt()))
                .param(utc(copy.hashedAt()))
                .param(copy.note())
                .param(copy.application())
                .param(copy.backupId())
                .param(copy.store())
                .param(copy.name());
    }

    /** Forgets a copy that no longer belongs to its backup. */
    @Transactional
    public void remove(Key copy) {
        jdbc.sql("DELETE FROM copies" + OF_BACKUP + " AND store = ? AND name = ?")
                .params(copy.application(), copy.backupId(), copy.store(), copy.name())
                .update();
    }

    /** Forgets a backup with all its copies. */
    @Transactional
    public void remove(AuditedBackup backup) {
        jdbc.sql("DELETE FROM audited_backups" + OF_BACKUP)
                .params(backup.application(), backup.id())
                .update();
    }

    /** The store's listing was looked at, and what has changed is written. */
    @Transactional
    public void lookedAt(String store, Instant at) {
        jdbc.sql("UPDATE copies SET checked_at = ? WHERE store = ?")
                .params(utc(at), store)
                .update();
    }

    /** Bytes that were left over for that store. */
    long allowance(String store) {
        return jdbc.sql("SELECT bytes FROM audit_allowances WHERE store = ?")
                .param(store)
                .query(Long.class)
                .optional()
                .orElse(0L);
    }

    @Transactional
    public void allowance(String store, long bytes) {
        if (jdbc.sql("UPDATE audit_allowances SET bytes = ? WHERE store = ?")
                        .params(bytes, store)
                        .update()
                == 0) {
            jdbc.sql("INSERT INTO audit_allowances (store, bytes) VALUES (?, ?)")
                    .params(store, bytes)
                    .update();
        }
    }

    /** The pass that is under way, or was the last. */
    Pass pass() {
        return jdbc.sql("SELECT started_at, ended_at, done_at, error FROM audit_passes WHERE only_row = 1")
                .query((row, n) -> new Pass(
                        instant(row, "started_at"),
                        instant(row, "ended_at"),
                        instant(row, "done_at"),
                        row.getString("error")))
                .single();
    }

    @Transactional
    public void passStarted() {
        jdbc.sql("UPDATE audit_passes SET started_at = ? WHERE only_row = 1")
                .param(utc(now()))
                .update();
    }

    @Transactional
    public void passDone() {
        jdbc.sql("UPDATE audit_passes SET ended_at = ?, done_at = ?, error = NULL WHERE only_row = 1")
                .params(utc(now()), utc(now()))
                .update();
    }

    @Transactional
    public void passFailed(String error) {
        jdbc.sql("UPDATE audit_passes SET ended_at = ?, error = ? WHERE only_row = 1")
                .params(utc(now()), error.length() <= LONGEST_ERROR ? error : error.substring(0, LONGEST_ERROR))
                .update();
    }

    private static FileCopy copy(ResultSet row, int n) throws SQLException {
        return new FileCopy(
                new Key(
                        row.getString("application"),
                        row.getObject("backup_id", UUID.class),
                        row.getString("store"),
                        row.getString("name")),
                row.getBoolean("manifest"),
                CopyState.valueOf(row.getString("state")),
                row.getObject("size_bytes", Long.class),
                row.getString("version"),
                row.getString("sha256"),
                row.getObject("expected_bytes", Long.class),
                row.getString("expected_sha256"),
                instant(row, "checked_at"),
                instant(row, "hashed_at"),
                row.getString("note"));
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class))
                .map(OffsetDateTime::toInstant)
                .orElse(null);
    }

    /** Both databases keep microseconds. */
    static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MICROS);
    }

    private static @Nullable OffsetDateTime utc(@Nullable Instant instant) {
        return instant == null ? null : instant.atOffset(ZoneOffset.UTC);
    }

    /**
     * When a pass has begun and ended; the end may be that of the pass before.
     *
     * @param startedAt null before the first
     * @param endedAt null before the first has ended
     * @param doneAt when the last one came to its end without an error
     * @param error why the last one has not
     */
    record Pass(
            @Nullable Instant startedAt,
            @Nullable Instant endedAt,
            @Nullable Instant doneAt,
            @Nullable String error) {

        boolean underWay() {
            return startedAt != null && (endedAt == null || endedAt.isBefore(startedAt));
        }
    }
}
