package io.drrunbook.web;

import io.drrunbook.run.Person;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import io.drrunbook.run.Role;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.security.core.Authentication;
import org.springframework.security.core.GrantedAuthority;
import org.springframework.security.core.authority.SimpleGrantedAuthority;
import org.springframework.security.core.context.SecurityContextHolder;
import org.springframework.security.oauth2.core.OAuth2AuthenticatedPrincipal;

/** Whoever is logged in, as the runbook knows people. */
public final class People {

    private static final String PREFIX = "ROLE_";

    private People() {}

    /**
     * The person behind a request.
     *
     * @throws RefusedException ({@code forbidden}) when nobody with a role is logged in
     */
    public static Person of(@Nullable Authentication login) {
        if (login == null || !login.isAuthenticated()) {
            throw nobody();
        }
        Set<String> authorities = login.getAuthorities().stream()
                .map(GrantedAuthority::getAuthority)
                .collect(Collectors.toSet());
        return Arrays.stream(Role.values())
                .filter(role -> authorities.contains(PREFIX + role))
                .max(Comparator.naturalOrder())
                .map(role -> new Person(login.getName(), role, behind(login)))
                .orElseThrow(People::nobody);
    }

    /** The person behind the request that this thread serves. */
    public static Person current() {
        return of(SecurityContextHolder.getContext().getAuthentication());
    }

    /** A token is used by whoever has it, and answered for by whoever made it. */
    private static String behind(Authentication login) {
        return login.getPrincipal() instanceof OAuth2AuthenticatedPrincipal token
                        && token.getAttribute(Tokens.MAKER) instanceof String maker
                ? maker
                : login.getName();
    }

    /** What Spring Security checks: a role, and those below it. */
    static List<GrantedAuthority> authorities(Role role) {
        return Arrays.stream(Role.values())
                .filter(each -> each.compareTo(role) <= 0)
                .<GrantedAuthority>map(each -> new SimpleGrantedAuthority(PREFIX + each))
                .toList();
    }

    private static RefusedException nobody() {
        return new RefusedException(
                Reason.FORBIDDEN, "forbidden", "nobody is logged in: log in as a user of dr-runbook, then try again");
    }
}
