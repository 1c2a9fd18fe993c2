package io.drrunbook.alert;

import io.drrunbook.run.Journal;
import io.drrunbook.settings.DrSettings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * What is on its way to people. All of it is in the journal's database, so a restart goes on where it was; a receiver may
 * get an alert twice when the service is killed between sending and noting it.
 */
@Component("alertDeliveries")
@Transactional
class Deliveries {

    private static final Logger LOG = LoggerFactory.getLogger(Deliveries.class);
    private static final int AT_ONCE = 20;
    private static final int LONGEST_TEXT = 1000;
    private static final String ONE = " WHERE alert_id = :alert AND channel = :channel AND recipient = :recipient";

    /** A node that has not noted an outcome this long after the time-out has died. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final JdbcClient jdbc;
    private final Journal journal;
    private final AlertBook book;
    private final Channels channels;
    private final Secrets secrets;
    private final DrSettings.Alerts settings;

    Deliveries(
            JdbcClient jdbc, Journal journal, AlertBook book, Channels channels, Secrets secrets, DrSettings settings) {
        this.jdbc = jdbc;
        this.journal = journal;
        this.book = book;
        this.channels = channels;
        this.secrets = secrets;
        this.settings = settings.alerts();
    }

    /** Those of that channel whose time has come, longest due first. */
    public List<Due> due(@ExchangeProperty("channel") String channel) {
        List<Due> due = jdbc.sql("SELECT alert_id, recipient, attempts FROM alert_deliveries"
                        + " WHERE channel = ? AND status = 'PENDING' AND due_at <= ? ORDER BY due_at LIMIT ?")
                .params(channel, AlertBook.utc(AlertBook.now()), AT_ONCE)
                .query((row, n) -> new Due(
                        row.getObject("alert_id", UUID.class),
                        channel,
                        row.getString("recipient"),
                        row.getInt("attempts")))
                .list();
        if (!due.isEmpty() && !channels.configured(channel)) {
            due.forEach(one -> giveUp(one, one.attempts(), "dr.alerts." + channel + " is no longer configured"));
            return List.of();
        }
        return due;
    }

    /** Takes it, so that nobody else tries it at the same time; false when somebody was faster. */
    public boolean claim(@ExchangeProperty(Due.PROPERTY) Due due) {
        Duration patience = Duration.ofMillis(2 * settings.timeout()).plus(GRACE);
        return jdbc.sql("UPDATE alert_deliveries SET attempts = attempts + 1, due_at = :due" + ONE
                                + " AND status = 'PENDING' AND attempts = :attempts")
                        .params(key(due))
                        .param("due", AlertBook.utc(AlertBook.now().plus(patience)))
                        .param("attempts", due.attempts())
                        .update()
                > 0;
    }

    /** The receiver has it, and has said so. */
    public void delivered(@ExchangeProperty(Due.PROPERTY) Due due, @Body String answer) {
        String receipt = AlertBook.cut(secrets.hide(answer), LONGEST_TEXT);
        jdbc.sql("UPDATE alert_deliveries SET status = 'DELIVERED', delivered_at = :at, receipt = :receipt,"
                        + " error = NULL" + ONE)
                .params(key(due))
                .param("at", AlertBook.utc(AlertBook.now()))
                .param("receipt", receipt)
                .update();
        journaled(due, "alert_delivered", due.attempts() + 1, "receipt", receipt);
    }

    /** It did not work: it is tried again later, or given up. */
    public void failed(
            @ExchangeProperty(Due.PROPERTY) Due due, @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Exception failure) {
        String error = AlertBook.cut(secrets.hide(DeliveryFailure.words(failure)), LONGEST_TEXT);
        int attempts = due.attempts() + 1;
        if (attempts >= settings.attempts()) {
            giveUp(due, attempts, error);
            return;
        }
        Duration pause = pause(attempts);
        LOG.warn(
                "alert {} did not get to {} by {} at attempt {}, and is tried again in {} s: {}",
                due.alert(),
                due.recipient(),
                due.channel(),
                attempts,
                pause.toSeconds(),
                error);
        jdbc.sql("UPDATE alert_deliveries SET error = :error, due_at = :due" + ONE)
                .params(key(due))
                .param("error", error)
                .param("due", AlertBook.utc(AlertBook.now().plus(pause)))
                .update();
    }

    /** Between the attempt of that number and the next. */
    private Duration pause(int attempts) {
        Duration pause = settings.retryDelay();
        for (int i = 1; i < attempts && pause.compareTo(settings.longestDelay()) < 0; i++) {
            pause = pause.multipliedBy(2);
        }
        return pause.compareTo(settings.longestDelay()) < 0 ? pause : settings.longestDelay();
    }

    private void giveUp(Due due, int attempts, String error) {
        LOG.error(
                "alert {} did not get to {} by {} in {} attempts and is given up: {}",
                due.alert(),
                due.recipient(),
                due.channel(),
                attempts,
                error);
        jdbc.sql("UPDATE alert_deliveries SET status = 'FAILED', error = :error" + ONE)
                .params(key(due))
                .param("error", error)
                .update();
        journaled(due, "alert_failed", attempts, "error", error);
    }

    private void journaled(Due due, String kind, int attempts, String key, String text) {
        Optional<Alert> alert = book.find(due.alert());
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("alert_id", due.alert());
        content.put("kind", alert.map(Alert::kind).orElse(""));
        content.put("channel", due.channel());
        content.put("recipient", due.recipient());
        content.put("attempts", attempts);
        content.put(key, text);
        journal.event(alert.map(Alert::runId).orElse(null), kind, content);
    }

    private static Map<String, Object> key(Due due) {
        return Map.of("alert", due.alert(), "channel", due.channel(), "recipient", due.recipient());
    }
}
