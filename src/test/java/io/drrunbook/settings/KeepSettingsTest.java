package io.drrunbook.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.validation.SimpleErrors;

/** A wrong schedule or time of backups stops the service with its key, before a backup is missing. */
@Tag("quick")
@ExtendWith(OutputCaptureExtension.class)
class KeepSettingsTest {

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            dr.backup.schedule                   | backup.schedule=every night                       | "0 0 3 1 * ?"
            dr.applications.shop.backup.schedule | applications.shop.backup.schedule=0 0 25 * * ?    | "-" for never
            dr.backup.retry-delay                | backup.retry-delay=0s                             | a positive duration
            dr.backup.retries                    | backup.retries=-1                                 | 0 or more
            dr.drill.retries                     | drill.retries=-1                                  | 0 or more
            dr.backup.at-once                    | backup.at-once=0                                  | 1 or more
            dr.backup.unusual-size               | backup.unusual-size=0                             | e.g. 0.2
            dr.backup.unusual-duration           | backup.unusual-duration=1                         | e.g. 2.0
            dr.retention.schedule                | retention.schedule=-                              | set local, r2 and b2 to "-"
            dr.retention.ask-again               | retention.ask-again=0s                            | a positive duration
            dr.retention.disk-warning            | retention.disk-warning=80                         | e.g. 0.8
            dr.retention.local                   | retention.local=a month                           | or "-" for ever
            dr.retention.local                   | retention.local=0d                                | or "-" for ever
            dr.retention.r2                      | retention.r2=-30d                                 | or "-" for ever
            dr.retention.local                   | retention.local=10m applications.shop.objectives.rpo=15m | dr.applications.shop.objectives.rpo (15m)
            dr.retention.local                   | retention.local=2d applications.shop.objectives.rpo=7d | 2d, not longer
            """)
    void isRefusedWithItsKeyAndWhatWouldBeRight(String key, String settings, String right) {
        Map<String, String> values = new HashMap<>();
        for (String setting : settings.split(" (?=[a-z.-]+=)")) {
            values.put(setting.split("=")[0], setting.split("=")[1]);
        }

        assertThat(catchThrowable(() -> check(values)))
                .isInstanceOf(WrongSettingException.class)
                .hasMessageStartingWith(key + " ")
                .hasMessageContaining(right);
    }

    @Test
    void withTheDefaultsEachStoreHasItsTimeAndADashIsForEver() {
        DrSettings.Retention defaults = bound(Map.of()).retention();
        assertThat(defaults.of("local")).contains(Duration.ofDays(30));
        assertThat(defaults.of("r2")).contains(Duration.ofDays(365));
        assertThat(defaults.of("b2")).contains(Duration.ofDays(365));
        Instant now = Instant.now();
        assertThat(defaults.isOver("local", now.minus(Duration.ofDays(31)), now))
                .isTrue();
        assertThat(defaults.isOver("r2", now.minus(Duration.ofDays(31)), now)).isFalse();

        DrSettings.Retention never = bound(Map.of("retention.local", "-")).retention();
        assertThat(never.of("local")).isEmpty();
        assertThat(never.isOver("local", Instant.EPOCH, now)).isFalse();
    }

    @Test
    void aStoreThatIsNotUsedMayHaveAnyTime() {
        assertThatCode(() -> check(Map.of("retention.r2", "1m"))).doesNotThrowAnyException();
    }

    @Test
    void aTimeThatIsShorterThanThePauseBetweenBackupsOrDrillsIsWarnedOf(CapturedOutput output) {
        check(Map.of("retention.local", "5d", "applications.shop.backup.schedule", "0 0 2 ? * SUN"));

        assertThat(output.getAll())
                .contains("dr.retention.local is 5d, and backups of shop are up to 7d apart")
                .contains("dr.retention.local is 5d, and drills of shop are up to 31d apart");
    }

    @Test
    void nothingIsWarnedOfWhenOneStoreKeepsBackupsLongEnoughForTheNextDrill(CapturedOutput output) {
        check(Map.of(
                "stores.r2.bucket", "b",
                "stores.r2.endpoint", "http://r2.example.org",
                "stores.r2.access-key", "a",
                "stores.r2.secret-key", "s"));

        assertThat(output.getAll()).doesNotContain("dr.retention");
    }

    private static void check(Map<String, String> settings) {
        DrSettings bound = bound(settings);
        new SettingsCheck().validate(bound, new SimpleErrors(bound));
    }

    private static DrSettings bound(Map<String, String> settings) {
        Map<String, String> values = new HashMap<>(Map.of(
                "dr.stores.local.directory", "/tmp",
                "dr.applications.shop.database.host", "h",
                "dr.applications.shop.database.name", "shop",
                "dr.applications.shop.database.username", "u",
                "dr.applications.shop.health.url", "http://h/"));
        settings.forEach((key, value) -> values.put("dr." + key, value));
        return new Binder(new MapConfigurationPropertySource(values)).bindOrCreate("dr", DrSettings.class);
    }
}
