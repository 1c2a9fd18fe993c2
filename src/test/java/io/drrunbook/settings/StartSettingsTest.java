package io.drrunbook.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;
import org.springframework.validation.SimpleErrors;

/** What would break later, or be ignored, stops the service when it starts. */
@ExtendWith(OutputCaptureExtension.class)
@Tag("quick")
class StartSettingsTest {

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            dr.backup.heartbeat                       | backup.heartbeat=0
            dr.backup.heartbeat                       | backup.heartbeat=-1
            dr.backup.heartbeat                       | backup.heartbeat=86400000
            dr.backup.clean-up-interval               | backup.clean-up-interval=0
            dr.backup.level                           | backup.level=-1
            dr.backup.level                           | backup.level=10
            dr.backup.threads                         | backup.threads=-4
            dr.backup.threads                         | backup.threads=100000
            dr.backup.lock-timeout                    | backup.lock-timeout=0s
            dr.backup.lock-timeout                    | backup.lock-timeout=-1s
            dr.backup.lock-timeout                    | backup.lock-timeout=300d
            dr.backup.retry-delay                     | backup.retry-delay=1000000d
            dr.backup.unusual-size                    | backup.unusual-size=NaN
            dr.rollout.interval                       | rollout.interval=0
            dr.watch.interval                         | watch.interval=0
            dr.watch.patience                         | watch.patience=0s
            dr.recovery.approval-check                | recovery.approval-check=0
            dr.recovery.approval-timeout              | recovery.approval-timeout=999999999d
            dr.recovery.drill-grace                   | recovery.drill-grace=-1s
            dr.drill.prove-pause                      | drill.prove-pause=-1h
            dr.drill.check-timeout                    | drill.check-timeout=40000d
            dr.upload.part-size                       | upload.part-size=0B
            dr.upload.part-size                       | upload.part-size=1MB
            dr.upload.part-size                       | upload.part-size=3GB
            dr.upload.stall-timeout                   | upload.stall-timeout=0s
            dr.upload.part-timeout                    | upload.part-timeout=-5m
            dr.upload.leftovers-after                 | upload.leftovers-after=0s
            dr.download.connect-timeout               | download.connect-timeout=60d
            dr.download.minimum-rate                  | download.minimum-rate=-1B
            dr.restore.jobs                           | restore.jobs=1000000
            dr.restore.reserve                        | restore.reserve=-1B
            dr.plan.first-bytes                       | plan.first-bytes=9999999999
            dr.security.largest-body                  | security.largest-body=0B
            dr.security.largest-console-body          | security.largest-console-body=-1MB
            dr.security.lockout-duration              | security.lockout-duration=0s
            dr.retention.local                        | retention.local=99999999d
            dr.retention.ask-again                    | retention.ask-again=99999999d
            dr.housekeeping.schedule                  | housekeeping.schedule=-
            dr.housekeeping.schedule                  | housekeeping.schedule=every hour
            dr.drill.prove-schedule                   | drill.prove-schedule=-
            dr.audit.schedule                         | audit.schedule=-
            dr.retention.schedule                     | retention.schedule=-
            dr.backup.schedule                        | backup.schedule=
            dr.drill.schedule                         | drill.schedule=0 0 3 32 * ?
            dr.drill.checks[0]                        | drill.checks[0]=
            dr.applications.shop.database.port        | applications.shop.database.port=0
            dr.applications.shop.database.port        | applications.shop.database.port=65536
            dr.applications.shop.database.port        | applications.shop.database.port=-5432
            dr.applications.shop.database.name        | applications.shop.database.name=ééééééééééééééééééééééééééééééxyzw
            dr.applications.shop.health.attempts      | applications.shop.health.attempts=2000000000
            dr.applications.shop.health.timeout       | applications.shop.health.timeout=30d
            dr.applications.shop.health.url           | applications.shop.health.url=http://h:99999/
            dr.applications.shop.health.url           | applications.shop.health.url=http:///health
            dr.applications.shop.health.url           | applications.shop.health.url=mailto:x
            dr.applications.shop.reroute.timeout      | applications.shop.reroute.timeout=0s
            dr.applications.shop.objectives.rto       | applications.shop.objectives.rto=-1h
            dr.applications.shop.objectives.rpo       | applications.shop.objectives.rpo=0s
            dr.applications.shop.restart.services[0]  | applications.shop.restart.services[0]=
            dr.alerts.interval                        | alerts.interval=5000000000
            dr.alerts.longest-delay                   | alerts.longest-delay=99999999d
            dr.stores.r2.endpoint                     | stores.r2.endpoint=https://acc.r2.cloudflarestorage.com/backups
            dr.stores.r2.endpoint                     | stores.r2.endpoint=https://acc.r2.cloudflarestorage.com/backups/
            dr.stores.r2.endpoint                     | stores.r2.endpoint=https://backups.s3.eu-central-003.backblazeb2.com
            dr.stores.r2.endpoint                     | stores.r2.endpoint=https://backups.acc.r2.cloudflarestorage.com
            dr.stores.r2.endpoint                     | stores.r2.endpoint=https://a:b@s3.example.org
            dr.stores.r2.endpoint                     | stores.r2.endpoint=s3.example.org
            dr.stores.r2.endpoint                     | stores.r2.endpoint=https://s3.example.org:99999
            dr.encryption.passphrase                  | encryption.passphrase=changeme
            dr.encryption.passphrase                  | encryption.passphrase=${DR_PASSPHRASE}
            dr.encryption.manifest-key                | encryption.manifest-key=ChangeMe
            dr.encryption.fernet-keys[0]              | encryption.fernet-keys[0]=too short
            """)
    void isRefusedWithItsKey(String key, String setting) {
        String[] parts = setting.split("=", 2);

        assertThat(catchThrowable(() -> check(Map.of(parts[0], parts[1]))))
                .isInstanceOf(WrongSettingException.class)
                .hasMessageStartingWith(key + " ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "backup.schedule=-",
                "drill.schedule=-",
                "applications.shop.drill.schedule=-",
                "applications.shop.backup.schedule=-",
                "drill.prove-within=0",
                "drill.prove-pause=0s",
                "backup.retries=0",
                "retention.local=-",
                "restore.reserve=0B",
                "applications.shop.database.name=ééééééééééééééééééééééééééééééxyz",
                "stores.r2.endpoint=https://backups.internal:9000",
                "stores.r2.endpoint=https://s3.example.org/gateway",
                "encryption.fernet-keys[0]=cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4="
            })
    void isAccepted(String setting) {
        String[] parts = setting.split("=", 2);

        assertThat(catchThrowable(() -> check(Map.of(parts[0], parts[1])))).isNull();
    }

    @Test
    void allThatIsWrongIsToldTogether() {
        assertThat(catchThrowable(() -> check(
                        Map.of("backup.heartbeat", "0", "watch.interval", "0", "encryption.passphrase", "changeme"))))
                .hasMessageContainingAll("dr.backup.heartbeat", "dr.watch.interval", "dr.encryption.passphrase");
    }

    @ParameterizedTest
    @ValueSource(strings = {"short", "aaaaaaaaaaaaaaaaaaaaaaaaaa", "abababababababababababab"})
    void aWeakPassphraseIsToldAndNeverShown(String passphrase, CapturedOutput output) {
        check(Map.of("encryption.passphrase", passphrase));

        assertThat(output.getAll()).contains("dr.encryption.passphrase is weak").doesNotContain(passphrase);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            dr.restor.jobs=4                              | dr.restore?
            dr.restore.job=4                              | dr.restore.jobs?
            dr.restore.keepPrevius=4h                     | dr.restore.keep-previous?
            dr.encryption.passphase=x                     | dr.encryption.passphrase?
            dr.encryption.fernet-key[0]=x                 | dr.encryption.fernet-keys?
            dr.applications.shop.databse.host=h           | dr.applications.shop.database?
            dr.applications.shop.database.hots=h          | dr.applications.shop.database.host?
            dr.applications.shop.helth.url=http://h/      | dr.applications.shop.health?
            dr.alerts.email.receivers=a@b                 | dr.alerts.email.
            dr.alerts.email.host.name=h                   | has nothing below it
            dr.work-dir=/tmp                              | dr.work-directory?
            """)
    void aMisspeltSettingIsRefusedAndTheNearestIsNamed(String setting, String nearest) {
        assertThat(catchThrowable(() -> start(Map.of(), setting)))
                .isInstanceOf(WrongSettingException.class)
                .hasMessageStartingWith(setting.split("=")[0].toLowerCase(Locale.ROOT) + " is no setting")
                .hasMessageContaining(nearest);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            dr.encryption.passphrase=${DR_PASSPHRASE}               | dr.encryption.passphrase still holds ${DR_PASSPHRASE}
            dr.applications.shop.database.password=x${SHOP_PW}y     | dr.applications.shop.database.password still holds ${SHOP_PW}
            dr.applications.shop.objectives.rto=${RTO}              | dr.applications.shop.objectives.rto still holds ${RTO}
            dr.encryption.former-passphrases[0]=${OLD}              | dr.encryption.former-passphrases[0] still holds ${OLD}
            dr.alerts.webhook.headers.Authorization=Bearer ${TOKEN} | still holds ${TOKEN}
            dr.stores.r2.secret-key=${R2_SECRET}                    | dr.stores.r2.secret-key still holds ${R2_SECRET}
            spring.datasource.password=${JOURNAL_PW}                | spring.datasource.password still holds ${JOURNAL_PW}
            """)
    void aVariableThatIsNotSetIsRefusedWithKeyAndName(String setting, String message) {
        assertThat(catchThrowable(() -> start(Map.of(), setting)))
                .isInstanceOf(WrongSettingException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aVariableThatIsSetOrHasADefaultIsTaken() {
        try (ConfigurableApplicationContext context = start(
                Map.of("A_PASSPHRASE", "long enough to be told nothing"),
                "dr.encryption.passphrase=${A_PASSPHRASE}",
                "dr.work-directory=${NOWHERE:/tmp/work}")) {
            DrSettings settings = context.getBean(DrSettings.class);
            assertThat(settings.encryption().passphrase()).isEqualTo("long enough to be told nothing");
            assertThat(settings.workDirectory()).isEqualTo(Path.of("/tmp/work"));
        }
    }

    @Test
    void mapsListsAndRelaxedNamesGoOnWorking() {
        start(
                        Map.of(
                                "DR_STORES_R2_BUCKET", "b",
                                "DR_STORES_R2_ENDPOINT", "https://s3.example.org",
                                "DR_STORES_R2_ACCESSKEY", "a",
                                "DR_STORES_R2_SECRETKEY", "s",
                                "DR_APPLICATIONS_SHOP_OBJECTIVES_RTO", "2h",
                                "DR_RESTORE_KEEP_PREVIOUS", "1h"),
                        "dr.restore.keepPrevious=4h",
                        "dr.users.jane.password={bcrypt}$2a$10$abc",
                        "dr.users.jane.role=operator",
                        "dr.encryption.former-passphrases=one,two",
                        "dr.alerts.webhook.headers[X-Any.Thing]=x",
                        "dr.applications.shop.reroute.headers.Authorization=x",
                        "dr.applications.shop.drill.checks[0]=select true")
                .close();
    }

    @Test
    void aMisspeltVariableIsToldAndOneOfSomebodyElseIsNot(CapturedOutput output) {
        start(Map.of(
                        "DR_RESTORE_JOBBS", "4",
                        "DR_STORES_R2_BUKET", "b",
                        "DR_PASSPHRASE", "x",
                        "DR_PORT_8080_TCP", "tcp://1",
                        "DR_URL", "http://x",
                        "DR_RESTORE_JOBS", "4"))
                .close();

        assertThat(output.getAll())
                .contains("variable DR_RESTORE_JOBBS is no setting", "variable DR_STORES_R2_BUKET is no setting")
                .doesNotContain("DR_PASSPHRASE is", "DR_PORT_8080_TCP", "DR_URL", "DR_RESTORE_JOBS is");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 0 2 * * ?    | PT36H
            0 0 * * * ?    | PT1H30M
            0 0 2 ? * SUN  | PT252H
            -              | PT36H
            """)
    void withoutAnObjectiveItIsWhatTheScheduleCanKeep(String schedule, Duration rpo) {
        DrSettings settings = bound(Map.of("applications.shop.backup.schedule", schedule));

        assertThat(settings.application("shop").objectives().rpo()).isEqualTo(rpo);
        assertThat(settings.unreachableObjective("shop")).isEmpty();
    }

    @Test
    void anObjectiveThatTheScheduleCannotKeepIsToldAtStart(CapturedOutput output) {
        check(Map.of("applications.shop.objectives.rpo", "15m"));

        assertThat(output.getAll())
                .contains("dr.applications.shop.objectives.rpo is 15m, and backups of shop are up to 1d apart");
    }

    private static ConfigurableApplicationContext start(Map<String, Object> variables, String... properties) {
        StandardEnvironment environment = new StandardEnvironment();
        environment
                .getPropertySources()
                .replace(
                        StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME,
                        new SystemEnvironmentPropertySource(
                                StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME, variables));
        Map<String, Object> all = new HashMap<>(NEEDED);
        for (String property : properties) {
            all.put(property.split("=", 2)[0], property.split("=", 2)[1]);
        }
        environment.getPropertySources().addFirst(new org.springframework.core.env.MapPropertySource("file", all));
        return new SpringApplicationBuilder(Bound.class)
                .environment(environment)
                .web(org.springframework.boot.WebApplicationType.NONE)
                .properties("spring.config.location=optional:file:/nowhere/", "spring.main.banner-mode=off")
                .run();
    }

    private static final Map<String, String> NEEDED = Map.of(
            "dr.stores.local.directory", "/tmp",
            "dr.applications.shop.database.host", "h",
            "dr.applications.shop.database.name", "shop",
            "dr.applications.shop.database.username", "u",
            "dr.applications.shop.health.url", "http://h/");

    private static void check(Map<String, String> settings) {
        DrSettings bound = bound(settings);
        new SettingsCheck().validate(bound, new SimpleErrors(bound));
    }

    private static DrSettings bound(Map<String, String> settings) {
        Map<String, String> values = new HashMap<>(NEEDED);
        if (settings.keySet().stream().anyMatch(key -> key.startsWith("stores.r2"))) {
            values.putAll(Map.of(
                    "dr.stores.r2.bucket", "backups", "dr.stores.r2.access-key", "a", "dr.stores.r2.secret-key", "s"));
        }
        settings.forEach((key, value) -> values.put("dr." + key, value));
        return new Binder(new MapConfigurationPropertySource(values)).bindOrCreate("dr", DrSettings.class);
    }

    @Configuration(proxyBeanMethods = false)
    @EnableConfigurationProperties(DrSettings.class)
    @Import(SettingsConfiguration.class)
    static class Bound {}
}
