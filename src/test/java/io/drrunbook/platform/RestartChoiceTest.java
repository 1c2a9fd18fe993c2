package io.drrunbook.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.drrunbook.settings.DrSettings.Restart;
import io.drrunbook.settings.DrSettings.Restart.Method;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("quick")
class RestartChoiceTest {

    private static final String ACCOUNT = "var/run/secrets/kubernetes.io/serviceaccount/";

    @TempDir
    private Path root;

    @Test
    void inAPodKubernetesIsTakenEvenWithDockerThere() throws IOException {
        file(ACCOUNT + "token");
        file("var/run/docker.sock");

        RestartChoice choice = choose(Map.of("KUBERNETES_SERVICE_HOST", "10.0.0.1"), everything());

        assertThat(choice.method()).isEqualTo(Method.KUBERNETES);
        assertThat(choice.reason()).contains("pod");
    }

    @Test
    void dockerGetsWhatIsMeantForItAndNoKeys() {
        Map<String, String> forDocker = Map.of(
                "HOME", "/home/dr",
                "XDG_RUNTIME_DIR", "/run/user/1000",
                "SSH_AUTH_SOCK", "/tmp/agent",
                "DOCKER_HOST", "ssh://host",
                "DOCKER_CERT_PATH", "/certs",
                "COMPOSE_PROJECT_NAME", "shop");
        Map<String, String> ours = new HashMap<>(forDocker);
        ours.putAll(Map.of("DR_ENCRYPTION_PASSPHRASE", "secret", "LD_PRELOAD", "x.so", "DOCKER_CONTEXT", " "));

        assertThat(new Surroundings(ours, root).dockerEnvironment()).isEqualTo(forDocker);
    }

    @Test
    void aPodWithoutAServiceAccountIsNoWayToKubernetes() throws IOException {
        file("var/run/docker.sock");

        assertThat(choose(Map.of("KUBERNETES_SERVICE_HOST", "10.0.0.1"), everything())
                        .method())
                .isEqualTo(Method.COMPOSE);
    }

    @Test
    void aKubeconfigInTheHomeDirectoryIsFound() throws IOException {
        file("home/dr/.kube/config");

        RestartChoice choice = choose(Map.of("HOME", "/home/dr"), everything());

        assertThat(choice.method()).isEqualTo(Method.KUBERNETES);
        assertThat(choice.reason()).contains("kubeconfig");
    }

    @Test
    void oneOfTheKubeconfigsNamedInTheEnvironmentIsEnough() throws IOException {
        file("etc/second");

        assertThat(choose(Map.of("KUBECONFIG", "/etc/first:/etc/second"), everything())
                        .method())
                .isEqualTo(Method.KUBERNETES);
    }

    @Test
    void kubernetesWithoutDeploymentsIsPassedOver() throws IOException {
        file("home/dr/.kube/config");
        file("run/docker.sock");

        RestartChoice choice = choose(
                Map.of("HOME", "/home/dr", "DOCKER_HOST", "unix:///run/docker.sock"),
                settings(Method.AUTO, List.of(), Path.of("/compose.yml"), List.of("web")));

        assertThat(choice.method()).isEqualTo(Method.COMPOSE);
        assertThat(choice.reason()).contains("restart.deployments is empty");
    }

    @Test
    void aSocketThatIsNamedButNotThereIsNoDocker() throws IOException {
        file("var/run/docker.sock");

        RestartChoice choice = choose(Map.of("DOCKER_HOST", "unix:///run/other.sock"), everything());

        assertThat(choice.method()).isEqualTo(Method.MANUAL);
        assertThat(choice.reason()).contains("no Docker socket");
    }

    @Test
    void dockerWithoutAComposeFileIsPassedOver() throws IOException {
        file("var/run/docker.sock");

        RestartChoice choice = choose(Map.of(), settings(Method.AUTO, List.of(), null, List.of("web")));

        assertThat(choice.method()).isEqualTo(Method.MANUAL);
        assertThat(choice.reason()).contains("restart.compose-file is empty");
    }

    @Test
    void withNothingThereAPersonIsAskedAndTheReasonNamesBoth() {
        RestartChoice choice = choose(Map.of(), everything());

        assertThat(choice.method()).isEqualTo(Method.MANUAL);
        assertThat(choice.reason()).contains("no pod and no kubeconfig", "no Docker socket");
        assertThat(choice.word()).isEqualTo("manual");
    }

    @Test
    void whatIsConfiguredIsNotSecondGuessed() throws IOException {
        file("var/run/docker.sock");

        assertThat(choose(Map.of(), settings(Method.MANUAL, List.of("web"), Path.of("/compose.yml"), List.of("web")))
                        .method())
                .isEqualTo(Method.MANUAL);
    }

    private RestartChoice choose(Map<String, String> environment, Restart settings) {
        return RestartChoice.of(settings, new Surroundings(environment, root));
    }

    private static Restart everything() {
        return settings(Method.AUTO, List.of("django-app"), Path.of("/compose.yml"), List.of("web"));
    }

    private static Restart settings(
            Method method, List<String> deployments, @Nullable Path composeFile, List<String> services) {
        return new Restart(method, "", deployments, composeFile, services, Duration.ofMinutes(5));
    }

    private void file(String path) throws IOException {
        Path file = root.resolve(path);
        Files.createDirectories(file.getParent());
        Files.createFile(file);
    }
}
