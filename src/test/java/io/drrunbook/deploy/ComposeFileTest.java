package io.drrunbook.deploy;

import static io.drrunbook.deploy.Manifests.elements;
import static io.drrunbook.deploy.Manifests.texts;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.drrunbook.world.Shell;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The Compose file, as Docker Compose itself understands it. */
@Tag("deploy")
class ComposeFileTest {

    private static final Path FOLDER = Path.of("deploy/compose");

    @Test
    void composeReadsItWithTheExampleOfTheEnvironment() {
        assertThat(config("--profile", "example").get("services").fieldNames())
                .toIterable()
                .containsExactlyInAnyOrder("dr-runbook", "shop-db");
    }

    /** Compose 1 lists what is in no chosen profile, too. */
    @Test
    void theExampleDatabaseOnlyComesWhenItIsAskedFor() {
        JsonNode file = Manifests.documents(FOLDER.resolve("compose.yaml")).get(0);
        assertThat(texts(file.at("/services/shop-db/profiles"))).containsExactly("example");
        assertThat(file.at("/services/dr-runbook").has("profiles")).isFalse();
        assertThat(file.at("/services/dr-runbook").has("depends_on")).isFalse();
    }

    @Test
    void theServiceHasNoPrivilegesAndListensOnLoopback() {
        JsonNode service = config().at("/services/dr-runbook");
        assertThat(service.get("read_only").asBoolean()).isTrue();
        assertThat(texts(service.get("cap_drop"))).containsExactly("ALL");
        assertThat(texts(service.get("security_opt"))).containsExactly("no-new-privileges:true");
        assertThat(service.has("privileged")).isFalse();
        assertThat(service.get("ports").toString()).contains("127.0.0.1");
        assertThat(service.get("volumes").toString()).doesNotContain("docker.sock");
    }

    @Test
    void everySecretIsAFileAndNoneIsInTheEnvironment() throws IOException {
        JsonNode all = config("--profile", "example");
        assertThat(all.get("secrets")).isNotEmpty().allMatch(secret -> secret.has("file"));
        for (JsonNode service : all.get("services")) {
            for (JsonNode secret : service.get("secrets")) {
                String source = secret.isTextual()
                        ? secret.asText()
                        : secret.get("source").asText();
                assertThat(all.get("secrets").has(source)).as(source).isTrue();
            }
            assertThat(service.path("environment").fieldNames())
                    .toIterable()
                    .noneMatch(name -> name.matches("(?i).*(PASSWORD|SECRET|PASSPHRASE|KEY|TOKEN)"));
        }
        assertThat(Files.readString(FOLDER.resolve(".env.example")))
                .doesNotContainPattern("(?im)^[A-Z_]*(PASSWORD|SECRET|PASSPHRASE|KEY|TOKEN)[A-Z_]*=");
    }

    @Test
    void whatTheServiceWritesIsAVolumeThatTheImageMakesForItsUser() throws IOException {
        String image = Files.readString(Path.of("Dockerfile"));
        List<String> written = elements(config().at("/services/dr-runbook/volumes"))
                .map(ComposeFileTest::target)
                .filter(target -> !target.isEmpty())
                .toList();
        assertThat(written).containsExactlyInAnyOrder("/srv/dr/data", "/var/backups/dr");
        assertThat(image).contains("install -d -o 10001 -g 10001 -m 700 " + String.join(" ", written));
    }

    /** Where a volume is mounted; empty when it is read-only. Compose 1 answers in the short form, 2 in the long one. */
    private static String target(JsonNode volume) {
        if (volume.isTextual()) {
            String[] parts = volume.asText().split(":");
            return parts.length > 2 && parts[2].equals("ro") ? "" : parts[1];
        }
        return volume.path("read_only").asBoolean() ? "" : volume.get("target").asText();
    }

    private static JsonNode config(String... options) {
        List<String> command = new ArrayList<>(
                Shell.succeeds("docker-compose", "version") ? List.of("docker-compose") : List.of("docker", "compose"));
        command.addAll(List.of(
                "-f", FOLDER.resolve("compose.yaml").toString(), "--env-file", FOLDER.resolve(".env.example") + ""));
        command.addAll(List.of(options));
        command.add("config");
        byte[] answer = Shell.output(Map.of(), command);
        return new ObjectMapper().valueToTree(new Yaml().load(new String(answer, StandardCharsets.UTF_8)));
    }
}
