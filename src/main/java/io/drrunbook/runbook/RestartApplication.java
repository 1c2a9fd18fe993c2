package io.drrunbook.runbook;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.platform.Compose;
import io.drrunbook.platform.RestartMethods;
import io.drrunbook.platform.Rollout;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.settings.DrSettings.Restart;
import io.drrunbook.tool.ToolCall;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.springframework.stereotype.Component;

/** Step 5: restarts the application by whichever platform runs it. */
@Component("restartApplication")
class RestartApplication {

    private static final String DEADLINE = "rolloutDeadline";
    private static final String MISSING = "rolloutMissing";

    private final DrSettings settings;
    private final RestartMethods methods;
    private final Rollout rollout;
    private final Compose compose;

    RestartApplication(DrSettings settings, RestartMethods methods, Rollout rollout, Compose compose) {
        this.settings = settings;
        this.methods = methods;
        this.rollout = rollout;
        this.compose = compose;
    }

    /** {@code kubernetes}, {@code compose} or {@code manual}. */
    public String method(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        RestartMethods.Choice choice = methods.choose(restart(run));
        String method = choice.method().name().toLowerCase(Locale.ROOT);
        run.detail("method", method);
        run.detail("reason", choice.reason());
        run.log("restarting by " + method + ": " + choice.reason());
        return method;
    }

    /** Starts the rollout of every Deployment, and sets its deadline. */
    public void rollOut(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        Restart restart = restart(run);
        String namespace = rollout.namespace(restart);
        rollout.restart(namespace, restart.deployments());
        run.detail("namespace", namespace);
        run.detail("deployments", restart.deployments());
        exchange.setProperty("namespace", namespace);
        exchange.setProperty(DEADLINE, Instant.now().plus(restart.timeout()));
        exchange.setProperty("deployments", restart.deployments());
        exchange.setProperty("rolledOut", false);
    }

    /** Whether that Deployment's rollout is complete; keeps what is missing. */
    public void look(Exchange exchange, @Body Deployment deployment) {
        Optional<String> missing = rollout.missing(deployment);
        missing.ifPresent(what -> missing(exchange).add(what));
    }

    /** A look at all Deployments begins. */
    public void lookAgain(Exchange exchange) {
        exchange.setProperty(MISSING, new CopyOnWriteArrayList<String>());
    }

    /**
     * A look at all Deployments ends.
     *
     * @throws RunbookException ({@code rollout_not_complete}) when the deadline has passed
     */
    public void conclude(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        List<String> missing = missing(exchange);
        int all = restart(run).deployments().size();
        run.progress(all - missing.size(), all, "deployments");
        exchange.setProperty("rolledOut", missing.isEmpty());
        if (missing.isEmpty()) {
            run.log("the rollout of " + restart(run).deployments() + " is complete");
            return;
        }
        if (run.cancelRequested()) {
            throw new RunbookException("cancelled", "cancelled while waiting for the rollout of " + missing);
        }
        if (Instant.now().isAfter(exchange.getProperty(DEADLINE, Instant.class))) {
            throw new RunbookException(
                    "rollout_not_complete",
                    "the rollout is not complete after "
                            + restart(run).timeout().toSeconds() + " s: "
                            + String.join("; ", missing)
                            + "; look at the pods, then resume the run, or go back with ./dr rollback " + run.id());
        }
    }

    /** The call that restarts the services. */
    public ToolCall composeRestart(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        run.detail("services", restart(run).services());
        return compose.restart(
                restart(run), run.workDirectory(), line -> run.log("compose: " + line), run::cancelRequested);
    }

    /** Looks whether the restarted services run. */
    public void requireRunning(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        compose.requireRunning(restart(run), run.workDirectory());
    }

    /** What a person is asked to do. */
    public String instruction(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        return "restart " + run.application() + " by hand, then say so: ./dr ack " + run.id() + " 5 --note \"...\"";
    }

    private Restart restart(ActiveRun run) {
        return settings.application(run.application()).restart();
    }

    @SuppressWarnings("unchecked")
    private static List<String> missing(Exchange exchange) {
        return exchange.getProperty(MISSING, List.class);
    }
}
