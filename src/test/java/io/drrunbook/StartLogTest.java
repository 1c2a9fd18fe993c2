package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import io.drrunbook.world.ServiceProcess;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a newcomer sees who has just started the service. */
@Tag("world")
class StartLogTest {

    @TempDir
    Path directory;

    @Test
    void theLogOfAStartIsShortAndEndsWithTheAddressTheApplicationsAndWhereThePasswordLies() {
        String settings = """
                dr.work-directory: %1$s/data/work
                spring.datasource.url: jdbc:h2:file:%1$s/data/journal;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE
                """.formatted(directory);
        try (ServiceProcess service = new ServiceProcess(directory.resolve("service"), settings).start()) {
            List<String> lines = service.log().lines().toList();

            assertThat(lines).hasSizeLessThanOrEqualTo(20).noneMatch(line -> line.contains(" WARN "));
            assertThat(lines.subList(lines.size() - 3, lines.size()))
                    .satisfiesExactly(
                            line -> assertThat(line).endsWith("ready at " + service.url() + "/"),
                            line -> assertThat(line).contains("applications: none", "./dr serve --config FILE"),
                            line -> assertThat(line)
                                    .contains("log in as admin with the password in ", "initial-admin-password"));
        }
    }
}
