package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import io.drrunbook.world.ServiceProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.Tag;
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
        try (ServiceProcess service =
                new ServiceProcess(directory.resolve("service"), """
                        dr.work-directory: %1$s/data/work
                        spring.datasource.url: jdbc:h2:file:%1$s/data/journal;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE
                        """.formatted(directory)).withRoutes(routes)) {

            assertThat(service.startToEnd()).isNotZero();

            assertThat(service.log())
                    .as(what)
                    .contains("APPLICATION FAILED TO START", "routes/ cannot be used", expected)
                    .doesNotContain("Started DrRunbook");
        }
    }
}
