package io.drrunbook.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;

/** Who logs in with each request waits for the slow hash once. */
@Tag("quick")
class RememberedPasswordsTest {

    private final AtomicInteger slow = new AtomicInteger();
    private final RememberedPasswords passwords = new RememberedPasswords(new BCryptPasswordEncoder(4) {
        @Override
        public boolean matches(CharSequence password, String hash) {
            slow.incrementAndGet();
            return super.matches(password, hash);
        }
    });

    @Test
    void aRightPasswordIsHashedOnceAndAWrongOneEachTime() {
        String hash = passwords.encode("right");

        assertThat(passwords.matches("right", hash)).isTrue();
        assertThat(passwords.matches("right", hash)).isTrue();
        assertThat(slow).hasValue(1);
        assertThat(passwords.matches("wrong", hash)).isFalse();
        assertThat(passwords.matches("wrong", hash)).isFalse();
        assertThat(slow).hasValue(3);
    }

    @Test
    void whatIsRightForOneUserIsNotForAnother() {
        String janes = passwords.encode("right");
        String ottos = passwords.encode("another");

        assertThat(passwords.matches("right", janes)).isTrue();
        assertThat(passwords.matches("right", ottos)).isFalse();
        assertThat(passwords.matches("", janes)).isFalse();
    }
}
