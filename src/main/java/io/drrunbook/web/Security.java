package io.drrunbook.web;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Map;
import org.springframework.boot.actuate.autoconfigure.security.servlet.EndpointRequest;
import org.springframework.boot.actuate.health.HealthEndpoint;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.crypto.factory.PasswordEncoderFactories;
import org.springframework.security.crypto.password.PasswordEncoder;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.csrf.CookieCsrfTokenRepository;
import org.springframework.security.web.csrf.CsrfTokenRequestAttributeHandler;
import org.springframework.security.web.util.matcher.AntPathRequestMatcher;
import org.springframework.security.web.util.matcher.RequestMatcher;

/** Who may come in: one administrator, by basic authentication or the login page; only health is open. */
@Configuration(proxyBeanMethods = false)
class Security {

    static final String ADMIN = "admin";

    /** A browser sends its session by itself, so it needs a CSRF token; a program's Authorization header is no cookie. */
    private static final RequestMatcher HAS_AUTHORIZATION =
            request -> request.getHeader(HttpHeaders.AUTHORIZATION) != null;

    private static final RequestMatcher API = new AntPathRequestMatcher("/api/**");

    @Bean
    SecurityFilterChain guard(HttpSecurity http, ObjectMapper json) throws Exception {
        // Hawtio's script reads the token from the cookie and sends it as it is.
        CsrfTokenRequestAttributeHandler plainToken = new CsrfTokenRequestAttributeHandler();
        plainToken.setCsrfRequestAttributeName(null);
        return http.authorizeHttpRequests(requests -> requests.requestMatchers(EndpointRequest.to(HealthEndpoint.class))
                        .permitAll()
                        .anyRequest()
                        .hasRole("ADMIN"))
                .httpBasic(basic ->
                        basic.authenticationEntryPoint((request, response, failure) -> unauthorized(response, json)))
                .formLogin(Customizer.withDefaults())
                .logout(Customizer.withDefaults())
                .csrf(csrf -> csrf.csrfTokenRepository(CookieCsrfTokenRepository.withHttpOnlyFalse())
                        .csrfTokenRequestHandler(plainToken)
                        .ignoringRequestMatchers(HAS_AUTHORIZATION))
                .exceptionHandling(failures -> failures.defaultAuthenticationEntryPointFor(
                                (request, response, failure) -> unauthorized(response, json), API)
                        .defaultAccessDeniedHandlerFor(
                                (request, response, failure) -> forbidden(request, response, json), API))
                .build();
    }

    @Bean
    PasswordEncoder passwordEncoder() {
        return PasswordEncoderFactories.createDelegatingPasswordEncoder();
    }

    @Bean
    UserDetailsService users(AdminPassword password, PasswordEncoder encoder) {
        return new InMemoryUserDetailsManager(User.withUsername(ADMIN)
                .password(encoder.encode(password.value()))
                .roles("ADMIN")
                .build());
    }

    private static void unauthorized(HttpServletResponse response, ObjectMapper json) throws IOException {
        response.setHeader(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"dr-runbook\"");
        problem(response, json, HttpStatus.UNAUTHORIZED, "unauthorized", "log in as a user of dr-runbook");
    }

    private static void forbidden(HttpServletRequest request, HttpServletResponse response, ObjectMapper json)
            throws IOException {
        problem(
                response,
                json,
                HttpStatus.FORBIDDEN,
                "forbidden",
                request.getMethod() + " " + request.getRequestURI() + " is not allowed for this user");
    }

    private static void problem(
            HttpServletResponse response, ObjectMapper json, HttpStatus status, String code, String detail)
            throws IOException {
        response.setStatus(status.value());
        response.setContentType(MediaType.APPLICATION_PROBLEM_JSON_VALUE);
        json.writeValue(
                response.getOutputStream(),
                Map.of(
                        "type",
                        "about:blank",
                        "title",
                        status.getReasonPhrase(),
                        "status",
                        status.value(),
                        "detail",
                        detail,
                        "code",
                        code));
    }
}
