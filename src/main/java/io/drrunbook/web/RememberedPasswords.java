package io.drrunbook.web;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.springframework.security.crypto.password.PasswordEncoder;

/**
 * Spares programs that log in with each request the slow hash of their password, a tenth of a second of a core each time:
 * whoever follows a run would keep the recovery from the machine. A password that was right is known again for some
 * minutes by a keyed digest, whose key this process makes and never writes; a wrong one costs what it should.
 */
final class RememberedPasswords implements PasswordEncoder {

    private static final Duration KNOWN = Duration.ofMinutes(5);
    private static final int AT_MOST = 1000;
    private static final String ALGORITHM = "HmacSHA256";

    private final PasswordEncoder slow;
    private final SecretKeySpec key;
    private final Cache<ByteBuffer, Boolean> right =
            Caffeine.newBuilder().maximumSize(AT_MOST).expireAfterWrite(KNOWN).build();

    RememberedPasswords(PasswordEncoder slow) {
        this.slow = slow;
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        this.key = new SecretKeySpec(random, ALGORITHM);
    }

    @Override
    public String encode(CharSequence password) {
        return slow.encode(password);
    }

    @Override
    public boolean matches(CharSequence password, String hash) {
        ByteBuffer digest = digest(password, hash);
        if (right.getIfPresent(digest) != null) {
            return true;
        }
        boolean matches = slow.matches(password, hash);
        if (matches) {
            right.put(digest, true);
        }
        return matches;
    }

    @Override
    public boolean upgradeEncoding(String hash) {
        return slow.upgradeEncoding(hash);
    }

    /** The hash has a salt of its own and stands for the user: the same password of somebody else is another one. */
    private ByteBuffer digest(CharSequence password, String hash) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            mac.update(hash.getBytes(StandardCharsets.UTF_8));
            mac.update((byte) 0);
            return ByteBuffer.wrap(mac.doFinal(password.toString().getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JVM has no " + ALGORITHM, e);
        }
    }
}
