package io.drrunbook.web;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import java.util.Objects;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.security.servlet.EndpointRequest;
import org.springframework.boot.actuate.health.HealthEndpoint;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.authentication.LockedException;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.annotation.web.configurers.HeadersConfigurer;
import org.springframework.security.core.AuthenticationException;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.access.intercept.AuthorizationFilter;
import org.springframework.security.web.csrf.CookieCsrfTokenRepository;
import org.springframework.security.web.csrf.CsrfException;
import org.springframework.security.web.csrf.CsrfTokenRequestAttributeHandler;
import org.springframework.security.web.header.writers.ContentSecurityPolicyHeaderWriter;
import org.springframework.security.web.header.writers.DelegatingRequestMatcherHeaderWriter;
import org.springframework.security.web.util.matcher.AntPathRequestMatcher;
import org.springframework.security.web.util.matcher.NegatedRequestMatcher;
import org.springframework.security.web.util.matcher.OrRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/**
 * Who may come in, and how far. A viewer reads, an operator also plans, drills and takes backups, an administrator does
 * everything; what a run needs is checked again where it is admitted, because Hawtio and the schedule come in there too.
 */
@Configuration(proxyBeanMethods = false)
class Security {

    private static final String VIEWER = "VIEWER";
    private static final String OPERATOR = "OPERATOR";
    private static final String ADMIN = "ADMIN";

    /** Everything comes from this service: no script of a page, no other host. */
    private static final String POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
            + " form-action 'self'; frame-ancestors 'none'";

    /** No browser sends a bearer token by itself, but a password that it has once used for Basic. */
    private static final RequestMatcher NEEDS_NO_CSRF_TOKEN =
            request -> hasScheme(request, "bearer") || hasScheme(request, "basic") && !OwnSite.isForPage(request);

    /** Hawtio sends a policy of its own with its pages, and shows itself in frames. */
    private static final RequestMatcher HAWTIO = new AntPathRequestMatcher("/actuator/hawtio/**");

    private static final RequestMatcher PROGRAMS = new OrRequestMatcher(
            new AntPathRequestMatcher("/api/**"),
            new AntPathRequestMatcher("/actuator/jolokia/**"),
            new AntPathRequestMatcher("/actuator/hawtio/jolokia/**"),
            new AntPathRequestMatcher("/actuator/prometheus"));

    private final Problem problem;
    private final Refusals refusals;

    Security(Problem problem, Refusals refusals) {
        this.problem = problem;
        this.refusals = refusals;
    }

