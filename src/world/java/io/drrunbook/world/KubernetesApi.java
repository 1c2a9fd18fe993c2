package io.drrunbook.world;

import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.http.MockResponse;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A Kubernetes API over HTTP. A real API server cannot run here, so this one keeps what it is given (CRUD mode), and this
 * class plays the Deployment controller: when a pod template changes it restarts what it was told to, and only then
 * reports the new pods as available.
 */
public final class KubernetesApi implements AutoCloseable {

    private static final String NAMESPACE = "shop";

    private final KubernetesMockServer server =
            new KubernetesMockServer(new Context(), new MockWebServer(), new HashMap<>(), new Dispatcher(), false);
    private final ExecutorService controller = Executors.newSingleThreadExecutor();
    private final AtomicInteger restarts = new AtomicInteger();
    private final KubernetesClient client;
    private final List<String> dryRuns = new CopyOnWriteArrayList<>();
    private volatile boolean permitting = true;
    private volatile Runnable restart = () -> {};
    private volatile boolean stuck;
    private Watch watch;

    private KubernetesApi() {
        server.init();
        client = server.createClient();
    }

    public static KubernetesApi start() {
        KubernetesApi api = new KubernetesApi();
        api.watch = api.client.apps().deployments().inNamespace(NAMESPACE).watch(new Watcher<>() {
            @Override
            public void eventReceived(Action action, Deployment deployment) {
                if (action == Action.MODIFIED || action == Action.ADDED) {
                    api.controller.submit(
                            () -> api.reconcile(deployment.getMetadata().getName()));
                }
            }

            @Override
            public void onClose(WatcherException cause) {
                api.controller.shutdown();
            }
        });
        return api;
    }

    public String namespace() {
        return NAMESPACE;
    }

    public KubernetesClient client() {
        return client;
    }

    /** Writes a kubeconfig that leads here. */
    public Path kubeconfig(Path file) {
        try {
            return Files.writeString(file, """
                    apiVersion: v1
                    kind: Config
                    clusters: [{name: here, cluster: {server: "http://127.0.0.1:%d"}}]
                    users: [{name: dr, user: {token: a-token}}]
                    contexts: [{name: here, context: {cluster: here, user: dr, namespace: %s}}]
                    current-context: here
                    """.formatted(server.getPort(), NAMESPACE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A Deployment whose pods are there; a rollout of it runs {@code restart}. */
    public void deploy(String name, Runnable restart) {
        this.restart = restart;
        client.apps()
                .deployments()
                .inNamespace(NAMESPACE)
                .resource(new DeploymentBuilder()
                        .withNewMetadata()
                        .withName(name)
                        .withNamespace(NAMESPACE)
                        .withGeneration(1L)
                        .addToAnnotations("owner", "shop-team")
                        .endMetadata()
                        .withNewSpec()
                        .withReplicas(2)
                        .withNewSelector()
                        .addToMatchLabels("app", name)
                        .endSelector()
                        .withNewTemplate()
                        .withNewMetadata()
                        .addToLabels("app", name)
                        .addToAnnotations("config", "kept")
                        .endMetadata()
                        .withNewSpec()
                        .endSpec()
                        .endTemplate()
                        .endSpec()
                        .build())
                .create();
    }

    /** Whether the service's account has any rights from now on. */
    public void permitting(boolean permitting) {
        this.permitting = permitting;
    }

    /** What was asked for without being kept. */
    public List<String> dryRuns() {
        return dryRuns;
    }

    /** From now on pods never become ready. */
    public void stuck(boolean stuck) {
        this.stuck = stuck;
    }

    public int restarts() {
        return restarts.get();
    }

    public Deployment deployment(String name) {
        return client.apps().deployments().inNamespace(NAMESPACE).withName(name).get();
    }

    @Override
    public void close() {
        watch.close();
        controller.shutdownNow();
        client.close();
        server.destroy();
    }

    private void reconcile(String name) {
        Deployment deployment = deployment(name);
        long generation = deployment.getMetadata().getGeneration();
        if (deployment.getStatus() != null
                && Objects.equals(deployment.getStatus().getObservedGeneration(), generation)) {
            return;
        }
        boolean rollout = deployment.getStatus() != null;
        if (rollout && !stuck) {
            restart.run();
            restarts.incrementAndGet();
        }
        int ready = rollout && stuck ? 1 : 2;
        client.apps()
                .deployments()
                .inNamespace(NAMESPACE)
                .withName(name)
                .editStatus(now -> new DeploymentBuilder(now)
                        .withNewStatus()
                        .withObservedGeneration(generation)
                        .withReplicas(2)
                        .withUpdatedReplicas(ready)
                        .withAvailableReplicas(ready)
                        .endStatus()
                        .build());
    }

    /** What the mock leaves out: reviews of access, and requests that are gone through without being kept. */
    private final class Dispatcher extends KubernetesCrudDispatcher {

        @Override
        public MockResponse dispatch(RecordedRequest request) {
            if (request.getPath().contains("selfsubjectaccessreviews")) {
                return json(
                        "{\"apiVersion\":\"authorization.k8s.io/v1\",\"kind\":\"SelfSubjectAccessReview\",\"spec\":{},"
                                + "\"status\":{\"allowed\":" + permitting + "}}");
            }
            if (request.getPath().contains("dryRun=All")) {
                dryRuns.add(request.getMethod() + " " + request.getPath());
                String name = request.getPath().replaceFirst("\\?.*", "").replaceFirst(".*/", "");
                return json("{\"apiVersion\":\"apps/v1\",\"kind\":\"Deployment\",\"metadata\":{\"name\":\"" + name
                        + "\"}}");
            }
            return super.dispatch(request);
        }

        private static MockResponse json(String body) {
            return new MockResponse()
                    .setResponseCode(200)
                    .setHeader("Content-Type", "application/json")
                    .setBody(body);
        }
    }
}
