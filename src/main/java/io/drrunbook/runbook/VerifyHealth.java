package io.drrunbook.runbook;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.settings.DrSettings.Health;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;

/** Step 6: counts the answers of the application's health page. */
@Component("verifyHealth")
class VerifyHealth {

    private static final String ATTEMPT = "attempt";
    private static final String ANSWER = "answer";
    private static final int GREEN = 200;

    private final DrSettings settings;

    VerifyHealth(DrSettings settings) {
        this.settings = settings;
    }

    /** Sets what the route needs: address, time-out and interval, in milliseconds. */
    public void prepare(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        Health health = health(run);
        exchange.setProperty("healthUrl", String.valueOf(health.url()));
        exchange.setProperty("healthTimeout", health.timeout().toMillis());
        exchange.setProperty("healthInterval", health.interval().toMillis());
        exchange.setProperty(ATTEMPT, 0);
        exchange.setProperty("poll", true);
        run.detail("url", String.valueOf(health.url()));
    }

    /** One answer came; only 200 is green. */
    public void answered(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        int code = exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, 0, Integer.class);
        String name = Optional.ofNullable(HttpStatus.resolve(code))
                .map(HttpStatus::getReasonPhrase)
                .orElse("");
        count(run, exchange, (code + " " + name).strip(), code == GREEN);
    }

    /** No answer came. */
    public void silent(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        Throwable cause = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
        count(run, exchange, cause.getClass().getSimpleName() + ": " + cause.getMessage(), false);
    }

    private void count(ActiveRun run, Exchange exchange, String answer, boolean green) {
        int attempt = exchange.getProperty(ATTEMPT, Integer.class) + 1;
        int attempts = health(run).attempts();
        exchange.setProperty(ATTEMPT, attempt);
        if (!answer.equals(exchange.getProperty(ANSWER)) || green) {
            run.log("attempt " + attempt + " of " + attempts + ": " + answer);
        }
        exchange.setProperty(ANSWER, answer);
        run.progress(attempt, attempts, "attempts");
        if (green || attempt >= attempts) {
            run.detail("attempts", attempt);
            run.detail("last_answer", answer);
            exchange.setProperty("poll", false);
        }
        if (!green && attempt >= attempts) {
            throw new RunbookException(
                    "health_never_green",
                    health(run).url() + " did not answer 200 in " + attempts + " attempts, last: " + answer
                            + "; look at the application and resume the run, or go back with ./dr rollback "
                            + run.id());
        }
        if (!green && run.cancelRequested()) {
            throw new RunbookException(
                    "cancelled", "cancelled while waiting for " + health(run).url());
        }
    }

    private Health health(ActiveRun run) {
        return settings.application(run.application()).health();
    }
}
