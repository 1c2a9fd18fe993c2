package io.drrunbook.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.drrunbook.settings.DrSettings;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Who is locked out by wrong passwords, and who is not. */
@Tag("quick")
class LoginFailuresTest {

    private static final String INGRESS = "10.0.0.1";

    private final LoginFailures failures =
            new LoginFailures(new Binder(new MapConfigurationPropertySource(Map.of("dr.plan.first-bytes", "65536")))
                    .bindOrCreate("dr", DrSettings.class));

    @Test
    void wrongPasswordsForOtherNamesLockNobodyBehindTheSameAddress() {
        for (int i = 0; i < 45; i++) {
            failures.failed("guess-" + i, false, INGRESS);
        }
        for (int i = 0; i < 5; i++) {
            failures.failed("otto", true, INGRESS);
        }
        assertThat(failures.isLocked("otto", INGRESS)).isTrue();
        assertThat(failures.isLocked("admin", INGRESS)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "admin, 192.0.2.1, ADMIN, 192.0.2.1, true",
        "admin, 192.0.2.1, admin, 192.0.2.2, false",
        "admin, 2001:db8::1, admin, 2001:db8::ffff:2, true",
        "admin, 2001:db8::1, admin, 2001:db8:0:1::1, false",
        "admin, 192.0.2.1, ada, 192.0.2.1, false",
    })
    void aLockIsForANameAndANetwork(String wrong, String from, String tries, String whence, boolean locked) {
        for (int i = 0; i < 5; i++) {
            failures.failed(wrong, true, from);
        }
        assertThat(failures.isLocked(tries, whence)).isEqualTo(locked);
    }

    @Test
    void namesThatDoNotExistPushNoCountOutOfMemory() {
        for (int i = 0; i < 4; i++) {
            failures.failed("admin", true, INGRESS);
        }
        for (int i = 0; i < 40; i++) {
            failures.failed("x".repeat(5_000) + i, false, "192.0.2." + i);
        }
        assertThat(failures.failed("admin", true, INGRESS)).isTrue();
    }

    @Test
    void anAddressThatGoesOnGuessingIsAnsweredSlowly() {
        for (int i = 0; i < 50; i++) {
            failures.failed("guess-" + i, false, INGRESS);
        }
        long began = System.nanoTime();
        failures.failed("one more", false, INGRESS);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isGreaterThan(Duration.ofMillis(900));
        failures.succeeded("admin", INGRESS);
        assertThat(failures.isLocked("admin", INGRESS)).isFalse();
    }
}
