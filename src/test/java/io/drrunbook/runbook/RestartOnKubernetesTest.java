package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.platform.Surroundings;
import io.drrunbook.world.FaultyProxy;
import io.drrunbook.world.RecordedRun.Progress;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatus;
import io.fabric8.kubernetes.api.model.apps.DeploymentStatusBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.server.mock.KubernetesCrudDispatcher;
import io.fabric8.kubernetes.client.server.mock.KubernetesMockServer;
import io.fabric8.kubernetes.client.utils.Serialization;
import io.fabric8.mockwebserver.Context;
import io.fabric8.mockwebserver.MockWebServer;
import io.fabric8.mockwebserver.http.RecordedRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;

/**
 * Step 5 on Kubernetes. The API server itself cannot run here: it is fabric8's, over real HTTP, which stores and patches
 * what it is sent but has no controllers. The test plays the Deployment controller.
 */
@Tag("quick")
@InHarness
class RestartOnKubernetesTest {

    private static final String STEP = "direct:restart-application";
    private static final String RESTARTED_AT = "kubectl.kubernetes.io/restartedAt";

    private static KubernetesClient client;
    private static KubernetesMockServer server;

    private @Nullable Watch controller;

    @Autowired
    private StepHarness step;

    @TempDir
    private Path root;

    /** One for the class: fabric8's own extension starts one for each test, which takes a second. */
    @BeforeAll
    static void startTheApi() {
        server = new KubernetesMockServer(
                new Context(), new MockWebServer(), new HashMap<>(), new KubernetesCrudDispatcher(), false);
        server.init();
        client = server.createClient();
    }

    @AfterAll
    static void stopTheApi() {
        client.close();
        server.destroy();
    }

    @AfterEach
    void stop() {
        if (controller != null) {
            controller.close();
        }
        server.reset();
    }

    @Test
    void theStepIsDoneWhenAllPodsOfAllDeploymentsAreNewAndAvailable() throws Exception {
        deploy("shop", "web");
        deploy("shop", "worker");
        controller("shop", RestartOnKubernetesTest::complete);
        begin(Map.of("restart.deployments", "web,worker"));

        assertThat(step.send(STEP).getException()).isNull();

        assertThat(step.passed()).containsExactly("begin 5", "complete 5");
        assertThat(step.run().details())
                .containsEntry("method", "kubernetes")
                .containsEntry("deployments", List.of("web", "worker"));
        assertThat(step.run().progressed()).last().isEqualTo(new Progress(2, 2, "deployments"));
        for (String name : Set.of("web", "worker")) {
            assertThat(templateAnnotations("shop", name)).containsKey(RESTARTED_AT);
        }
    }

    /** The mock asks nobody for permission, so what it was asked for is compared with what the manifest grants. */
    @Test
    void theRoleInDeployGrantsEveryCallThatTheStepMakesAndNothingElse() throws Exception {
        deploy("shop", "web");
        deploy("shop", "worker");
        controller("shop", RestartOnKubernetesTest::complete);
        int before = server.getRequestCount();
        begin(Map.of("restart.deployments", "web,worker"));

        assertThat(step.send(STEP).getException()).isNull();

        Set<String> asked = new TreeSet<>();
        int all = server.getRequestCount();
        for (int i = 0; i < all; i++) {
            RecordedRequest request = server.takeRequest();
            // The test's own controller is not the service.
            if (i >= before && !request.getPath().endsWith("/status")) {
                asked.add(request.getMethod() + " " + request.getPath());
            }
        }
        assertThat(asked).containsExactlyInAnyOrderElementsOf(granted());
    }

