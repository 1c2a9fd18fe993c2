package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Reader;
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

/** The route files as an operator reads them. */
@Tag("quick")
class RoutesTest {

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void everyRouteHasAnIdAndADescription(Path file) throws IOException {
        for (Map<String, Map<String, Object>> element : elements(file)) {
            Map<String, Object> route = element.get("route");
            if (route != null) {
                assertThat(route.get("id")).as("id in " + file).asString().isNotBlank();
                assertThat(route.get("description"))
                        .as("description of " + route.get("id"))
                        .asString()
                        .hasSizeGreaterThan(20);
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    void noRouteHoldsAnErrorHandlerOfItsOwnWhichWouldBreakTheDiagramOfAll(Path file) throws IOException {
        assertThat(Files.readString(file)).doesNotContain("errorHandler:");
    }

    @Test
    void theOrderOfTheStepsStandsInTheRunbookAndNowhereElse() throws IOException {
        List<String> steps = List.of(
                "direct:select-backup",
                "direct:download-backup",
                "direct:open-backup",
                "direct:restore-database",
                "direct:restart-application",
                "direct:verify-health",
                "direct:reroute-traffic");
        List<String> called = Files.readAllLines(Path.of("routes/runbook.camel.yaml")).stream()
                .map(String::strip)
                .filter(line -> line.startsWith("- to: "))
                .map(line -> line.substring("- to: ".length()))
                .filter(steps::contains)
                .toList();
        assertThat(called).isEqualTo(steps);
        for (Path file :
                files().filter(file -> !file.endsWith("runbook.camel.yaml")).toList()) {
            assertThat(Files.readString(file))
                    .as(file.toString())
                    .doesNotContain(steps.stream().map(step -> "to: " + step).toArray(String[]::new));
        }
    }

    private static Stream<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("routes"))) {
            return files.filter(file -> file.toString().endsWith(".camel.yaml")).sorted().toList().stream();
        }
    }

    private static List<Map<String, Map<String, Object>>> elements(Path file) throws IOException {
        try (Reader reader = Files.newBufferedReader(file)) {
            return new Yaml().load(reader);
        }
    }
}
