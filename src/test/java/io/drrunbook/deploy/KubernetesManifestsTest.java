package io.drrunbook.deploy;

import static io.drrunbook.deploy.Manifests.elements;
import static io.drrunbook.deploy.Manifests.one;
import static io.drrunbook.deploy.Manifests.texts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1Namespace;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PersistentVolumeClaim;
import io.kubernetes.client.openapi.models.V1Role;
import io.kubernetes.client.openapi.models.V1RoleBinding;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.Yaml;

/** What {@code kubectl apply -k deploy/kubernetes} would send, against the Kubernetes schema and the rules of this house. */
@Tag("quick")
class KubernetesManifestsTest {

    private static final String USER = "10001";

    /** Fails on a number where there must be text, and the like, which the schema's own check lets pass. */
    private static final ObjectMapper TYPES = types();

    /** Fails on a field that the schema does not know, and on a missing one. */
    private interface Schema {
        void check(JsonElement object) throws IOException;
    }

    private static final Map<String, Schema> SCHEMAS = Map.of(
            "v1/Namespace", V1Namespace::validateJsonElement,
            "v1/ServiceAccount", V1ServiceAccount::validateJsonElement,
            "v1/ConfigMap", V1ConfigMap::validateJsonElement,
            "v1/PersistentVolumeClaim", V1PersistentVolumeClaim::validateJsonElement,
            "v1/Service", V1Service::validateJsonElement,
            "apps/v1/Deployment", V1Deployment::validateJsonElement,
            "networking.k8s.io/v1/NetworkPolicy", V1NetworkPolicy::validateJsonElement,
            "rbac.authorization.k8s.io/v1/Role", V1Role::validateJsonElement,
            "rbac.authorization.k8s.io/v1/RoleBinding", V1RoleBinding::validateJsonElement);

    static Stream<JsonNode> manifests() {
        return Manifests.all().stream();
    }

    @ParameterizedTest(name = "{index}")
    @MethodSource("manifests")
    void eachIsWhatKubernetesKnows(JsonNode manifest) {
        assertThatCode(() -> validate(manifest)).as(manifest.toString()).doesNotThrowAnyException();
    }

    @Test
    void theSchemaRefusesWhatIsWrong() {
        ObjectNode misspelled = deployment();
        ((ObjectNode) container(misspelled).get("securityContext")).put("readOnlyRootFilesytem", true);
        ObjectNode incomplete = deployment();
        ((ObjectNode) incomplete.get("spec")).remove("selector");
        ObjectNode unquoted = deployment();
        ((ObjectNode) container(unquoted).get("env").get(0)).put("value", 7);

        assertThatThrownBy(() -> validate(misspelled)).hasMessageContaining("readOnlyRootFilesytem");
        assertThatThrownBy(() -> validate(incomplete)).hasMessageContaining("selector");
        assertThatThrownBy(() -> validate(unquoted)).hasMessageContaining("Integer value (7)");
    }

    @Test
    void everyFileIsApplied() throws IOException {
        try (Stream<Path> files = Files.list(Manifests.FOLDER)) {
            assertThat(files.map(file -> file.getFileName().toString())
                            .filter(name -> name.endsWith(".yaml") && !name.equals("kustomization.yaml")))
                    .containsExactlyInAnyOrderElementsOf(Manifests.resources());
        }
    }

    @Test
    void noSecretIsInTheRepositoryAndEveryOneIsReferredTo() {
        assertThat(manifests().map(object -> object.get("kind").asText())).doesNotContain("Secret");
        assertThat(podSpec().get("volumes"))
                .anyMatch(volume ->
                        volume.path("secret").path("secretName").asText().equals("dr-runbook"));
        assertThat(elements(container(deployment()).get("env"))
                        .map(variable -> variable.get("name").asText()))
                .noneMatch(name -> name.matches("(?i).*(password|passphrase|secret|key|token).*"));
        assertThat(one("ConfigMap").toString())
                .doesNotContainPattern("(?i)(password|passphrase|secret-key|access-key)");
    }

