package io.drrunbook.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;

/** The settings and secrets of the examples, read as the service reads them: none is missing, wrong or unknown. */
@Tag("quick")
class DeployedSettingsTest {

    @TempDir
    private Path directory;

    @Test
    void theConfigMapAndTheSecretAreAllThatTheServiceNeeds() throws IOException {
        Path settings = Files.writeString(
                directory.resolve("application.yml"),
                Manifests.one("ConfigMap").at("/data/application.yml").asText());
        List<String> keys = found("--from-file=([\\w.-]+)=", Files.readString(Manifests.FOLDER.resolve("README.md")));
        asKubernetesMountsThem(Files.createDirectories(directory.resolve("secrets/dr")), keys);

        DrSettings read = read(settings, directory.resolve("secrets"));

        assertThat(read.applications().get("shop").database().password())
                .isEqualTo("value of applications.shop.database.password");
        assertThat(read.encryption().passphrase()).isEqualTo("value of encryption.passphrase");
        assertThat(read.stores().r2().secretKey()).isEqualTo("value of stores.r2.secret-key");
        assertThat(read.stores().b2().accessKey()).isEqualTo("value of stores.b2.access-key");
        assertThat(read.stores().r2().region()).isEqualTo("auto");
    }

    @Test
    void theComposeFilesSettingsAndSecretsAreAllThatTheServiceNeeds() throws IOException {
        Path secrets = Files.createDirectories(directory.resolve("secrets"));
        for (String name : found("target: ([\\w.-]+)\\}", Files.readString(Path.of("deploy/compose/compose.yaml")))) {
            Files.writeString(secrets.resolve(name), "value of " + name);
        }

        DrSettings read = read(Path.of("deploy/compose/application.yml"), secrets);

        assertThat(read.applications().get("shop").database().password())
                .isEqualTo("value of dr.applications.shop.database.password");
        assertThat(read.encryption().passphrase()).isEqualTo("value of dr.encryption.passphrase");
        assertThat(read.stores().local().directory()).isEqualTo(Path.of("/var/backups/dr"));
    }

    @Test
    void aMisspelledKeyWouldBeFound() throws IOException {
        Path settings = Files.writeString(
                directory.resolve("application.yml"),
                Manifests.one("ConfigMap")
                        .at("/data/application.yml")
                        .asText()
                        .replace("namespace: shop, deployments:", "name-spaces: shop, deployments:"));
        asKubernetesMountsThem(
                Files.createDirectories(directory.resolve("secrets/dr")),
                found("--from-file=([\\w.-]+)=", Files.readString(Manifests.FOLDER.resolve("README.md"))));

        assertThatThrownBy(() -> read(settings, directory.resolve("secrets")))
                .hasMessage(
                        "dr.applications.shop.restart.name-spaces is no setting: do you mean dr.applications.shop.restart.namespace?");
    }

    /** A Secret volume: files in a hidden folder, reached through two symbolic links. */
    private static void asKubernetesMountsThem(Path mount, List<String> keys) throws IOException {
        Path files = Files.createDirectories(mount.resolve("..2026_01_01_00_00_00.123456789"));
        Files.createSymbolicLink(mount.resolve("..data"), files.getFileName());
        for (String key : keys) {
            Files.writeString(files.resolve(key), "value of " + key);
            Files.createSymbolicLink(mount.resolve(key), Path.of("..data").resolve(key));
        }
    }

    private static DrSettings read(Path settings, Path secrets) {
        try (ConfigurableApplicationContext spring = new SpringApplicationBuilder(SettingsOnly.class)
                .web(WebApplicationType.NONE)
                .logStartupInfo(false)
                .run(
                        "--spring.config.location=file:application.yml",
                        "--spring.config.additional-location=file:" + settings.toAbsolutePath(),
                        "--spring.config.import=configtree:" + secrets + "/",
                        "--spring.main.banner-mode=off",
                        "--spring.jmx.enabled=false")) {
            Binder.get(spring.getEnvironment())
                    .bind(
                            "dr",
                            Bindable.of(DrSettings.class),
                            new NoUnboundElementsBindHandler(BindHandler.DEFAULT, DeployedSettingsTest::isOurs));
            return spring.getBean(DrSettings.class);
        }
    }

    /** Not the house's own application.yml, and not DR_URL and the like of whoever runs the tests. */
    private static boolean isOurs(ConfigurationPropertySource source) {
        return source.getUnderlyingSource() instanceof PropertySource<?> from
                && !from.getName().contains("'file [application.yml]'")
                && !from.getName().equals(StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME);
    }

    private static List<String> found(String pattern, String text) {
        List<String> found = new ArrayList<>();
        var matcher = Pattern.compile(pattern).matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        assertThat(found).as(pattern).isNotEmpty();
        return found;
    }

    @Configuration(proxyBeanMethods = false)
    @EnableConfigurationProperties(DrSettings.class)
    @ComponentScan("io.drrunbook.settings")
    static class SettingsOnly {}
}
