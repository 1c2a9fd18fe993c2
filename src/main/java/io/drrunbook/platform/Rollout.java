package io.drrunbook.platform;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings.Restart;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentCondition;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/** Restarts Deployments the way {@code kubectl rollout restart} does, and tells when a rollout is complete. */
@Component
public class Rollout {

    private final ObjectProvider<KubernetesClient> client;

    Rollout(ObjectProvider<KubernetesClient> client) {
        this.client = client;
    }

    /** The namespace of the settings, else the pod's own, else {@code default}. */
    public String namespace(Restart restart) {
        return restart.namespace().isBlank() ? RestartMethods.ownNamespace().orElse("default") : restart.namespace();
    }

    /**
     * Restarts each Deployment, once all of them are known to exist.
     *
     * @throws RunbookException ({@code deployment_not_found}, {@code kubernetes_refuses})
     */
    public void restart(String namespace, List<String> deployments) {
        try {
            var all = client.getObject().apps().deployments().inNamespace(namespace);
            List<String> missing = deployments.stream()
                    .filter(name -> all.withName(name).get() == null)
                    .toList();
            if (!missing.isEmpty()) {
                throw new RunbookException(
                        "deployment_not_found",
                        "no Deployment " + missing + " in namespace " + namespace
                                + "; nothing was restarted; correct restart.deployments or restart.namespace");
            }
            deployments.forEach(name -> all.withName(name).rolling().restart());
        } catch (KubernetesClientException e) {
            throw new RunbookException(
                    "kubernetes_refuses",
                    "the Kubernetes API does not restart " + deployments + " in " + namespace + ": " + e.getMessage(),
                    e);
        }
    }

    /**
     * Whether all pods of a Deployment are new and ready; the rules of {@code kubectl rollout status}.
     *
     * @return what is still missing, or empty when it is complete
     * @throws RunbookException ({@code rollout_not_complete}) when Kubernetes itself has given up
     */
    public Optional<String> missing(Deployment deployment) {
        DeploymentStatus status = Optional.ofNullable(deployment.getStatus()).orElseGet(DeploymentStatus::new);
        int wanted = Optional.ofNullable(deployment.getSpec().getReplicas()).orElse(1);
        List<String> missing = new ArrayList<>();
        if (number(status.getObservedGeneration())
                < number(deployment.getMetadata().getGeneration())) {
            missing.add("the change is not seen yet");
        }
        count(missing, "updated", status.getUpdatedReplicas(), wanted);
        count(missing, "available", status.getAvailableReplicas(), wanted);
        count(missing, "in all", status.getReplicas(), wanted);
        String name = deployment.getMetadata().getName();
        for (DeploymentCondition condition : status.getConditions()) {
            if ("ProgressDeadlineExceeded".equals(condition.getReason()) && !missing.isEmpty()) {
                throw new RunbookException(
                        "rollout_not_complete",
                        "Kubernetes gave up the rollout of " + name + ": " + condition.getMessage());
            }
        }
        return missing.isEmpty() ? Optional.empty() : Optional.of(name + ": " + String.join(", ", missing));
    }

    private static void count(List<String> missing, String what, @Nullable Integer is, int wanted) {
        if (number(is) != wanted) {
            missing.add(number(is) + " of " + wanted + " pods " + what);
        }
    }

    private static long number(@Nullable Number value) {
        return value == null ? 0 : value.longValue();
    }
}
