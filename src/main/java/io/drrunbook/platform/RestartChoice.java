package io.drrunbook.platform;

import io.drrunbook.settings.DrSettings.Restart;
import io.drrunbook.settings.DrSettings.Restart.Method;
import java.util.Locale;

/**
 * How an application is restarted, and why so.
 *
 * @param method never {@code AUTO}
 */
public record RestartChoice(Method method, String reason) {

    /** What is configured; for {@code auto}, Kubernetes, else Compose, else a person. */
    public static RestartChoice of(Restart settings, Surroundings surroundings) {
        if (settings.method() != Method.AUTO) {
            return new RestartChoice(settings.method(), "restart.method says so");
        }
        String noKubernetes = whyNotKubernetes(settings, surroundings);
        if (noKubernetes.isEmpty()) {
            String place = surroundings.inPod() ? "the service runs in a pod" : "a kubeconfig is configured";
            return new RestartChoice(Method.KUBERNETES, place + " and restart.deployments is set");
        }
        String noCompose = whyNotCompose(settings, surroundings);
        if (noCompose.isEmpty()) {
            return new RestartChoice(
                    Method.COMPOSE,
                    "not Kubernetes (" + noKubernetes + "), but Docker and restart.compose-file are there");
        }
        return new RestartChoice(
                Method.MANUAL, "neither Kubernetes (" + noKubernetes + ") nor Compose (" + noCompose + ")");
    }

    /** The method as settings and logs write it. */
    public String word() {
        return method.name().toLowerCase(Locale.ROOT);
    }

    private static String whyNotKubernetes(Restart settings, Surroundings surroundings) {
        if (!surroundings.inPod() && !surroundings.hasKubeconfig()) {
            return "no pod and no kubeconfig";
        }
        return settings.deployments().isEmpty() ? "restart.deployments is empty" : "";
    }

    private static String whyNotCompose(Restart settings, Surroundings surroundings) {
        if (!surroundings.hasDocker()) {
            return "no Docker socket";
        }
        if (settings.composeFile() == null) {
            return "restart.compose-file is empty";
        }
        return settings.services().isEmpty() ? "restart.services is empty" : "";
    }
}