    /** Verb and path of everything that the manifest's Role allows. */
    private static Set<String> granted() throws IOException {
        Map<String, String> methods = Map.of("get", "GET", "patch", "PATCH");
        Set<String> granted = new TreeSet<>();
        try (InputStream file = Files.newInputStream(Path.of("deploy/kubernetes/role-in-shop.yaml"))) {
            Role role = (Role) Serialization.<List<HasMetadata>>unmarshal(file).get(0);
            for (PolicyRule rule : role.getRules()) {
                for (String verb : rule.getVerbs()) {
                    for (String name : rule.getResourceNames()) {
                        granted.add(methods.get(verb) + " /apis/"
                                + rule.getApiGroups().get(0) + "/v1/namespaces/"
                                + role.getMetadata().getNamespace() + "/"
                                + rule.getResources().get(0) + "/" + name);
                    }
                }
            }
        }
        return granted;
    }

    @Test
    void otherAnnotationsAreKept() throws Exception {
        deploy("shop", "web");
        controller("shop", RestartOnKubernetesTest::complete);
        begin(Map.of("restart.deployments", "web"));

        step.send(STEP);

        assertThat(templateAnnotations("shop", "web")).containsKey(RESTARTED_AT).containsEntry("team", "shop");
        assertThat(get("shop", "web").getMetadata().getAnnotations()).containsEntry("owner", "operations");
        assertThat(get("shop", "web").getSpec().getReplicas()).isEqualTo(3);
    }

    @Test
    void oldPodsThatAreStillThereKeepTheStepFromBeingDone() throws Exception {
        deploy("shop", "web");
        controller("shop", status -> complete(status).edit().withReplicas(4).build());
        begin(Map.of("restart.deployments", "web", "restart.timeout", "600ms"));

        RunbookException failure = step.failure(STEP);

        assertThat(failure.code()).isEqualTo("rollout_not_complete");
        assertThat(failure)
                .hasMessageContainingAll(
                        "shop/web", "3 pods wanted, 3 updated, 3 available, 4 in all", "resume the run");
        assertThat(step.passed()).containsExactly("begin 5");
    }

    @Test
    void theStatusOfBeforeTheRestartDoesNotCountAsDone() throws Exception {
        deploy("shop", "web");
        begin(Map.of("restart.deployments", "web", "restart.timeout", "500ms"));

        assertThat(step.failure(STEP)).hasMessageContaining("generation 1 of 2 seen");
    }

    @Test
    void whatTheControllerHasGivenUpOnFailsAtOnce() throws Exception {
        deploy("shop", "web");
        controller(
                "shop",
                status -> new DeploymentStatusBuilder()
                        .withReplicas(4)
                        .withUpdatedReplicas(1)
                        .withAvailableReplicas(3)
                        .addNewCondition()
                        .withType("Progressing")
                        .withStatus("False")
                        .withReason("ProgressDeadlineExceeded")
                        .withMessage("ReplicaSet \"web-7d\" has timed out progressing.")
                        .endCondition()
                        .build());
        begin(Map.of("restart.deployments", "web", "restart.timeout", "1h"));

        assertThat(step.failure(STEP))
                .hasMessageContainingAll(
                        "has failed", "1 updated", "ProgressDeadlineExceeded", "has timed out progressing");
    }

    @Test
    void aMissingDeploymentRefusesBeforeAnyOtherIsRestarted() throws Exception {
        deploy("shop", "web");
        begin(Map.of("restart.deployments", "web,wroker"));

        RunbookException failure = step.failure(STEP);

        assertThat(failure.code()).isEqualTo("deployment_not_found");
        assertThat(failure).hasMessageContainingAll("shop/wroker", "nothing was restarted");
        assertThat(templateAnnotations("shop", "web")).doesNotContainKey(RESTARTED_AT);
    }

    @Test
    void aPausedDeploymentRefusesBeforeAnyOtherIsRestarted() throws Exception {
        deploy("shop", "web");
        Deployment paused = deploy("shop", "worker");
        client.resource(paused)
                .edit(old -> new DeploymentBuilder(old)
                        .editSpec()
                        .withPaused(true)
                        .endSpec()
                        .build());
        begin(Map.of("restart.deployments", "web,worker"));

        assertThat(step.failure(STEP).code()).isEqualTo("deployment_paused");
        assertThat(templateAnnotations("shop", "web")).doesNotContainKey(RESTARTED_AT);
    }

