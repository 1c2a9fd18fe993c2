package io.drrunbook.alert;

import io.drrunbook.run.UnreadableRows;
import io.drrunbook.settings.DrSettings;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * The tables of alerts. Whoever raises or resolves holds the cursor's row in the same transaction, so that several nodes
 * do not raise the same alert twice.
 */
@Component
class AlertBook {

    private static final int LONGEST_MESSAGE = 8000;
    private static final int LONGEST_CAUSE = 200;
    private static final String SAME =
            " kind = :kind AND application IS NOT DISTINCT FROM :application AND cause = :cause";
    private static final String OPEN = " resolved_at IS NULL AND acknowledged_at IS NULL";

    private final JdbcClient jdbc;
    private final Channels channels;
    private final UnreadableRows unreadable;
    private final Duration fold;

    AlertBook(JdbcClient jdbc, Channels channels, UnreadableRows unreadable, DrSettings settings) {
        this.unreadable = unreadable;
        this.jdbc = jdbc;
        this.channels = channels;
        this.fold = settings.alerts().fold();
    }

    /** The last event that was looked at, locked until the end of the transaction; empty when another node is at it. */
    @Transactional(propagation = Propagation.MANDATORY)
    public Optional<Long> takeCursor() {
        return jdbc.sql("SELECT last_event FROM alert_cursor WHERE only_row = 1 FOR UPDATE SKIP LOCKED")
                .query(Long.class)
                .optional();
    }

    /** As far as the journal was looked at, without locking anything. */
    long cursor() {
        return jdbc.sql("SELECT last_event FROM alert_cursor WHERE only_row = 1")
                .query(Long.class)
                .single();
    }

    /** Whether something of that kind is not over; locks nothing. */
    boolean anyUnresolved(Kind kind) {
        return !unresolved(kind).isEmpty();
    }

    /** All events up to that one have been looked at. */
    @Transactional(propagation = Propagation.MANDATORY)
    public void moveCursor(long lastEvent) {
        jdbc.sql("UPDATE alert_cursor SET last_event = ? WHERE only_row = 1")
                .param(lastEvent)
                .update();
    }

    /**
     * Something has happened. The same cause that came up a short while ago, and that nobody has dealt with since, is
     * counted up; anything else is a new alert.
     */
    @Transactional(propagation = Propagation.MANDATORY)
    public void happened(Occurrence what) {
        Optional<UUID> same = jdbc.sql("SELECT id FROM alerts WHERE" + SAME + " AND" + OPEN
                        + " AND last_at > :since ORDER BY last_at DESC LIMIT 1")
                .params(key(what))
                .param("since", utc(what.at().minus(fold)))
                .query(UUID.class)
                .optional();
        if (same.isPresent()) {
            again(same.get(), what);
        } else {
            insert(what, channels.wanting(what.kind().severity()));
        }
    }

    /**
     * All that is so at the moment, of that kind. What was not so before is a new alert, unless it was over only for a
     * short while; what is no longer so is resolved.
     */
    @Transactional(propagation = Propagation.MANDATORY)
    public void holds(Kind kind, List<Occurrence> now) {
        List<UUID> lasting = new ArrayList<>();
        for (Occurrence what : now) {
            Optional<Condition> known = jdbc.sql("SELECT id, resolved_at FROM alerts WHERE" + SAME
                            + " AND (resolved_at IS NULL OR resolved_at > :since) ORDER BY raised_at DESC LIMIT 1")
                    .params(key(what))
                    .param("since", utc(what.at().minus(fold)))
                    .query((row, n) -> new Condition(row.getObject("id", UUID.class), instant(row, "resolved_at")))
                    .optional();
            if (known.isEmpty()) {
                lasting.add(insert(what, channels.wanting(kind.severity())));
            } else {
                lasting.add(known.get().id());
                stillSo(known.get(), what);
            }
        }
        unresolved(kind).stream().filter(id -> !lasting.contains(id)).forEach(this::resolved);
    }

    /** What was open of that kind and application is over. */
    @Transactional(propagation = Propagation.MANDATORY)
    public void resolve(Kind kind, String application) {
        jdbc.sql("UPDATE alerts SET resolved_at = ? WHERE kind = ? AND application = ? AND resolved_at IS NULL")
                .params(utc(now()), kind.word(), application)
                .update();
    }

    /** What was open of that kind and run is over. */
    @Transactional(propagation = Propagation.MANDATORY)
    public void resolve(Kind kind, UUID run) {
        jdbc.sql("UPDATE alerts SET resolved_at = ? WHERE kind = ? AND run_id = ? AND resolved_at IS NULL")
                .params(utc(now()), kind.word(), run)
                .update();
    }

    /** A new alert for those recipients, whatever was there before. */
    @Transactional(propagation = Propagation.MANDATORY)
    public UUID insert(Occurrence what, List<Channels.Target> targets) {
        UUID id = UUID.randomUUID();
        jdbc.sql("INSERT INTO alerts (id, kind, severity, application, cause, run_id, message, raised_at, last_at)"
                        + " VALUES (:id, :kind, :severity, :application, :cause, :run, :message, :at, :at)")
                .params(key(what))
                .param("id", id)
                .param("severity", what.kind().severity().name())
                .param("run", what.runId())
                .param("message", cut(what.message(), LONGEST_MESSAGE))
                .param("at", utc(what.at()))
                .update();
        for (Channels.Target target : targets) {
            jdbc.sql("INSERT INTO alert_deliveries (alert_id, channel, recipient, status, due_at)"
                            + " VALUES (?, ?, ?, 'PENDING', ?)")
                    .params(id, target.channel(), target.recipient(), utc(now()))
                    .update();
        }
        return id;
    }

