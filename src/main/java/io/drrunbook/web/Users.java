package io.drrunbook.web;

import io.drrunbook.run.Role;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.settings.DrSettings.User.UserRole;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.crypto.factory.PasswordEncoderFactories;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;

/**
 * Who may log in with a password: the users of the settings, and {@code admin} unless one of them is an administrator and
 * no {@code dr.admin-password} is set.
 */
@Configuration(proxyBeanMethods = false)
class Users {

    static final String ADMIN = "admin";

    @Bean
    PasswordEncoder passwordEncoder() {
        return new RememberedPasswords(PasswordEncoderFactories.createDelegatingPasswordEncoder());
    }

    @Bean
    UserDetailsService whoMayLogIn(DrSettings settings, PasswordEncoder encoder) throws IOException {
        List<UserDetails> users = new ArrayList<>();
        settings.users()
                .forEach((name, user) -> users.add(
                        user(name, user.password(), Role.valueOf(user.role().name()))));
        boolean hasAdmin = settings.users().values().stream().anyMatch(user -> user.role() == UserRole.ADMIN);
        if (!settings.users().containsKey(ADMIN)
                && (!hasAdmin || !settings.adminPassword().isBlank())) {
            users.add(user(ADMIN, encoder.encode(AdminPassword.of(settings)), Role.ADMIN));
        }
        return new InMemoryUserDetailsManager(users);
    }

    private static UserDetails user(String name, String hash, Role role) {
        return User.withUsername(name)
                .password(hash)
                .authorities(People.authorities(role))
                .build();
    }
}
