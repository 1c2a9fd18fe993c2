package io.drrunbook.platform;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings.Restart;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReview;
import io.fabric8.kubernetes.api.model.authorization.v1.SelfSubjectAccessReviewBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.context.annotation.Lazy;
import org.springframework.stereotype.Component;

/** The Kubernetes Deployments of an application. Reading them is camel-kubernetes' part, which knows no rollout restart. */
@Component
public class Deployments {

    private final KubernetesClient client;
    private final Surroundings surroundings;

    Deployments(@Lazy KubernetesClient client, Surroundings surroundings) {
        this.client = client;
        this.surroundings = surroundings;
    }

    /** The namespace that is configured, else the pod's own, else {@code default}. */
    public String namespace(Restart settings) {
        return settings.namespace().isBlank() ? surroundings.podNamespace().orElse("default") : settings.namespace();
    }

    /**
     * Refuses a Deployment that cannot be restarted.
     *
     * @throws RunbookException ({@code deployment_not_found}) when there is none of that name, {@code deployment_paused}
     *     when it would never make new pods
     */
    public void requireRestartable(String namespace, String name, @Nullable Deployment deployment) {
        if (deployment == null) {
            throw new RunbookException(
                    "deployment_not_found",
                    "no Deployment " + namespace + "/" + name
                            + "; nothing was restarted. Correct restart.deployments or"
                            + " restart.namespace (kubectl -n " + namespace + " get deployments lists them)");
        }
        if (deployment.getSpec() != null
                && Boolean.TRUE.equals(deployment.getSpec().getPaused())) {
            throw new RunbookException(
                    "deployment_paused",
                    "Deployment " + namespace + "/" + name + " is paused and would not make new pods; nothing was"
                            + " restarted. Go on with: kubectl -n " + namespace + " rollout resume deployment/" + name);
        }
    }

    /**
     * Does what {@code kubectl rollout restart} does: a new time in an annotation of the pod template makes new pods. Doing
     * it again is harmless.
     *
     * @throws RunbookException ({@code kubernetes_refused}) when the API does not do it
     */
    public void restart(String namespace, String name) {
        try {
            client.apps()
                    .deployments()
                    .inNamespace(namespace)
                    .withName(name)
                    .rolling()
                    .restart();
        } catch (KubernetesClientException e) {
            throw refused("restart Deployment " + namespace + "/" + name, e);
        }
    }

    /**
     * Asks whether a restart would be permitted, and has the API go through one without keeping it.
     *
     * @throws RunbookException {@code restart_not_permitted}, {@code kubernetes_refused}
     */
    public void requirePermission(String namespace, String name) {
        try {
            for (String verb : List.of("get", "patch")) {
                SelfSubjectAccessReview answer = client.authorization()
                        .v1()
                        .selfSubjectAccessReview()
                        .create(new SelfSubjectAccessReviewBuilder()
                                .withNewSpec()
                                .withNewResourceAttributes()
                                .withGroup("apps")
                                .withResource("deployments")
                                .withNamespace(namespace)
                                .withName(name)
                                .withVerb(verb)
                                .endResourceAttributes()
                                .endSpec()
                                .build());
                if (answer.getStatus() == null
                        || !Boolean.TRUE.equals(answer.getStatus().getAllowed())) {
                    throw new RunbookException(
                            "restart_not_permitted",
                            "the service's account may not " + verb + " Deployment " + namespace + "/" + name
                                    + ": add the verb to its Role (deploy/kubernetes has one)");
                }
            }
            client.apps()
                    .deployments()
                    .inNamespace(namespace)
                    .withName(name)
                    .dryRun(true)
                    .patch(
                            PatchContext.of(PatchType.STRATEGIC_MERGE),
                            "{\"spec\":{\"template\":{\"metadata\":{\"annotations\":{"
                                    + "\"kubectl.kubernetes.io/restartedAt\":\"plan\"}}}}}");
        } catch (KubernetesClientException e) {
            throw refused("go through a restart of Deployment " + namespace + "/" + name + " without keeping it", e);
        }
    }

    /** What is thrown when the API does not do what it is asked for. */
    public RunbookException refused(String what, Throwable cause) {
        return new RunbookException(
                "kubernetes_refused",
                "Kubernetes did not " + what + ": " + cause.getMessage()
                        + ". Look at the API server and at the rights of the service's account (get and patch deployments)",
                cause);
    }
}
