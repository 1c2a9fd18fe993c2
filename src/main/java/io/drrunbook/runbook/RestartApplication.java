package io.drrunbook.runbook;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.platform.ComposeProject;
import io.drrunbook.platform.Deployments;
import io.drrunbook.platform.RestartChoice;
import io.drrunbook.platform.Rollout;
import io.drrunbook.platform.Surroundings;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.run.Mode;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.settings.DrSettings.Restart;
import io.drrunbook.tool.ToolCall;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.component.kubernetes.KubernetesConstants;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Step 5: the pieces of a restart, each called by the route where its turn is. */
@Component("restartApplication")
class RestartApplication {

    private static final String ROLLOUT = "rollout";
    private static final String COMPOSE = "compose";

    private final DrSettings settings;
    private final Surroundings surroundings;
    private final Deployments deployments;

    RestartApplication(DrSettings settings, Surroundings surroundings, Deployments deployments) {
        this.settings = settings;
        this.surroundings = surroundings;
        this.deployments = deployments;
    }

    /** How the application is restarted: {@code kubernetes}, {@code compose} or {@code manual}. */
    public String method(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        RestartChoice choice = RestartChoice.of(restart(run), surroundings);
        run.detail("method", choice.word());
        run.detail("reason", choice.reason());
        run.log("restart by " + choice.word() + ": " + choice.reason());
        return choice.word();
    }

    /** Kubernetes: what is to be rolled out. */
    public void planRollout(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        List<String> names = restart(run).deployments();
        if (names.isEmpty()) {
            throw new RunbookException(
                    "restart_not_configured",
                    "dr.applications." + run.application() + ".restart.deployments is empty: name what is restarted");
        }
        run.detail("deployments", names);
        exchange.setProperty(ROLLOUT, rollout(run));
    }

    /** Kubernetes: refuses a Deployment that is not there before any other is touched. */
    public void requireRestartable(
            @ExchangeProperty(ROLLOUT) Rollout rollout, Exchange exchange, @Body @Nullable Deployment deployment) {
        deployments.requireRestartable(rollout.namespace(), name(exchange), deployment);
    }

    /** Kubernetes: the API could not be read before anything was restarted. */
    public void notRead(
            @ExchangeProperty(ROLLOUT) Rollout rollout,
            Exchange exchange,
            @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Exception cause) {
        if (cause instanceof RunbookException known) {
            throw known;
        }
        throw deployments.refused("show Deployment " + rollout.namespace() + "/" + name(exchange), cause);
    }

    /** Kubernetes: restarts all; the time of the rollout runs from here. After a crash it is done again, which is harmless. */
    public void restartAll(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        run.requireMode("restart the application", Mode.RECOVERY);
        Rollout rollout = rollout(run);
        rollout.deployments().forEach(name -> deployments.restart(rollout.namespace(), name));
        run.log("rollout restart of " + rollout.deployments() + " in namespace " + rollout.namespace());
        exchange.setProperty(ROLLOUT, rollout);
    }

    /** Kubernetes, plan: asks for permission, and for a restart that is not kept. */
    public void requirePermission(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @ExchangeProperty(ROLLOUT) Rollout rollout) {
        rollout.deployments().forEach(name -> deployments.requirePermission(rollout.namespace(), name));
        run.log("a restart of " + rollout.deployments() + " in namespace " + rollout.namespace() + " is permitted");
    }

    /** Compose, plan: the call that lists what the file has. */
    public ToolCall listKnown(@ExchangeProperty(COMPOSE) ComposeProject project) {
        return project.listKnown();
    }

    /** Compose, plan: every service must be in the file. */
    public void requireAllKnown(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @ExchangeProperty(COMPOSE) ComposeProject project) {
        project.requireAllKnown();
        run.log("Compose knows " + project.services());
    }

    /** By hand, plan: a person will be needed. */
    public void announcePerson(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        run.detail("person_needed", true);
        run.log("a person will have to restart " + run.application()
                + ": the recovery will wait for an acknowledgement");
    }

    /** Kubernetes: takes in how a Deployment stands. */
    public void look(
            @ExchangeProperty(ROLLOUT) Rollout rollout, Exchange exchange, @Body @Nullable Deployment deployment) {
        rollout.look(name(exchange), deployment);
    }

    /** Kubernetes: the API did not answer this time. */
    public void unanswered(
            @ExchangeProperty(ROLLOUT) Rollout rollout,
            Exchange exchange,
            @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Exception cause) {
        rollout.unanswered(name(exchange), cause);
    }

    /** Kubernetes: says how far it is. */
    public void rolledOut(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @ExchangeProperty(ROLLOUT) Rollout rollout) {
        run.progress(rollout.done(), rollout.deployments().size(), "deployments");
        if (run.cancelRequested()) {
            throw new RunbookException("cancelled", "cancelled while the rollout went on; Kubernetes finishes it");
        }
    }

    /** Kubernetes: a restart is done when all new pods are ready. */
    public void requireRolledOut(@ExchangeProperty(ROLLOUT) Rollout rollout) {
        rollout.requireComplete();
    }

    /** Compose: what is to be restarted. */
    public void planCompose(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        ComposeProject project = ComposeProject.of(restart(run), surroundings, run::cancelRequested);
        run.detail("services", project.services());
        exchange.setProperty(COMPOSE, project);
    }

    /** Compose: the call that tells whether the Docker client has it as a plugin. */
    public ToolCall askPlugin(@ExchangeProperty(COMPOSE) ComposeProject project) {
        return project.askPlugin();
    }

    /** Compose: there is no plugin. */
    public void useStandalone(@ExchangeProperty(COMPOSE) ComposeProject project) {
        project.useStandalone();
    }

    /** Compose: the call that restarts. */
    public ToolCall composeRestart(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @ExchangeProperty(COMPOSE) ComposeProject project) {
        run.requireMode("restart the application", Mode.RECOVERY);
        return project.restart(run::log);
    }

    /** Compose: the call that lists what runs. */
    public ToolCall listRunning(@ExchangeProperty(COMPOSE) ComposeProject project) {
        return project.listRunning();
    }

    /** Compose: every service must run. */
    public void requireAllRunning(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @ExchangeProperty(COMPOSE) ComposeProject project) {
        project.requireAllRunning();
        int all = project.services().size();
        run.progress(all, all, "services");
        run.log("restarted and running: " + project.services());
    }

    /** Compose: says what went wrong. */
    public void composeFailed(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run,
            @ExchangeProperty(COMPOSE) ComposeProject project,
            @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Exception cause) {
        if (run.cancelRequested()
                && cause instanceof RunbookException known
                && known.code().equals("cancelled")) {
            throw known;
        }
        throw project.failed(cause);
    }

    /** By hand: what a person is asked to do. */
    public String instruction(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        Restart restart = restart(run);
        String parts = Stream.concat(restart.deployments().stream(), restart.services().stream())
                .distinct()
                .collect(Collectors.joining(", "));
        return "Restart " + run.application() + (parts.isEmpty() ? "" : " (" + parts + ")")
                + " by hand, so that it opens new sessions to the restored database; then acknowledge: ./dr ack "
                + run.id() + " 5 --note \"restarted\"";
    }

    private Rollout rollout(ActiveRun run) {
        Restart restart = restart(run);
        return new Rollout(deployments.namespace(restart), restart.deployments(), restart.timeout());
    }

    private Restart restart(ActiveRun run) {
        return settings.application(run.application()).restart();
    }

    private static String name(Exchange exchange) {
        return exchange.getMessage().getHeader(KubernetesConstants.KUBERNETES_DEPLOYMENT_NAME, String.class);
    }
}
