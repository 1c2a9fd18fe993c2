package io.drrunbook.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.drrunbook.failure.RunbookException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * The audit journal: runs, their steps and events, in a database that no restore touches.
 *
 * <p>Each change of a run or step is written in one transaction with its event, after it has happened.
 */
@Component
public class Journal {

    private static final TypeReference<Map<String, Object>> MAP = new TypeReference<>() {};
    private static final String ALL_RUNS = "SELECT * FROM runs";

    private final JdbcClient jdbc;
    private final EventChain chain;
    private final ObjectMapper json;
    private final UnreadableRows unreadable;

    Journal(JdbcClient jdbc, EventChain chain, ObjectMapper json, UnreadableRows unreadable) {
        this.jdbc = jdbc;
        this.chain = chain;
        this.json = json;
        this.unreadable = unreadable;
    }

    /**
     * Writes a new run with its seven steps.
     *
     * @throws RefusedException ({@code run_active}) when another run of the application is active
     */
    @Transactional
    public void admit(Run run) {
        try {
            jdbc.sql("INSERT INTO runs (id, mode, application, active_application, status, requested_backup_id,"
                            + " reason, initiated_by, started_through, start_time, rto_target_seconds,"
                            + " rpo_target_seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
                    .param(run.id())
                    .param(run.mode().name())
                    .param(run.application())
                    .param(run.application())
                    .param(run.status().name())
                    .param(run.requestedBackupId())
                    .param(run.reason())
                    .param(run.initiatedBy())
                    .param(run.trigger())
                    .param(utc(run.startTime()))
                    .param(run.rtoTargetSeconds())
                    .param(run.rpoTargetSeconds())
                    .update();
        } catch (DuplicateKeyException e) {
            throw new RefusedException(
                    RefusedException.Reason.CONFLICT,
                    "run_active",
                    "another run of " + run.application() + " is active; wait for it or cancel it");
        }
        for (Step step : run.steps()) {
            jdbc.sql("INSERT INTO steps (run_id, step, name, status) VALUES (?, ?, ?, ?)")
                    .params(run.id(), step.number(), step.name(), step.status().name())
                    .update();
        }
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("mode", lower(run.mode()));
        content.put("application", run.application());
        content.put("backup_id", run.requestedBackupId());
        content.put("reason", run.reason());
        content.put("initiated_by", run.initiatedBy());
        content.put("trigger", run.trigger());
        event(run.id(), "admitted", content);
    }

    /**
     * The run of that id.
     *
     * @throws RunbookException ({@code journal_row_unreadable}) when it is there and cannot be read
     */
    public Optional<Run> find(UUID id) {
        Optional<Optional<Run>> row =
                jdbc.sql(ALL_RUNS + " WHERE id = ?").param(id).query(runs()).optional();
        return row.map(read -> read.orElseThrow(() -> new RunbookException(
                "journal_row_unreadable",
                "run " + id + " stands in the journal and cannot be read; GET /api/v1/status names the cause")));
    }

    /** Newest first. */
    public List<Run> list(int limit, int offset) {
        return list(null, null, null, limit, offset);
    }

    /**
     * Runs that fit, newest first.
     *
     * @param application null for all
     * @param mode null for all
     * @param status null for all
     */
    public List<Run> list(
            @Nullable String application, @Nullable Mode mode, @Nullable RunStatus status, int limit, int offset) {
        List<String> conditions = new ArrayList<>();
        Map<String, Object> values = new LinkedHashMap<>();
        condition(conditions, values, "application", application);
        condition(conditions, values, "mode", mode == null ? null : mode.name());
        condition(conditions, values, "status", status == null ? null : status.name());
        String where = conditions.isEmpty() ? "" : " WHERE " + String.join(" AND ", conditions);
        List<Run> found = new ArrayList<>();
        List<Optional<Run>> rows;
        int from = offset;
        // A row that cannot be read must not make a page look like the last one.
        do {
            values.put("limit", limit - found.size());
            values.put("offset", from);
            rows = jdbc.sql(ALL_RUNS + where + " ORDER BY start_time DESC, id LIMIT :limit OFFSET :offset")
                    .params(values)
                    .query(runs())
                    .list();
            from += rows.size();
            rows.forEach(row -> row.ifPresent(found::add));
        } while (found.size() < limit && !rows.isEmpty());
        return found;
    }

    private static void condition(
            List<String> conditions, Map<String, Object> values, String column, @Nullable String value) {
        if (value != null) {
            conditions.add(column + " = :" + column);
            values.put(column, value);
        }
    }

    /** When each backup was last restored by a drill that succeeded, by the backup's id. */
    public Map<UUID, Instant> provenBackups() {
        Map<UUID, Instant> proven = new LinkedHashMap<>();
        jdbc.sql("SELECT backup_id, MAX(end_time) AS proven_at FROM runs WHERE mode = 'DRILL' AND status = 'SUCCEEDED'"
                        + " AND backup_id IS NOT NULL GROUP BY backup_id")
                .query(row -> {
                    proven.put(
                            row.getObject("backup_id", UUID.class),
                            row.getObject("proven_at", OffsetDateTime.class).toInstant());
                });
        return proven;
    }

    /** The run that holds the application, if any. */
    public Optional<Run> active(String application) {
        return jdbc.sql(ALL_RUNS + " WHERE active_application = ?")
                .param(application)
                .query(runs())
                .optional()
                .flatMap(row -> row);
    }

    /** Runs that should be going on by themselves: queued or running. */
    public List<Run> unfinished() {
        return jdbc.sql(ALL_RUNS + " WHERE status IN ('QUEUED', 'RUNNING')").query(runs()).list().stream()
                .flatMap(Optional::stream)
                .toList();
    }

    /** Runs whose swapped-out database has been kept long enough, but for applications that a run is active for. */
    public List<Run> withExpiredDatabase() {
        return jdbc
                .sql(ALL_RUNS + " WHERE COALESCE(previous_database, restored_database) IS NOT NULL"
                        + " AND previous_until < ? AND application NOT IN"
                        + " (SELECT active_application FROM runs WHERE active_application IS NOT NULL)")
                .param(utc(now()))
                .query(runs())
                .list()
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    /**
     * Moves a run into another state and says so in the journal.
     *
     * @param failure code and message when it failed; null clears what an earlier attempt left
     */
    @Transactional
    public void moved(UUID id, RunStatus status, @Nullable Failure failure) {
        boolean over = !status.active();
        // A rollback, and waiting for somebody to approve one, is no part of the recovery: how long that took stays.
        jdbc.sql("UPDATE runs SET status = ?, error = ?, error_code = ?,"
                        + " end_time = CASE WHEN rollback_asked_at IS NULL AND NOT ?"
                        + " THEN CAST(? AS TIMESTAMP WITH TIME ZONE) ELSE end_time END,"
                        + " active_application = CASE WHEN ? THEN NULL ELSE application END WHERE id = ?")
                .param(status.name())
                .param(failure == null ? null : cut(failure.message()))
                .param(failure == null ? null : failure.code())
                .param(status == RunStatus.WAITING)
                .param(over ? utc(now()) : null)
                .param(over)
                .param(id)
                .update();
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("status", lower(status));
        if (failure != null) {
            content.put("code", failure.code());
            content.put("error", failure.message());
        }
        event(id, over ? "ended" : "run", content);
    }

    /**
     * A person wants the database back that was there before the run: it takes the application's lock again, and its own time
     * stands still.
     *
     * @throws RefusedException ({@code run_active}) when another run holds it
     */
    @Transactional
    public void rollbackAsked(UUID id, String by) {
        jdbc.sql("UPDATE runs SET rollback_asked_at = ? WHERE id = ?")
                .params(utc(now()), id)
                .update();
        reopened(id, RunStatus.QUEUED);
        event(id, "rollback_requested", Map.of("by", by));
    }

    /** Records that the data from before the run is live again, and under which name what it had restored is kept. */
    @Transactional
    public void swappedBack(UUID id, String restored, Instant until) {
        jdbc.sql("UPDATE runs SET previous_database = NULL, restored_database = ?, previous_until = ?,"
                        + " rolled_back_at = ? WHERE id = ?")
                .params(restored, utc(until), utc(now()), id)
                .update();
        event(id, "swapped_back", Map.of("restored_database", restored, "until", until.toString()));
    }

    /**
     * Takes the application's lock again for a run that had ended.
     *
     * @throws RefusedException ({@code run_active}) when another run holds it
     */
    @Transactional
    public void reopened(UUID id, RunStatus status) {
        try {
            jdbc.sql("UPDATE runs SET cancel_requested = FALSE WHERE id = ?")
                    .param(id)
                    .update();
            moved(id, status, null);
        } catch (DuplicateKeyException e) {
            throw new RefusedException(
                    RefusedException.Reason.CONFLICT, "run_active", "another run of the application is active");
        }
    }

    /** Puts a run that was reopened, and of which nothing was done since, back to how it had ended. */
    @Transactional
    void closedAgain(UUID id, RunStatus status, Instant ended, @Nullable Failure failure) {
        jdbc.sql("UPDATE runs SET status = ?, end_time = ?, error = ?, error_code = ?, active_application = NULL"
                        + " WHERE id = ?")
                .param(status.name())
                .param(utc(ended))
                .param(failure == null ? null : cut(failure.message()))
                .param(failure == null ? null : failure.code())
                .param(id)
                .update();
        event(id, "run", Map.of("status", lower(status)));
    }

    /** Remembers that a running run should stop. */
    @Transactional
    public void cancelRequested(UUID id, String by) {
        jdbc.sql("UPDATE runs SET cancel_requested = TRUE WHERE id = ?")
                .param(id)
                .update();
        event(id, "cancel_requested", Map.of("by", by));
    }

    /** Whether somebody asked to cancel the run. */
    boolean isCancelRequested(UUID id) {
        return jdbc.sql("SELECT cancel_requested FROM runs WHERE id = ?")
                .param(id)
                .query(Boolean.class)
                .single();
    }

    /** A step begins; what an earlier attempt said of itself is wiped, its events stay. */
    @Transactional
    public void stepBegan(UUID id, int step) {
        jdbc.sql("UPDATE steps SET status = 'RUNNING', started_at = ?, ended_at = NULL, error = NULL, detail = '{}'"
                        + " WHERE run_id = ? AND step = ?")
                .params(utc(now()), id, step)
                .update();
        stepEvent(id, step);
    }

    /** A step has come to {@code status}. */
    @Transactional
    public void stepEnded(UUID id, int step, StepStatus status, @Nullable String error) {
        jdbc.sql("UPDATE steps SET status = ?, ended_at = ?, error = ? WHERE run_id = ? AND step = ?")
                .param(status.name())
                .param(status == StepStatus.PENDING ? null : utc(now()))
                .param(cut(error))
                .param(id)
                .param(step)
                .update();
        stepEvent(id, step);
    }

    /** Adds to what a step says of itself. */
    @Transactional
    public void stepDetail(UUID id, int step, String key, Object value) {
        Map<String, Object> detail =
                new LinkedHashMap<>(find(id).orElseThrow().step(step).detail());
        detail.put(key, value);
        jdbc.sql("UPDATE steps SET detail = ? WHERE run_id = ? AND step = ?")
                .params(write(detail), id, step)
                .update();
        event(id, "detail", Map.of("step", step, "key", key, "value", value));
    }

    /** Appends an event that changes nothing else. */
    @Transactional
    public void event(@Nullable UUID id, String kind, Map<String, ?> content) {
        chain.append(id, kind, write(content));
    }

    /** Events of a run behind {@code afterId}, oldest first. */
    public List<Event> events(UUID id, long afterId, int limit) {
        return chain.of(id, afterId, limit);
    }

    /** Events of all runs, and of none, behind {@code afterId}, oldest first. */
    public List<Event> eventsBehind(long afterId, int limit) {
        return chain.behind(afterId, limit);
    }

    /** The id of the newest event; 0 when there is none. */
    public long lastEventId() {
        return chain.lastId();
    }

    /** The id of the first event that was changed or is missing; reads the whole journal. */
    public Optional<Long> firstBrokenEvent() {
        return chain.firstBroken();
    }

    /** Records which backup was chosen and what choosing it costs. */
    @Transactional
    public void backupChosen(UUID id, UUID backupId, long dataLossSeconds) {
        jdbc.sql("UPDATE runs SET backup_id = ?, data_loss_seconds = ? WHERE id = ?")
                .params(backupId, dataLossSeconds, id)
                .update();
        event(id, "backup", Map.of("backup_id", backupId, "data_loss_seconds", dataLossSeconds));
    }

    /** Records which database was swapped out, and until when it stays. */
    @Transactional
    public void previousDatabase(UUID id, String name, Instant until) {
        jdbc.sql("UPDATE runs SET previous_database = ?, previous_until = ? WHERE id = ?")
                .params(name, utc(until), id)
                .update();
        event(id, "previous_database", Map.of("name", name, "until", until.toString()));
    }

    /** Records that the database that had been swapped out is no longer there. */
    @Transactional
    public void previousDatabaseDropped(UUID id, String name) {
        jdbc.sql(
                        "UPDATE runs SET previous_database = NULL, restored_database = NULL, previous_until = NULL WHERE id = ?")
                .param(id)
                .update();
        event(id, "previous_database_dropped", Map.of("name", name));
    }

    /** What the run remembers; never shown. */
    @Transactional(readOnly = true)
    Map<String, Object> memory(UUID id) {
        return read(jdbc.sql("SELECT memory FROM runs WHERE id = ?")
                .param(id)
                .query(String.class)
                .single());
    }

    /** Adds to what the run remembers. */
    @Transactional
    void remember(UUID id, String key, Object value) {
        Map<String, Object> memory = new LinkedHashMap<>(memory(id));
        memory.put(key, value);
        jdbc.sql("UPDATE runs SET memory = ? WHERE id = ?")
                .params(write(memory), id)
                .update();
    }

    private void stepEvent(UUID id, int number) {
        Step step = find(id).orElseThrow().step(number);
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("step", number);
        content.put("name", step.name());
        content.put("status", lower(step.status()));
        content.put("duration_seconds", step.durationSeconds(now()));
        content.put("error", step.error());
        event(id, "step", content);
    }

    /** A sentence for each row of the journal's database that cannot be read. */
    public List<String> unreadable() {
        return unreadable.sentences();
    }

    private RowMapper<Optional<Run>> runs() {
        return unreadable.sparing("run", "id", this::run);
    }

    private Run run(ResultSet row, int n) throws SQLException {
        UUID id = row.getObject("id", UUID.class);
        return new Run(
                id,
                Mode.valueOf(row.getString("mode")),
                row.getString("application"),
                RunStatus.valueOf(row.getString("status")),
                row.getObject("requested_backup_id", UUID.class),
                row.getObject("backup_id", UUID.class),
                row.getString("reason"),
                row.getString("initiated_by"),
                row.getString("started_through"),
                row.getObject("start_time", OffsetDateTime.class).toInstant(),
                instant(row, "end_time"),
                row.getString("error"),
                row.getString("error_code"),
                row.getLong("rto_target_seconds"),
                row.getLong("rpo_target_seconds"),
                row.getObject("data_loss_seconds", Long.class),
                row.getString("previous_database"),
                row.getBoolean("cancel_requested"),
                rollback(row),
                steps(id));
    }

    private static Run.@Nullable Rollback rollback(ResultSet row) throws SQLException {
        Instant asked = instant(row, "rollback_asked_at");
        return asked == null
                ? null
                : new Run.Rollback(asked, instant(row, "rolled_back_at"), row.getString("restored_database"));
    }

    private List<Step> steps(UUID id) {
        List<Step> steps = new ArrayList<>(jdbc.sql("SELECT * FROM steps WHERE run_id = ? ORDER BY step")
                .param(id)
                .query((row, n) -> new Step(
                        row.getInt("step"),
                        row.getString("name"),
                        StepStatus.valueOf(row.getString("status")),
                        instant(row, "started_at"),
                        instant(row, "ended_at"),
                        row.getString("error"),
                        read(row.getString("detail"))))
                .list());
        if (!steps.stream()
                .map(Step::number)
                .toList()
                .equals(Step.numbers().boxed().toList())) {
            throw new IllegalStateException("its steps are not 1 to " + Step.NAMES.size());
        }
        return steps;
    }

    private String write(Object value) {
        try {
            return json.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("cannot be written into the journal: " + value, e);
        }
    }

    private Map<String, Object> read(String text) {
        try {
            return json.readValue(text, MAP);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("the journal holds what is not JSON", e);
        }
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    /** Both journal databases keep microseconds. */
    static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MICROS);
    }

    private static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    static @Nullable String cut(@Nullable String text) {
        return text == null || text.length() <= 8000 ? text : text.substring(0, 7999) + "…";
    }

    static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** Why a run failed. */
    public record Failure(String code, String message) {}
}
