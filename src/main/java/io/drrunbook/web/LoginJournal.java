package io.drrunbook.web;

import org.springframework.context.event.EventListener;
import org.springframework.http.HttpHeaders;
import org.springframework.security.authentication.event.AuthenticationSuccessEvent;
import org.springframework.security.authentication.event.InteractiveAuthenticationSuccessEvent;
import org.springframework.security.core.Authentication;
import org.springframework.security.oauth2.server.resource.authentication.BearerTokenAuthentication;
import org.springframework.security.web.authentication.UsernamePasswordAuthenticationFilter;
import org.springframework.stereotype.Component;
import org.springframework.web.context.request.RequestContextHolder;
import org.springframework.web.context.request.ServletRequestAttributes;

/** Hears of every login and has it written down. */
@Component
class LoginJournal {

    private final Logins logins;

    LoginJournal(Logins logins) {
        this.logins = logins;
    }

    /** A person, through the login page or the provider. */
    @EventListener
    void person(InteractiveAuthenticationSuccessEvent event) {
        Authentication login = event.getAuthentication();
        boolean page = event.getGeneratedBy() == UsernamePasswordAuthenticationFilter.class;
        logins.succeeded(login.getName(), Logins.address(login), page ? "page" : "oidc");
    }

    /** A program, which sends its password or token with each request. */
    @EventListener
    void program(AuthenticationSuccessEvent event) {
        if (RequestContextHolder.getRequestAttributes() instanceof ServletRequestAttributes request
                && request.getRequest().getHeader(HttpHeaders.AUTHORIZATION) != null) {
            Authentication login = event.getAuthentication();
            String way = login instanceof BearerTokenAuthentication ? "token" : "basic";
            logins.succeeded(login.getName(), Logins.address(login), way);
        }
    }
}