    @Bean
    SecurityFilterChain guard(
            HttpSecurity http,
            Logins logins,
            Tokens tokens,
            JolokiaGate jolokia,
            OidcPeople oidc,
            ObjectProvider<ClientRegistrationRepository> providers)
            throws Exception {
        // Hawtio's script reads the token from the cookie and sends it as it is.
        CsrfTokenRequestAttributeHandler plainToken = new CsrfTokenRequestAttributeHandler();
        plainToken.setCsrfRequestAttributeName(null);
        http.authorizeHttpRequests(requests -> requests.requestMatchers(EndpointRequest.to(HealthEndpoint.class))
                        .permitAll()
                        .requestMatchers("/assets/**", "/favicon.ico", "/error")
                        .permitAll()
                        .requestMatchers("/api/v1/tokens/**", "/api/v1/journal/**")
                        .hasRole(ADMIN)
                        .requestMatchers(
                                HttpMethod.POST,
                                "/api/v1/runs/*/rollback",
                                "/api/v1/runs/*/approve",
                                "/runs/*/rollback",
                                "/runs/*/approve")
                        .hasRole(ADMIN)
                        .requestMatchers(HttpMethod.GET, "/actuator/hawtio/proxy/enabled")
                        .hasRole(VIEWER)
                        // Hawtio's way to other hosts, which would call any port of this one.
                        .requestMatchers("/actuator/hawtio/proxy/**")
                        .denyAll()
                        // What a request asks of Jolokia decides JolokiaGate.
                        .requestMatchers("/actuator/jolokia/**", "/actuator/hawtio/jolokia/**")
                        .hasRole(VIEWER)
                        .requestMatchers(HttpMethod.GET, "/actuator/**")
                        .hasRole(VIEWER)
                        .requestMatchers(HttpMethod.HEAD, "/actuator/**")
                        .hasRole(VIEWER)
                        .requestMatchers("/actuator/**")
                        .denyAll()
                        .requestMatchers(HttpMethod.GET)
                        .hasRole(VIEWER)
                        .requestMatchers(HttpMethod.HEAD)
                        .hasRole(VIEWER)
                        .requestMatchers("/logout")
                        .hasRole(VIEWER)
                        .anyRequest()
                        .hasRole(OPERATOR))
                .authenticationProvider(logins)
                .httpBasic(basic -> basic.authenticationEntryPoint(this::unauthorized))
                .oauth2ResourceServer(programs -> programs.opaqueToken(token -> token.introspector(tokens))
                        .authenticationEntryPoint(this::unauthorized))
                .formLogin(form -> form.loginPage("/login").permitAll())
                .logout(logout -> logout.logoutSuccessUrl("/login?logout").permitAll())
                .csrf(csrf -> csrf.csrfTokenRepository(CookieCsrfTokenRepository.withHttpOnlyFalse())
                        .csrfTokenRequestHandler(plainToken)
                        .ignoringRequestMatchers(NEEDS_NO_CSRF_TOKEN))
                .headers(headers -> headers.frameOptions(HeadersConfigurer.FrameOptionsConfig::sameOrigin)
                        .addHeaderWriter(new DelegatingRequestMatcherHeaderWriter(
                                new NegatedRequestMatcher(HAWTIO), new ContentSecurityPolicyHeaderWriter(POLICY)))
                        .referrerPolicy(Customizer.withDefaults()))
                .exceptionHandling(failures -> failures.defaultAuthenticationEntryPointFor(this::unauthorized, PROGRAMS)
                        .accessDeniedHandler(this::forbidden))
                .addFilterAfter(new JsonGate(problem, refusals), AuthorizationFilter.class)
                .addFilterAfter(jolokia, JsonGate.class);
        if (providers.getIfAvailable() != null) {
            http.oauth2Login(
                    login -> login.loginPage("/login").userInfoEndpoint(person -> person.oidcUserService(oidc)));
        }
        return http.build();
    }

    private void unauthorized(HttpServletRequest request, HttpServletResponse response, AuthenticationException failure)
            throws IOException {
        boolean locked = failure instanceof LockedException;
        String code = locked ? "locked" : "unauthorized";
        refusals.note(request, code, locked ? failure.getMessage() : null);
        // A browser would ask for a password, keep it, and send it with whatever any page asks of it.
        if (!isBrowser(request)) {
            response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"dr-runbook\"");
        }
        problem.write(
                response,
                HttpStatus.UNAUTHORIZED,
                code,
                locked ? String.valueOf(failure.getMessage()) : "log in as a user of dr-runbook");
    }

    private void forbidden(HttpServletRequest request, HttpServletResponse response, AccessDeniedException failure)
            throws IOException {
        boolean csrf = failure instanceof CsrfException;
        String detail = request.getMethod() + " " + request.getRequestURI()
                + (csrf
                        ? " came without a valid CSRF token: reload the page and try again"
                        : " is not allowed for this user");
        refusals.note(request, csrf ? "csrf" : "forbidden", detail);
        if (PROGRAMS.matches(request)) {
            problem.write(response, HttpStatus.FORBIDDEN, csrf ? "csrf" : "forbidden", detail);
        } else {
            response.sendError(HttpStatus.FORBIDDEN.value(), detail);
        }
    }

    private static boolean isBrowser(HttpServletRequest request) {
        return OwnSite.isForPage(request)
                || Objects.toString(request.getHeader(HttpHeaders.ACCEPT), "").contains(MediaType.TEXT_HTML_VALUE)
                || Objects.toString(request.getHeader(HttpHeaders.USER_AGENT), "")
                        .startsWith("Mozilla/");
    }

    private static boolean hasScheme(HttpServletRequest request, String scheme) {
        String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
        return authorization != null && authorization.toLowerCase(Locale.ROOT).startsWith(scheme + " ");
    }
}
