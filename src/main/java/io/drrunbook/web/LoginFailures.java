package io.drrunbook.web;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.drrunbook.settings.DrSettings;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.springframework.stereotype.Component;

/**
 * Wrong passwords, counted by name and address. A name is locked for the address that they came from, and only that name:
 * behind a proxy everybody has one address, and whoever guesses there must not lock out the others. An address that goes on
 * guessing is answered slowly.
 */
@Component
class LoginFailures {

    /** Wrong passwords of one address, in multiples of {@code lockout-attempts}, before it is slowed down. */
    private static final int PATIENCE = 10;

    private static final Duration SLOW = Duration.ofSeconds(1);

    /** So many answers wait at a time; more would take the threads away from those who are let in. */
    private static final int WAITING = 20;

    private static final int REMEMBERED = 10_000;
    private static final int LONGEST_NAME = 100;

    /** Whoever has one address of IPv6 has all of its network. */
    private static final int NETWORK_BYTES = 8;

    private final DrSettings.Security settings;
    private final Semaphore waiting = new Semaphore(WAITING);
    /** Of names that exist, so that guessing names that do not cannot push these out. */
    private final Cache<Key, AtomicInteger> ofUsers;

    private final Cache<Key, AtomicInteger> ofOthers;
    private final Cache<String, AtomicInteger> ofAddresses;

    LoginFailures(DrSettings settings) {
        this.settings = settings.security();
        this.ofUsers = forgetting();
        this.ofOthers = forgetting();
        this.ofAddresses = forgetting();
    }

    /** Whether that name may not log in from there now, whatever the password. */
    boolean isLocked(String name, String address) {
        Key key = Key.of(name, address);
        return count(ofUsers, key) >= settings.lockoutAttempts() || count(ofOthers, key) >= settings.lockoutAttempts();
    }

    /** The right password: what was wrong before is forgotten. */
    void succeeded(String name, String address) {
        ofUsers.invalidate(Key.of(name, address));
    }

    /** A wrong password; whether that name is locked from now on. */
    boolean failed(String name, boolean known, String address) {
        int wrong = add(known ? ofUsers : ofOthers, Key.of(name, address));
        if (add(ofAddresses, network(address)) > settings.lockoutAttempts() * PATIENCE && waiting.tryAcquire()) {
            try {
                LockSupport.parkNanos(SLOW.toNanos());
            } finally {
                waiting.release();
            }
        }
        return wrong == settings.lockoutAttempts();
    }

    private <K> Cache<K, AtomicInteger> forgetting() {
        return Caffeine.newBuilder()
                .maximumSize(REMEMBERED)
                .expireAfterWrite(settings.lockoutDuration())
                .build();
    }

    private static <K> int count(Cache<K, AtomicInteger> cache, K key) {
        AtomicInteger count = cache.getIfPresent(key);
        return count == null ? 0 : count.get();
    }

    private static <K> int add(Cache<K, AtomicInteger> cache, K key) {
        return cache.get(key, any -> new AtomicInteger()).incrementAndGet();
    }

    private static String network(String address) {
        if (!address.contains(":")) {
            return address;
        }
        try {
            InetAddress parsed = InetAddress.getByName(address);
            return parsed instanceof Inet6Address
                    ? HexFormat.of().formatHex(Arrays.copyOf(parsed.getAddress(), NETWORK_BYTES))
                    : parsed.getHostAddress();
        } catch (UnknownHostException e) {
            return address;
        }
    }

    private record Key(String name, String network) {

        /** {@code Admin} and {@code admin} are one user, and must not be twice as many guesses. */
        static Key of(String name, String address) {
            String one = name.toLowerCase(Locale.ROOT);
            return new Key(one.substring(0, Math.min(LONGEST_NAME, one.length())), LoginFailures.network(address));
        }
    }
}
