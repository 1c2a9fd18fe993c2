package io.drrunbook.platform;

import io.drrunbook.settings.DrSettings.Restart;
import io.drrunbook.settings.DrSettings.Restart.Method;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Finds out how an application can be restarted from here, and says why. */
@Component
public class RestartMethods {

    private static final Path SERVICE_ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");
    private static final Path DOCKER_SOCKET = Path.of("/var/run/docker.sock");

    private final Map<String, String> environment;

    RestartMethods() {
        this(System.getenv());
    }

    RestartMethods(Map<String, String> environment) {
        this.environment = environment;
    }

    /** The configured method, or with {@code auto} the first that is possible: Kubernetes, Compose, a person. */
    public Choice choose(Restart restart) {
        if (restart.method() != Method.AUTO) {
            return new Choice(
                    restart.method(),
                    "restart.method is " + restart.method().name().toLowerCase(Locale.ROOT));
        }
        Optional<String> cluster = cluster();
        if (cluster.isPresent() && !restart.deployments().isEmpty()) {
            return new Choice(Method.KUBERNETES, cluster.get() + " and restart.deployments is set");
        }
        Optional<String> socket = dockerSocket();
        if (socket.isPresent() && restart.composeFile() != null) {
            return new Choice(Method.COMPOSE, "there is " + socket.get() + " and restart.compose-file is set");
        }
        return new Choice(
                Method.MANUAL,
                "neither Kubernetes (" + cluster.orElse("not in a pod, no kubeconfig") + ", restart.deployments "
                        + restart.deployments() + ") nor Compose (" + socket.orElse("no Docker socket")
                        + ", restart.compose-file " + restart.composeFile() + ") is possible");
    }

    /** The namespace of the pod that the service runs in, if it does. */
    static Optional<String> ownNamespace() {
        Path file = SERVICE_ACCOUNT.resolve("namespace");
        try {
            return Files.exists(file) ? Optional.of(Files.readString(file).strip()) : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }

    private Optional<String> cluster() {
        if (environment.containsKey("KUBERNETES_SERVICE_HOST") && Files.exists(SERVICE_ACCOUNT.resolve("token"))) {
            return Optional.of("the service runs in a pod");
        }
        String configured = environment.getOrDefault("KUBECONFIG", "");
        Path kubeconfig = configured.isBlank()
                ? Path.of(environment.getOrDefault("HOME", "/"), ".kube", "config")
                : Path.of(configured.split(":")[0]);
        return Files.exists(kubeconfig) ? Optional.of("there is the kubeconfig " + kubeconfig) : Optional.empty();
    }

    private Optional<String> dockerSocket() {
        String host = environment.getOrDefault("DOCKER_HOST", "");
        if (host.startsWith("unix://")) {
            Path socket = Path.of(host.substring("unix://".length()));
            return Files.exists(socket) ? Optional.of(socket.toString()) : Optional.empty();
        }
        return Files.exists(DOCKER_SOCKET) ? Optional.of(DOCKER_SOCKET.toString()) : Optional.empty();
    }

    /**
     * How it is restarted.
     *
     * @param reason why so, for the log
     */
    public record Choice(Method method, String reason) {}
}