    /** Says who has seen it; false when somebody had before. */
    @Transactional(propagation = Propagation.MANDATORY)
    public boolean acknowledge(UUID id, String by) {
        return jdbc.sql("UPDATE alerts SET acknowledged_at = ?, acknowledged_by = ?"
                                + " WHERE id = ? AND acknowledged_at IS NULL")
                        .params(utc(now()), cut(by, 200), id)
                        .update()
                > 0;
    }

    Optional<Alert> find(UUID id) {
        return withDeliveries(jdbc.sql("SELECT * FROM alerts WHERE id = ?")
                        .param(id)
                        .query(alerts())
                        .list())
                .stream()
                .findFirst();
    }

    List<Alert> list(boolean openOnly, int limit, int offset) {
        return withDeliveries(jdbc.sql("SELECT * FROM alerts" + (openOnly ? " WHERE" + OPEN : "")
                        + " ORDER BY raised_at DESC, id LIMIT ? OFFSET ?")
                .params(limit, offset)
                .query(alerts())
                .list());
    }

    private void again(UUID id, Occurrence what) {
        jdbc.sql("UPDATE alerts SET times = times + 1, last_at = ?, run_id = ?, message = ? WHERE id = ?")
                .param(utc(what.at()))
                .param(what.runId())
                .param(cut(what.message(), LONGEST_MESSAGE))
                .param(id)
                .update();
    }

    private void stillSo(Condition known, Occurrence what) {
        jdbc.sql("UPDATE alerts SET times = times + ?, last_at = ?, message = ?,"
                        + " acknowledged_at = CASE WHEN resolved_at IS NULL THEN acknowledged_at END,"
                        + " acknowledged_by = CASE WHEN resolved_at IS NULL THEN acknowledged_by END,"
                        + " resolved_at = NULL WHERE id = ?")
                .params(
                        known.resolvedAt() == null ? 0 : 1,
                        utc(what.at()),
                        cut(what.message(), LONGEST_MESSAGE),
                        known.id())
                .update();
    }

    private List<UUID> unresolved(Kind kind) {
        return jdbc.sql("SELECT id FROM alerts WHERE kind = ? AND resolved_at IS NULL")
                .param(kind.word())
                .query(UUID.class)
                .list();
    }

    private void resolved(UUID id) {
        jdbc.sql("UPDATE alerts SET resolved_at = ? WHERE id = ?")
                .params(utc(now()), id)
                .update();
    }

    private RowMapper<Optional<Alert>> alerts() {
        return unreadable.sparing("alert", "id", AlertBook::alert);
    }

    private List<Alert> withDeliveries(List<Optional<Alert>> rows) {
        List<Alert> alerts = rows.stream().flatMap(Optional::stream).toList();
        if (alerts.isEmpty()) {
            return alerts;
        }
        Map<UUID, List<Delivery>> deliveries = new HashMap<>();
        jdbc
                .sql("SELECT * FROM alert_deliveries WHERE alert_id IN (:ids) ORDER BY channel, recipient")
                .param("ids", alerts.stream().map(Alert::id).toList())
                .query(unreadable.sparing(
                        "delivery of alert",
                        "alert_id",
                        (row, n) -> Map.entry(row.getObject("alert_id", UUID.class), delivery(row))))
                .list()
                .stream()
                .flatMap(Optional::stream)
                .forEach(delivery -> deliveries
                        .computeIfAbsent(delivery.getKey(), id -> new ArrayList<>())
                        .add(delivery.getValue()));
        return alerts.stream()
                .map(alert -> new Alert(
                        alert.id(),
                        alert.kind(),
                        alert.severity(),
                        alert.application(),
                        alert.runId(),
                        alert.message(),
                        alert.at(),
                        alert.lastAt(),
                        alert.count(),
                        alert.resolvedAt(),
                        alert.acknowledgedAt(),
                        alert.acknowledgedBy(),
                        List.copyOf(deliveries.getOrDefault(alert.id(), List.of()))))
                .toList();
    }

    private static Alert alert(ResultSet row, int n) throws SQLException {
        return new Alert(
                row.getObject("id", UUID.class),
                row.getString("kind"),
                Severity.valueOf(row.getString("severity")),
                row.getString("application"),
                row.getObject("run_id", UUID.class),
                row.getString("message"),
                row.getObject("raised_at", OffsetDateTime.class).toInstant(),
                row.getObject("last_at", OffsetDateTime.class).toInstant(),
                row.getInt("times"),
                instant(row, "resolved_at"),
                instant(row, "acknowledged_at"),
                row.getString("acknowledged_by"),
                List.of());
    }

    private static Delivery delivery(ResultSet row) throws SQLException {
        return new Delivery(
                row.getString("channel"),
                row.getString("recipient"),
                Delivery.Status.valueOf(row.getString("status")),
                row.getInt("attempts"),
                instant(row, "delivered_at"),
                row.getString("receipt"),
                row.getString("error"));
    }

    private static Map<String, @Nullable Object> key(Occurrence what) {
        Map<String, @Nullable Object> key = new HashMap<>();
        key.put("kind", what.kind().word());
        key.put("application", what.application());
        key.put("cause", cut(what.cause(), LONGEST_CAUSE));
        return key;
    }

    private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
        OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
        return time == null ? null : time.toInstant();
    }

    /** Both journal databases keep microseconds. */
    static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MICROS);
    }

    static OffsetDateTime utc(Instant instant) {
        return instant.atOffset(ZoneOffset.UTC);
    }

    static String cut(String text, int length) {
        return text.length() <= length ? text : text.substring(0, length - 1) + "…";
    }

    private record Condition(UUID id, @Nullable Instant resolvedAt) {}
}
