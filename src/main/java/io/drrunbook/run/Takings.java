package io.drrunbook.run;

import io.drrunbook.run.RefusedException.Reason;
import io.drrunbook.settings.DrSettings;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** Backups while they are taken: one at a time for each application, also when several nodes share the journal. */
@Component
public class Takings {

    /** One that has missed so many heartbeats has died with its service. */
    private static final int MISSED_HEARTBEATS = 15;

    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss").withZone(ZoneOffset.UTC);

    private static final String ALL = "SELECT * FROM takings";

    private final JdbcClient jdbc;
    private final Journal journal;
    private final UnreadableRows unreadable;
    private final Duration deadAfter;

    Takings(JdbcClient jdbc, Journal journal, UnreadableRows unreadable, DrSettings settings) {
        this.unreadable = unreadable;
        this.jdbc = jdbc;
        this.journal = journal;
        this.deadAfter = Duration.ofMillis(MISSED_HEARTBEATS * settings.backup().heartbeat());
    }

    /**
     * A backup begins. Its name has the second in it, so one that begins in the second of another gets the next one.
     *
     * @param suffix of the file name, e.g. {@code .dump.gz.gpg}
     * @throws RefusedException ({@code backup_active}) while another backup of the application is taken
     */
    @Transactional
    public Taking begin(String application, Person by, String trigger, String suffix) {
        bury();
        Instant now = Journal.now();
        Instant second = now.truncatedTo(ChronoUnit.SECONDS);
        while (exists(application, name(second, suffix))) {
            second = second.plusSeconds(1);
        }
        Taking taking = new Taking(
                UUID.randomUUID(),
                application,
                name(second, suffix),
                Taking.Status.RUNNING,
                by.name(),
                trigger,
                now,
                null,
                null,
                0);
        try {
            jdbc.sql("INSERT INTO takings (id, application, active_application, filename, status, initiated_by,"
                            + " started_through, started_at, alive_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
                    .params(
                            taking.id(),
                            application,
                            application,
                            taking.filename(),
                            taking.status().name(),
                            by.name(),
                            trigger,
                            utc(now),
                            utc(now))
                    .update();
        } catch (DuplicateKeyException e) {
            throw new RefusedException(
                    Reason.CONFLICT,
                    "backup_active",
                    "another backup of " + application + " is being taken; wait until it has ended");
        }
        journal.event(
                null,
                "backup_began",
                Map.of(
                        "application", application,
                        "backup_id", taking.id(),
                        "filename", taking.filename(),
                        "initiated_by", by.name(),
                        "trigger", trigger));
        return taking;
    }

    /** It still goes on, and has dumped so many bytes. */
    public void alive(UUID id, long dumpedBytes) {
        jdbc.sql("UPDATE takings SET alive_at = ?, dumped_bytes = ? WHERE id = ? AND active_application IS NOT NULL")
                .params(utc(Journal.now()), dumpedBytes, id)
                .update();
    }

    /** It exists, in one store at least. */
    public void succeeded(UUID id) {
        ended(id, Taking.Status.SUCCEEDED, null);
    }

    /** It does not exist; what it may have left in the stores is looked for. */
    public void failed(UUID id, String error) {
        ended(id, Taking.Status.FAILED, error);
    }

    private void ended(UUID id, Taking.Status status, @Nullable String error) {
        jdbc.sql("UPDATE takings SET status = ?, ended_at = ?, error = ?, active_application = NULL WHERE id = ?")
                .param(status.name())
                .param(utc(Journal.now()))
                .param(Journal.cut(error))
                .param(id)
                .update();
    }

    /** The backup of that id, whatever has become of it. */
    public Optional<Taking> find(UUID id) {
        return jdbc.sql(ALL + " WHERE id = ?")
                .param(id)
                .query(takings())
                .optional()
                .flatMap(row -> row);
    }

    /** The one that is being taken. */
    public Optional<Taking> active(String application) {
        return jdbc.sql(ALL + " WHERE active_application = ? AND alive_at > ?")
                .params(application, utc(Journal.now().minus(deadAfter)))
                .query(takings())
                .optional()
                .flatMap(row -> row);
    }

    /** The newest ones of an application, newest first. */
    public List<Taking> list(String application, int limit) {
        return jdbc
                .sql(ALL + " WHERE application = ? ORDER BY started_at DESC LIMIT ?")
                .params(application, limit)
                .query(takings())
                .list()
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    /** Those that came to nothing and may have left something in the stores. */
    public List<Taking> untidied() {
        bury();
        return jdbc
                .sql(ALL + " WHERE status IN ('FAILED', 'INTERRUPTED') AND NOT tidied ORDER BY started_at")
                .query(takings())
                .list()
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    /** Nothing of it is left in any store. */
    public void tidied(UUID id) {
        jdbc.sql("UPDATE takings SET tidied = TRUE WHERE id = ?").param(id).update();
    }

    /** Says of those that do not move any more that they were interrupted. */
    private void bury() {
        List<Taking> dead = jdbc
                .sql(ALL + " WHERE active_application IS NOT NULL AND alive_at <= ?")
                .param(utc(Journal.now().minus(deadAfter)))
                .query(takings())
                .list()
                .stream()
                .flatMap(Optional::stream)
                .toList();
        for (Taking taking : dead) {
            String message = "the service ended while backup " + taking.filename() + " of " + taking.application()
                    + " was taken; it does not exist. Take another";
            ended(taking.id(), Taking.Status.INTERRUPTED, message);
            journal.event(
                    null,
                    "backup_failed",
                    Map.of("application", taking.application(), "code", "interrupted", "message", message));
        }
    }

    private boolean exists(String application, String filename) {
        return jdbc.sql("SELECT COUNT(*) FROM takings WHERE application = ? AND filename = ?")
                        .params(application, filename)
                        .query(Long.class)
                        .single()
                > 0;
    }

    private static String name(Instant second, String suffix) {
        return "backup_full_database_" + STAMP.format(second) + suffix;
    }

    private RowMapper<Optional<Taking>> takings() {
        return unreadable.sparing("backup being taken", "id", Takings::taking);
    }

    private static Taking taking(ResultSet row, int n) throws SQLException {
        OffsetDateTime ended = row.getObject("ended_at", OffsetDateTime.class);
        return new Taking(
                row.getObject("id", UUID.class),
                row.getString("application"),
                row.getString("filename"),
                Taking.Status.valueOf(row.getString("status")),
                row.getString("initiated_by"),
                row.getString("started_through"),
                row.getObject("started_at", OffsetDateTime.class).toInstant(),
                ended == null ? null : ended.toInstant(),
                row.getString("error"),
                row.getLong("dumped_bytes"));
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }
}