    @Test
    void thePodHasNoPrivileges() {
        JsonNode pod = podSpec().get("securityContext");
        assertThat(pod.get("runAsNonRoot").asBoolean()).isTrue();
        assertThat(pod.get("runAsUser").asText()).isEqualTo(USER);
        assertThat(pod.get("seccompProfile").get("type").asText()).isEqualTo("RuntimeDefault");
        JsonNode container = container(deployment()).get("securityContext");
        assertThat(container.get("readOnlyRootFilesystem").asBoolean()).isTrue();
        assertThat(container.get("allowPrivilegeEscalation").asBoolean()).isFalse();
        assertThat(texts(container.get("capabilities").get("drop"))).containsExactly("ALL");
        assertThat(container.has("privileged")).isFalse();
        assertThat(container.get("capabilities").has("add")).isFalse();
        for (String shared : List.of("hostNetwork", "hostPID", "hostIPC")) {
            assertThat(podSpec().has(shared)).as(shared).isFalse();
        }
        assertThat(podSpec().get("volumes")).noneMatch(volume -> volume.has("hostPath"));
    }

    @Test
    void theUserIsTheImagesAndWhatTheServiceWritesIsAVolume() throws IOException {
        String image = Files.readString(Path.of("Dockerfile"));
        assertThat(image).contains("USER " + USER + ":" + USER).contains("VOLUME /srv/dr/data");
        assertThat(elements(container(deployment()).get("volumeMounts"))
                        .filter(mount -> !mount.path("readOnly").asBoolean())
                        .map(mount -> mount.get("mountPath").asText()))
                .containsExactlyInAnyOrder("/srv/dr/data", "/tmp");
    }

    @Test
    void thereAreNeverTwoPodsOnOneJournal() {
        JsonNode spec = one("Deployment").get("spec");
        assertThat(spec.get("replicas").asInt()).isEqualTo(1);
        assertThat(spec.get("strategy").get("type").asText()).isEqualTo("Recreate");
    }

    @Test
    void selectorsPortsAndClaimsFit() {
        JsonNode labels = one("Deployment").at("/spec/template/metadata/labels");
        assertThat(one("Deployment").at("/spec/selector/matchLabels")).isEqualTo(labels);
        assertThat(one("Service").at("/spec/selector")).isEqualTo(labels);
        assertThat(one("NetworkPolicy").at("/spec/podSelector/matchLabels")).isEqualTo(labels);
        JsonNode port = container(deployment()).get("ports").get(0);
        assertThat(port.get("containerPort").asInt()).isEqualTo(8080);
        for (JsonNode named : List.of(
                one("Service").at("/spec/ports/0/targetPort"),
                one("NetworkPolicy").at("/spec/ingress/0/ports/0/port"),
                container(deployment()).at("/startupProbe/httpGet/port"),
                container(deployment()).at("/livenessProbe/httpGet/port"),
                container(deployment()).at("/readinessProbe/httpGet/port"))) {
            assertThat(named).isEqualTo(port.get("name"));
        }
        assertThat(podSpec().get("volumes"))
                .anyMatch(volume -> volume.at("/persistentVolumeClaim/claimName")
                        .equals(one("PersistentVolumeClaim").at("/metadata/name")));
        assertThat(podSpec().get("volumes"))
                .anyMatch(volume ->
                        volume.at("/configMap/name").equals(one("ConfigMap").at("/metadata/name")));
        assertThat(podSpec().get("serviceAccountName"))
                .isEqualTo(one("ServiceAccount").at("/metadata/name"));
    }

    @Test
    void probesAskWhatTheServiceAnswersToEverybody() {
        JsonNode container = container(deployment());
        assertThat(container.at("/livenessProbe/httpGet/path").asText()).isEqualTo("/actuator/health/liveness");
        assertThat(container.at("/readinessProbe/httpGet/path").asText()).isEqualTo("/actuator/health/readiness");
    }

