package io.drrunbook.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.Shell;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Passwords, names and files may have letters beyond ASCII. */
@Tag("world")
class LocaleTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"ANSI_X3.4-1968", "ISO-8859-1", "US-ASCII", ""})
    void everyEncodingButUtf8IsRefusedWithAWayOut(String encoding) {
        assertThatThrownBy(() -> SettingsConfiguration.requireUtf8(encoding)).hasMessageContaining("LC_ALL=C.UTF-8");
    }

    @Test
    void theServiceDoesNotStartWithoutAUtf8Locale() {
        try (ServiceProcess service = new ServiceProcess(
                        directory.resolve("service"), "dr.work-directory: " + directory)
                .with("LC_ALL", "C")) {
            assertThat(service.startToEnd()).isNotZero();
            assertThat(service.log()).contains("LC_ALL=C.UTF-8");
        }
    }

    /** As systemd and cron start it. */
    @ParameterizedTest
    @ValueSource(strings = {"C", "POSIX", ""})
    void theCommandGivesItsProgramsAUtf8LocaleWhereThereIsNone(String locale) {
        byte[] charmap = Shell.output(
                Map.of("LC_ALL", locale, "LANG", ""),
                List.of("bash", "-c", "source <(sed '/^case /,$d' ./dr); locale charmap"));
        assertThat(new String(charmap, StandardCharsets.UTF_8).strip()).isEqualTo("UTF-8");
    }
}