    @Test
    void doneTwiceAsAfterACrashItEndsTheSame() throws Exception {
        deploy("shop", "web");
        controller("shop", RestartOnKubernetesTest::complete);
        begin(Map.of("restart.deployments", "web"));

        assertThat(step.send(STEP).getException()).isNull();
        assertThat(step.send(STEP).getException()).isNull();

        assertThat(step.passed()).containsExactly("begin 5", "complete 5", "begin 5", "complete 5");
    }

    @Test
    void withoutANamespaceThePodsOwnIsTaken() throws Exception {
        Path account = Files.createDirectories(root.resolve("var/run/secrets/kubernetes.io/serviceaccount"));
        Files.writeString(account.resolve("token"), "t0ken");
        Files.writeString(account.resolve("namespace"), "orders\n");
        deploy("orders", "web");
        controller("orders", RestartOnKubernetesTest::complete);
        begin(
                Map.of("restart.namespace", "", "restart.method", "auto", "restart.deployments", "web"),
                client,
                new Surroundings(Map.of("KUBERNETES_SERVICE_HOST", "127.0.0.1"), root));

        assertThat(step.send(STEP).getException()).isNull();

        assertThat(templateAnnotations("orders", "web")).containsKey(RESTARTED_AT);
        assertThat(step.run().logged()).anyMatch(line -> line.contains("in namespace orders"));
    }

    @Test
    void outsideOfAPodTheNamespaceIsDefault() throws Exception {
        begin(Map.of("restart.namespace", "", "restart.deployments", "web"));

        assertThat(step.failure(STEP)).hasMessageContaining("default/web");
    }

    @Test
    void anApiServerThatIsAwayIsNamed() throws Exception {
        try (FaultyProxy way = FaultyProxy.before(server.getPort());
                KubernetesClient throughIt = clientOf(way)) {
            way.refuse();
            begin(Map.of("restart.deployments", "web"), throughIt);

            RunbookException failure = step.failure(STEP);

            assertThat(failure.code()).isEqualTo("kubernetes_refused");
            assertThat(failure).hasMessageContaining("show Deployment shop/web");
        }
    }

