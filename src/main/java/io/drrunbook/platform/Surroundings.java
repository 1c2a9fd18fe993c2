package io.drrunbook.platform;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What the service finds around itself: a pod, a kubeconfig, a Docker socket. Files are where Kubernetes ("Accessing the
 * Kubernetes API from a Pod"), kubectl and the Docker client look for them.
 *
 * @param environment environment variables
 * @param root directory that absolute paths start from, {@code /} outside of tests
 */
public record Surroundings(Map<String, String> environment, Path root) {

    private static final String SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount/";
    private static final String DOCKER_HOST = "DOCKER_HOST";
    private static final String UNIX_SOCKET = "unix://";
    private static final Set<String> FOR_DOCKER = Set.of("HOME", "XDG_RUNTIME_DIR", "SSH_AUTH_SOCK");

    public Surroundings {
        environment = Map.copyOf(environment);
    }

    /** Those of this process. */
    public static Surroundings ofThisProcess() {
        return new Surroundings(System.getenv(), Path.of("/"));
    }

    /** Whether the service runs in a pod that may speak to the Kubernetes API. */
    boolean inPod() {
        return isSet("KUBERNETES_SERVICE_HOST") && Files.exists(file(SERVICE_ACCOUNT + "token"));
    }

    /** Whether a kubeconfig says where the Kubernetes API is. */
    boolean hasKubeconfig() {
        if (isSet("KUBECONFIG")) {
            return Stream.of(environment.get("KUBECONFIG").split(File.pathSeparator))
                    .anyMatch(config -> Files.exists(file(config)));
        }
        return isSet("HOME") && Files.exists(file(environment.get("HOME") + "/.kube/config"));
    }

    /** Whether Docker can be spoken to: its socket exists, or {@code DOCKER_HOST} names another machine. */
    boolean hasDocker() {
        String host = environment.getOrDefault(DOCKER_HOST, UNIX_SOCKET + "/var/run/docker.sock");
        return !host.startsWith(UNIX_SOCKET) || Files.exists(file(host.substring(UNIX_SOCKET.length())));
    }

    /**
     * What the Docker client and Compose read: which Docker to speak to, which project; the folder with the client's
     * contexts and plugins ({@code HOME}); the socket of a rootless Docker ({@code XDG_RUNTIME_DIR}); the agent for
     * {@code DOCKER_HOST=ssh://}. What a Compose file itself refers to belongs into the {@code .env} beside it.
     */
    Map<String, String> dockerEnvironment() {
        return environment.keySet().stream()
                .filter(name -> FOR_DOCKER.contains(name) || name.startsWith("DOCKER_") || name.startsWith("COMPOSE_"))
                .filter(this::isSet)
                .collect(Collectors.toMap(name -> name, environment::get));
    }

    /** The namespace of the pod that the service runs in; empty outside of a pod. */
    Optional<String> podNamespace() {
        Path namespace = file(SERVICE_ACCOUNT + "namespace");
        if (!inPod() || !Files.exists(namespace)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Files.readString(namespace).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(
                    namespace + " cannot be read; name the namespace in dr.applications.<name>.restart.namespace", e);
        }
    }

    private boolean isSet(String name) {
        return !environment.getOrDefault(name, "").isBlank();
    }

    private Path file(String path) {
        Path file = Path.of(path).toAbsolutePath();
        return root.resolve(file.getRoot().relativize(file));
    }
}