    /** What the calls are is proven beside the step that makes them. */
    @Test
    void theAccountMayRestartTheNamedDeploymentsAndNothingElse() {
        assertThat(manifests().map(object -> object.get("kind").asText()))
                .doesNotContain("ClusterRole", "ClusterRoleBinding");
        JsonNode role = one("Role");
        assertThat(role.get("rules")).hasSize(1);
        JsonNode rule = role.get("rules").get(0);
        assertThat(texts(rule.get("apiGroups"))).containsExactly("apps");
        assertThat(texts(rule.get("resources"))).containsExactly("deployments");
        assertThat(texts(rule.get("verbs"))).containsExactlyInAnyOrder("get", "patch");
        JsonNode restart = settings().at("/dr/applications/shop/restart");
        assertThat(texts(rule.get("resourceNames"))).isEqualTo(texts(restart.get("deployments")));
        assertThat(role.at("/metadata/namespace")).isEqualTo(restart.get("namespace"));

        JsonNode binding = one("RoleBinding");
        assertThat(binding.at("/metadata/namespace")).isEqualTo(role.at("/metadata/namespace"));
        assertThat(binding.at("/roleRef/name")).isEqualTo(role.at("/metadata/name"));
        assertThat(binding.get("subjects")).hasSize(1);
        assertThat(binding.at("/subjects/0/name"))
                .isEqualTo(one("ServiceAccount").at("/metadata/name"));
        assertThat(binding.at("/subjects/0/namespace"))
                .isEqualTo(one("ServiceAccount").at("/metadata/namespace"));
    }

    @Test
    void nothingComesInButFromTwoNamespacesAndNothingGoesOutWithoutAPort() {
        JsonNode policy = one("NetworkPolicy").get("spec");
        assertThat(texts(policy.get("policyTypes"))).containsExactlyInAnyOrder("Ingress", "Egress");
        assertThat(policy.at("/ingress/0/from")).hasSize(2).allMatch(peer -> peer.has("namespaceSelector"));
        assertThat(policy.get("egress")).isNotEmpty().allSatisfy(rule -> {
            assertThat(rule.get("to")).isNotEmpty();
            assertThat(rule.get("ports")).isNotEmpty();
        });
    }

    private static void validate(JsonNode manifest) throws IOException {
        String kind = manifest.path("apiVersion").asText() + "/"
                + manifest.path("kind").asText();
        assertThat(SCHEMAS).containsKey(kind);
        SCHEMAS.get(kind).check(JsonParser.parseString(manifest.toString()));
        TYPES.readValue(manifest.toString(), HasMetadata.class);
    }

    private static ObjectMapper types() {
        ObjectMapper types = new ObjectMapper();
        for (CoercionInputShape shape :
                List.of(CoercionInputShape.Integer, CoercionInputShape.Float, CoercionInputShape.Boolean)) {
            types.coercionConfigFor(LogicalType.Textual).setCoercion(shape, CoercionAction.Fail);
        }
        types.coercionConfigFor(LogicalType.Integer).setCoercion(CoercionInputShape.String, CoercionAction.Fail);
        types.coercionConfigFor(LogicalType.Boolean).setCoercion(CoercionInputShape.String, CoercionAction.Fail);
        return types;
    }

    private static ObjectNode deployment() {
        return one("Deployment").deepCopy();
    }

    private static JsonNode podSpec() {
        return one("Deployment").at("/spec/template/spec");
    }

    private static JsonNode container(JsonNode deployment) {
        return deployment.at("/spec/template/spec/containers/0");
    }

    private static JsonNode settings() {
        Object settings =
                new Yaml().load(one("ConfigMap").at("/data/application.yml").asText());
        return new ObjectMapper().valueToTree(settings);
    }
}
