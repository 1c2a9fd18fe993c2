package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.platform.Surroundings;
import io.drrunbook.world.RecordedRun.Progress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** Step 5 with Docker Compose: a real Docker daemon, real containers, the real programs. */
@Tag("deploy")
@InHarness
class RestartWithComposeTest {

    private static final String STEP = "direct:restart-application";
    private static final String SERVICE = """
              %s:
                image: %s
                command: ["/bin/sleep", "%s"]
                network_mode: none
                stop_grace_period: %s
            """;

    private static DockerDaemon docker;
    private static Path composeFile;

    @Autowired
    private StepHarness step;

    @BeforeAll
    static void startDocker() throws Exception {
        docker = DockerDaemon.start();
        composeFile = Files.createDirectory(docker.directory().resolve("shop")).resolve("compose.yml");
        Files.writeString(
                composeFile,
                "version: \"2.4\"\nservices:\n"
                        + SERVICE.formatted("web", DockerDaemon.IMAGE, 1000, "0s")
                        + SERVICE.formatted("database", DockerDaemon.IMAGE, 1000, "0s")
                        + SERVICE.formatted("brief", DockerDaemon.IMAGE, 0, "0s")
                        + SERVICE.formatted("stubborn", DockerDaemon.IMAGE, 1000, "1h"));
        docker.run("docker-compose", "--file", composeFile.toString(), "up", "--detach");
    }

    @AfterAll
    static void stopDocker() throws Exception {
        docker.close();
    }

    @Test
    void theNamedServicesAreRestartedAndTheOthersLeftAlone() throws Exception {
        String web = startedAt("web");
        String database = startedAt("database");
        begin(Map.of("restart.method", "auto", "restart.services", "web"));

        assertThat(step.send(STEP).getException()).isNull();

        assertThat(step.passed()).containsExactly("begin 5", "complete 5");
        assertThat(startedAt("web")).isGreaterThan(web);
        assertThat(startedAt("database")).isEqualTo(database);
        assertThat(step.run().details()).containsEntry("method", "compose").containsEntry("services", List.of("web"));
        assertThat(step.run().progressed()).containsExactly(new Progress(1, 1, "services"));
    }

    /** Debian's Docker client has no plugin; here a script, registered as Docker asks for, passes on to docker-compose. */
    @Test
    void thePluginIsTakenWhenTheClientHasIt() throws Exception {
        Path plugin = Files.createDirectories(docker.directory().resolve("config/cli-plugins"))
                .resolve("docker-compose");
        Path called = docker.directory().resolve("called");
        Files.writeString(plugin, """
                #!/bin/sh
                if [ "$1" = docker-cli-plugin-metadata ]; then
                  echo '{"SchemaVersion":"0.1.0","Vendor":"test","Version":"1"}'
                  exit
                fi
                shift
                echo "$@" >> %s
                exec docker-compose "$@"
                """.formatted(called));
        assertThat(plugin.toFile().setExecutable(true)).isTrue();
        String web = startedAt("web");
        begin(
                Map.of("restart.services", "web"),
                Map.of("DOCKER_CONFIG", docker.directory().resolve("config").toString()));

        assertThat(step.send(STEP).getException()).isNull();

        assertThat(startedAt("web")).isGreaterThan(web);
        assertThat(Files.readString(called)).contains("version", "restart web", "ps --services");
    }

    @Test
    void aServiceThatDoesNotStayUpIsNotCalledRestarted() throws Exception {
        begin(Map.of("restart.services", "web,brief"));

        RunbookException failure = step.failure(STEP);

        assertThat(failure.code()).isEqualTo("compose_restart_failed");
        assertThat(failure).hasMessageContainingAll("not running now: brief", composeFile.toString());
        assertThat(step.passed()).containsExactly("begin 5");
    }

    @Test
    void whatComposeRefusesIsToldInItsOwnWords() throws Exception {
        begin(Map.of("restart.services", "wbe"));

        RunbookException failure = step.failure(STEP);

        assertThat(failure.code()).isEqualTo("compose_restart_failed");
        assertThat(failure).hasMessageContaining("No such service: wbe");
    }

    @Test
    void aContainerThatDoesNotStopIsWaitedForNoLongerThanTheTimeout() throws Exception {
        begin(Map.of("restart.services", "stubborn", "restart.timeout", "1s"));

        assertThat(step.failure(STEP)).hasMessageContaining("not done after 1 s");
    }

    @Test
    void aDockerThatIsNotThereIsNamed() throws Exception {
        begin(Map.of("restart.services", "web"), Map.of("DOCKER_HOST", "unix:///nonexistent/docker.sock"));

        assertThat(step.failure(STEP).code()).isEqualTo("compose_restart_failed");
    }

    @Test
    void aComposeFileThatIsNotThereIsNamed() throws Exception {
        begin(Map.of("restart.services", "web", "restart.compose-file", "/nonexistent/compose.yml"));

        RunbookException failure = step.failure(STEP);

        assertThat(failure.code()).isEqualTo("restart_not_configured");
        assertThat(failure).hasMessageContaining("/nonexistent/compose.yml");
    }

    private void begin(Map<String, String> settings) throws Exception {
        begin(settings, Map.of());
    }

    private void begin(Map<String, String> settings, Map<String, String> environment) throws Exception {
        Map<String, String> application = new HashMap<>(Map.of(
                "restart.method", "compose", "restart.compose-file", composeFile.toString(), "restart.timeout", "1m"));
        application.putAll(settings);
        Map<String, String> surroundings = new HashMap<>(Map.of("DOCKER_HOST", docker.host()));
        surroundings.putAll(environment);
        step.begin(
                StepHarness.shop(application),
                Map.of("surroundings", new Surroundings(surroundings, Path.of("/"))),
                "steps/5-restart-application.camel.yaml");
    }

    /** RFC 3339, which sorts as text. */
    private static String startedAt(String service) throws Exception {
        String container =
                docker.run("docker", "ps", "--quiet", "--filter", "label=com.docker.compose.service=" + service);
        return docker.run("docker", "inspect", "--format", "{{.State.StartedAt}}", container);
    }
}
