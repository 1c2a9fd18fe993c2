package io.drrunbook.platform;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
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

    /** What tells the Docker client which Docker to speak to. */
    Map<String, String> dockerEnvironment() {
        return Stream.of(DOCKER_HOST, "DOCKER_CONFIG", "DOCKER_CONTEXT")
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
