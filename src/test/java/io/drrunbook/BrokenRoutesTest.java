package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import io.drrunbook.world.ServiceProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Somebody has changed the runbook and made a mistake: the service says where, and does not start half. */
@Tag("world")
class BrokenRoutesTest {

    @TempDir
    Path directory;

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            broken YAML             | - log: {message: never closed                  | housekeeping.camel.yaml, line 36
            a step that is not known | - lag: {message: hello}                       | Unknown node id: lag
            a placeholder without a value | - log: {message: "{{dr.nothing}}"}       | dr.nothing
            """)
    void aMistakeInARouteStopsTheStartWithOneLineThatSaysWhere(String what, String line, String expected)
            throws IOException {
        Path routes = directory.resolve("routes");
        FileUtils.copyDirectory(Path.of("routes").toFile(), routes.toFile());
        Path changed = routes.resolve("housekeeping.camel.yaml");
        Files.writeString(changed, Files.readString(changed) + "        " + line + "\n");
        try (ServiceProcess service = new ServiceProcess(directory.resolve("service"), settings()).withRoutes(routes)) {

            assertThat(service.startToEnd()).isNotZero();

            assertThat(service.log())
                    .as(what)
                    .contains("APPLICATION FAILED TO START", "routes/ cannot be used", expected)
                    .doesNotContain("Started DrRunbook");
        }
    }

    /** Camel would notice each of them in the middle of a recovery: a call that waits for 30 s, a property that is empty. */
    @Test
    void everyNameThatDoesNotFitIsToldAtOnceWithItsFileAndLineBeforeAnythingStarts() throws IOException {
        Path routes = directory.resolve("routes");
        FileUtils.copyDirectory(Path.of("routes").toFile(), routes.toFile());
        List<Misspelt> names = List.of(
                new Misspelt(
                        "steps/2-download-backup.camel.yaml",
                        "- to: direct:no-store-left",
                        "- to: direct:no-store-lift",
                        "no route is called 'direct:no-store-lift' (is 'no-store-left' meant?)"),
                new Misspelt(
                        "runbook.camel.yaml",
                        "simple: ${exchangeProperty.dataIsBack}",
                        "simple: ${exchangeProperty.dataIsBak}",
                        "nothing sets the exchange property 'dataIsBak' (is 'dataIsBack' meant?)"),
                new Misspelt(
                        "steps/7-reroute-traffic.camel.yaml",
                        "method: leaveToLoadBalancer",
                        "method: leaveLoadBalancer",
                        "the bean 'rerouteTraffic' has no method 'leaveLoadBalancer' (is 'leaveToLoadBalancer' meant?)"),
                new Misspelt(
                        "steps/6-verify-health.camel.yaml",
                        "ref: stepGate",
                        "ref: stepGait",
                        "there is no bean 'stepGait'"),
                new Misspelt(
                        "stores/r2.camel.yaml",
                        "#r2Client&operation=getObject",
                        "#r2Clint&operation=getObject",
                        "there is no bean 'r2Clint' for aws2-s3:"),
                new Misspelt(
                        "stores/b2.camel.yaml",
                        "routeConfigurationId: store-leg",
                        "routeConfigurationId: store-log",
                        "there is no route configuration 'store-log'"),
                new Misspelt(
                        "retention.camel.yaml",
                        "direct:delete-from-${",
                        "direct:delete-form-${",
                        "no route is called 'direct:delete-form-...'"));
        for (Misspelt name : names) {
            name.writeInto(routes);
        }
        new Misspelt("alerts/sms.camel.yaml", "direct:send-by-sms", "direct:send-by-mms", "").writeInto(routes);
        new Misspelt("stores/b2.camel.yaml", "direct:read-from-b2", "direct:read-from-b3", "").writeInto(routes);
        try (ServiceProcess service = new ServiceProcess(directory.resolve("service"), settings()).withRoutes(routes)) {

            assertThat(service.startToEnd()).isNotZero();

            assertThat(service.log())
                    .contains("APPLICATION FAILED TO START", "routes/ cannot be used")
                    .contains(
                            "Java calls 'direct:send-by-sms', and no route is called so",
                            "Java calls 'direct:read-from-b2', and no route is called so")
                    .doesNotContain("Started DrRunbook");
            for (Misspelt name : names) {
                assertThat(service.log())
                        .containsPattern(
                                Pattern.quote("routes/" + name.file()) + ", line \\d+: " + Pattern.quote(name.told()));
            }
        }
    }

    private String settings() {
        return """
                dr.work-directory: %1$s/data/work
                spring.datasource.url: jdbc:h2:file:%1$s/data/journal;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE
                """.formatted(directory);
    }

    /** A name in a file below {@code routes} that is written wrongly, and what is told of it. */
    private record Misspelt(String file, String right, String wrong, String told) {

        void writeInto(Path routes) throws IOException {
            Path changed = routes.resolve(file);
            String before = Files.readString(changed);
            assertThat(before).contains(right);
            Files.writeString(changed, before.replace(right, wrong));
        }
    }
}