    @Test
    void theServicesOwnClientIsMadeWhenItIsNeededAndDoesNotTryForMinutes() throws Exception {
        System.setProperty(Config.KUBERNETES_MASTER_SYSTEM_PROPERTY, "http://127.0.0.1:1");
        try {
            step.begin(
                    StepHarness.shop(Map.of(
                            "restart.method", "kubernetes", "restart.namespace", "shop", "restart.deployments", "web")),
                    "steps/5-restart-application.camel.yaml");
            Instant before = Instant.now();

            assertThat(step.failure(STEP).code()).isEqualTo("kubernetes_refused");
            assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(10));
        } finally {
            System.clearProperty(Config.KUBERNETES_MASTER_SYSTEM_PROPERTY);
        }
    }

    @Test
    void anApiServerThatGoesAwayLaterIsAskedAgainUntilTheTimeIsUp() throws Exception {
        deploy("shop", "web");
        try (FaultyProxy way = FaultyProxy.before(server.getPort());
                KubernetesClient throughIt = clientOf(way)) {
            begin(Map.of("restart.deployments", "web", "restart.timeout", "500ms"), throughIt);

            CompletableFuture<RunbookException> failure = CompletableFuture.supplyAsync(() -> step.failure(STEP));
            await().pollInterval(Duration.ofMillis(20))
                    .until(() -> templateAnnotations("shop", "web").containsKey(RESTARTED_AT));
            way.refuse();

            assertThat(failure.get().code()).isEqualTo("rollout_not_complete");
            assertThat(failure.get()).hasMessageContaining("Kubernetes did not answer");
        }
    }

    private static KubernetesClient clientOf(FaultyProxy way) {
        return new KubernetesClientBuilder()
                .withConfig(new ConfigBuilder(client.getConfiguration())
                        .withMasterUrl(way.endpoint())
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .build();
    }

    @Test
    void aCancelledRunStopsWaiting() throws Exception {
        deploy("shop", "web");
        begin(Map.of("restart.deployments", "web", "restart.timeout", "1h"));
        controller("shop", status -> {
            step.run().cancel();
            return status;
        });

        assertThat(step.failure(STEP).code()).isEqualTo("cancelled");
    }

    @Test
    void withoutDeploymentsTheStepNamesTheKey() throws Exception {
        begin(Map.of());

        assertThat(step.failure(STEP)).hasMessageContaining("dr.applications.shop.restart.deployments");
    }

    private void begin(Map<String, String> settings) throws Exception {
        begin(settings, client);
    }

    private void begin(Map<String, String> settings, KubernetesClient asking) throws Exception {
        begin(settings, asking, StepHarness.nothingAround());
    }

    private void begin(Map<String, String> settings, KubernetesClient asking, Surroundings surroundings)
            throws Exception {
        Map<String, String> application = new HashMap<>(
                Map.of("restart.method", "kubernetes", "restart.namespace", "shop", "restart.timeout", "20s"));
        application.putAll(settings);
        step.begin(
                StepHarness.shop(application),
                Map.of("surroundings", surroundings, "kubernetesClient", asking),
                "steps/5-restart-application.camel.yaml");
    }

    /** A Deployment of three pods that has been there for a while. */
    private Deployment deploy(String namespace, String name) {
        Deployment deployment = new DeploymentBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace(namespace)
                .withGeneration(1L)
                .addToAnnotations("owner", "operations")
                .endMetadata()
                .withNewSpec()
                .withReplicas(3)
                .withNewTemplate()
                .withNewMetadata()
                .addToAnnotations("team", "shop")
                .endMetadata()
                .withNewSpec()
                .endSpec()
                .endTemplate()
                .endSpec()
                .build();
        client.resource(deployment).create();
        Deployment created = get(namespace, name);
        created.setStatus(complete(new DeploymentStatus())
                .edit()
                .withObservedGeneration(1L)
                .build());
        return client.resource(created).updateStatus();
    }

    /** Answers each restart with that status, of the generation that it has seen. */
    private void controller(String namespace, UnaryOperator<DeploymentStatus> outcome) {
        Set<String> seen = ConcurrentHashMap.newKeySet();
        controller = client.apps().deployments().inNamespace(namespace).watch(new Watcher<>() {
            @Override
            public void eventReceived(Action action, Deployment deployment) {
                Map<String, String> annotations = annotations(deployment);
                if (annotations.containsKey(RESTARTED_AT)
                        && seen.add(deployment.getMetadata().getName() + annotations.get(RESTARTED_AT))) {
                    DeploymentStatus status = outcome.apply(new DeploymentStatus());
                    status.setObservedGeneration(deployment.getMetadata().getGeneration());
                    deployment.setStatus(status);
                    client.resource(deployment).updateStatus();
                }
            }

            @Override
            public void onClose(WatcherException cause) {
                assertThat(cause).isNull();
            }
        });
    }

    private static DeploymentStatus complete(DeploymentStatus status) {
        return status.edit()
                .withReplicas(3)
                .withUpdatedReplicas(3)
                .withAvailableReplicas(3)
                .build();
    }

    private Deployment get(String namespace, String name) {
        return client.apps().deployments().inNamespace(namespace).withName(name).get();
    }

    private Map<String, String> templateAnnotations(String namespace, String name) {
        return annotations(get(namespace, name));
    }

    private static Map<String, String> annotations(Deployment deployment) {
        return deployment.getSpec().getTemplate().getMetadata().getAnnotations();
    }
}
