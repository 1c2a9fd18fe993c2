package io.drrunbook.web;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.drrunbook.run.Journal;
import io.drrunbook.settings.DrSettings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.LockedException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.authentication.dao.DaoAuthenticationProvider;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.core.userdetails.UsernameNotFoundException;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.security.web.authentication.WebAuthenticationDetails;
import org.springframework.stereotype.Component;

/**
 * Logins with a password: each is in the journal, and after too many wrong ones a name is locked for the address they came
 * from. Not for everybody: whoever finds the port could then lock the administrator out at the worst moment; see
 * {@link LoginFailures}.
 */
@Component
class Logins implements AuthenticationProvider {

    private static final int REMEMBERED = 10_000;

    /** Programs log in with each request; they are in the journal once in this time. */
    private static final Duration ONCE = Duration.ofHours(1);

    private final DaoAuthenticationProvider passwords;
    private final UserDetailsService users;
    private final Journal journal;
    private final DrSettings.Security settings;
    private final LoginFailures failures;
    private final Cache<String, Boolean> seen =
            Caffeine.newBuilder().maximumSize(REMEMBERED).expireAfterWrite(ONCE).build();

    Logins(
            UserDetailsService users,
            PasswordEncoder encoder,
            Journal journal,
            LoginFailures failures,
            DrSettings settings) {
        this.passwords = new DaoAuthenticationProvider(users);
        this.passwords.setPasswordEncoder(encoder);
        this.users = users;
        this.journal = journal;
        this.settings = settings.security();
        this.failures = failures;
    }

    @Override
    public boolean supports(Class<?> authentication) {
        return UsernamePasswordAuthenticationToken.class.isAssignableFrom(authentication);
    }

    @Override
    public Authentication authenticate(Authentication login) {
        String address = address(login);
        String name = login.getName();
        if (failures.isLocked(name, address)) {
            throw new LockedException("too many wrong passwords: locked for "
                    + settings.lockoutDuration().toSeconds() + " s");
        }
        try {
            Authentication done = passwords.authenticate(login);
            failures.succeeded(name, address);
            return done;
        } catch (BadCredentialsException e) {
            failed(name, address);
            throw e;
        }
    }

    /** Writes a login into the journal: a person's each time, a program's once in a while. */
    void succeeded(String name, String address, String way) {
        boolean program = way.equals("basic") || way.equals("token");
        if (!program || seen.asMap().putIfAbsent(way + " " + name + " " + address, true) == null) {
            journal.event(null, "login", Map.of("by", name, "address", address, "way", way));
        }
    }

    static String address(Authentication login) {
        return login.getDetails() instanceof WebAuthenticationDetails details ? details.getRemoteAddress() : "unknown";
    }

    private void failed(String name, String address) {
        boolean known = known(name);
        boolean locked = failures.failed(name, known, address);
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("by", known ? name : "unknown user");
        content.put("address", address);
        content.put("code", "wrong_password");
        if (locked) {
            content.put("locked_seconds", settings.lockoutDuration().toSeconds());
        }
        journal.event(null, "login_failed", content);
    }

    /** Somebody may have typed a password where the name goes: an unknown one is not written down. */
    private boolean known(String name) {
        try {
            return users.loadUserByUsername(name) != null;
        } catch (UsernameNotFoundException e) {
            return false;
        }
    }
}
