package io.drrunbook.runbook;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.platform.HealthCheck;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.settings.DrSettings;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.Header;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Step 6: what the route asks the health page, and what it makes of the answers. */
@Component("verifyHealth")
class VerifyHealth {

    private static final String HEALTH = "health";

    private final DrSettings settings;

    VerifyHealth(DrSettings settings) {
        this.settings = settings;
    }

    /** The check that is configured; after a crash it begins anew. */
    public HealthCheck check(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        return HealthCheck.of(
                run.application(), settings.application(run.application()).health());
    }

    /** Before each attempt. */
    public void attempt(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @ExchangeProperty(HEALTH) HealthCheck health) {
        if (run.cancelRequested()) {
            throw new RunbookException(
                    "cancelled", "cancelled after " + health.made() + " attempts, last answer: " + health.lastAnswer());
        }
        health.attempt();
    }

    /** The page answered. */
    public void answered(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run,
            @ExchangeProperty(HEALTH) HealthCheck health,
            @Header(Exchange.HTTP_RESPONSE_CODE) int status,
            @Header(Exchange.HTTP_RESPONSE_TEXT) @Nullable String text) {
        String before = health.lastAnswer();
        health.answered(status, text == null ? "" : text);
        report(run, health, before);
    }

    /** The page did not answer. */
    public void unanswered(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run,
            @ExchangeProperty(HEALTH) HealthCheck health,
            @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Exception cause) {
        String before = health.lastAnswer();
        health.unanswered(cause);
        report(run, health, before);
    }

    /**
     * A plan: the page must be one that can be asked. What it answers now is only told, since the application of a
     * recovery may well be down.
     *
     * @throws RunbookException ({@code health_host_unknown})
     */
    public void requireKnownHost(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @ExchangeProperty(HEALTH) HealthCheck health) {
        if (health.lastAnswer().equals("unknown host")) {
            throw new RunbookException(
                    "health_host_unknown",
                    "dr.applications." + run.application() + ".health.url names a host that is not known: correct it");
        }
        run.log("the health page answers now: " + health.lastAnswer());
    }

    /** A recovery whose application is not healthy has failed. */
    public void requireHealthy(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @ExchangeProperty(HEALTH) HealthCheck health) {
        health.requireHealthy("Rolling back to the previous database is one call away: ./dr rollback " + run.id());
    }

    private static void report(ActiveRun run, HealthCheck health, String before) {
        run.progress(health.made(), health.attempts(), "attempts");
        run.detail("attempts", health.made());
        run.detail("last_answer", health.lastAnswer());
        if (!health.lastAnswer().equals(before)) {
            run.log("attempt %d of %d: %s".formatted(health.made(), health.attempts(), health.lastAnswer()));
        }
    }
}
