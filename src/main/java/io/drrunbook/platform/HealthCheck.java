package io.drrunbook.platform;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings.Health;
import java.net.URI;
import java.time.Duration;

/** Asking a health page until it answers 200 or the attempts are used up. No answer is an answer, too. */
public final class HealthCheck {

    private static final int OK = 200;

    private final URI url;
    private final Health settings;
    private int made;
    private boolean healthy;
    private String lastAnswer = "none";
    private long began;

    private HealthCheck(URI url, Health settings) {
        this.url = url;
        this.settings = settings;
    }

    /**
     * The check that is configured.
     *
     * @throws RunbookException ({@code health_not_configured}) when there is no URL, or one with a password
     */
    public static HealthCheck of(String application, Health settings) {
        URI url = settings.url();
        if (url == null || url.getHost() == null) {
            throw new RunbookException(
                    "health_not_configured",
                    "dr.applications." + application + ".health.url is empty or no URL: name the page that answers 200"
                            + " when the application is healthy");
        }
        if (url.getUserInfo() != null) {
            throw new RunbookException(
                    "health_not_configured",
                    "dr.applications." + application + ".health.url has user-info, which is not sent: name a page that"
                            + " needs no password");
        }
        return new HealthCheck(url, settings);
    }

    /** With its query; not for messages. */
    public String getUrl() {
        return url.toString();
    }

    public long getTimeoutMillis() {
        return settings.timeout().toMillis();
    }

    /** To be waited before the next attempt; 0 before the first. In milliseconds. */
    public long getPauseMillis() {
        return made == 0 ? 0 : settings.interval().toMillis();
    }

    /** Whether another attempt is to be made. */
    public boolean isUndecided() {
        return !healthy && made < settings.attempts();
    }

    /** An attempt begins. */
    public void attempt() {
        made++;
        began = System.nanoTime();
    }

    /** The page answered. */
    public void answered(int status, String text) {
        healthy = status == OK;
        lastAnswer = (status + " " + text).strip();
    }

    /** The page did not answer. */
    public void unanswered(Throwable cause) {
        lastAnswer = CallFailure.words(cause, settings.timeout(), Duration.ofNanos(System.nanoTime() - began));
    }

    /** Attempts made so far. */
    public int made() {
        return made;
    }

    /** Attempts that are made at most. */
    public int attempts() {
        return settings.attempts();
    }

    /** Status code and reason, or why there was no answer. */
    public String lastAnswer() {
        return lastAnswer;
    }

    /**
     * Refuses an application that never turned green.
     *
     * @param wayBack what to do then
     * @throws RunbookException ({@code health_never_green})
     */
    public void requireHealthy(String wayBack) {
        if (!healthy) {
            throw new RunbookException(
                    "health_never_green",
                    "%s did not answer 200 in %d of %d attempts; its last answer: %s. %s"
                            .formatted(ShownUrl.of(url), made, settings.attempts(), lastAnswer, wayBack));
        }
    }
}
