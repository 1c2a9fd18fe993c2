package io.drrunbook.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("quick")
class ClientToolsTest {

    @TempDir
    private Path folder;

    @Test
    void theLowestThatIsNewEnoughIsTaken() throws IOException {
        install(16, 18);

        assertThat(tools().program("pg_restore", 15)).isEqualTo(folder + "/16/bin/pg_restore");
        assertThat(tools().program("pg_restore", 16)).isEqualTo(folder + "/16/bin/pg_restore");
        assertThat(tools().program("pg_restore", 17)).isEqualTo(folder + "/18/bin/pg_restore");
    }

    @Test
    void majorsAreNumbersAndNotText() throws IOException {
        install(9, 10);

        assertThat(tools().program("pg_restore", 9)).isEqualTo(folder + "/9/bin/pg_restore");
        assertThat(tools().program("pg_restore", 10)).isEqualTo(folder + "/10/bin/pg_restore");
    }

    @Test
    void whereNoneIsNewEnoughThePathDecides() throws IOException {
        install(16);
        Files.createDirectories(folder.resolve("18/bin"));
        Files.createFile(folder.resolve("README"));

        assertThat(tools().program("pg_restore", 18)).isEqualTo("pg_restore");
        assertThat(new ClientTools(folder.resolve("nothing")).program("pg_restore", 15))
                .isEqualTo("pg_restore");
    }

    @Test
    void aServerBefore17AndOnlyNewerToolsAreToldBeforeAnythingIsWritten() throws IOException {
        install(18);

        assertThat(tools().problem(Version.in("15.3"), 15, false))
                .hasValueSatisfying(why -> assertThat(why).contains("pg_restore 18", "server is 15", "client-16"));
        assertThat(tools().problem(Version.in("15.3"), 15, true)).isEmpty();
        assertThat(tools().problem(Version.in("15.3"), 17, false)).isEmpty();
        install(16);
        assertThat(tools().problem(Version.in("15.3"), 15, false)).isEmpty();
    }

    @Test
    void aDumpOfNewerToolsDoesNotGoIntoAnOlderServer() {
        assertThat(tools().problem(Version.in("17.2"), 16, true))
                .hasValueSatisfying(why -> assertThat(why).contains("pg_dump 17.2", "server is 16"));
        assertThat(tools().problem(Version.in("17.2"), 17, false)).isEmpty();
    }

    private ClientTools tools() {
        return new ClientTools(folder);
    }

    private void install(int... majors) throws IOException {
        for (int major : majors) {
            Files.createFile(
                    Files.createDirectories(folder.resolve(major + "/bin")).resolve("pg_restore"),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        }
    }
}
