package io.drrunbook.web;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.drrunbook.run.Role;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Reads what Hawtio asks of Jolokia before Jolokia sees it. Its own policy ({@code jolokia-access.xml}) says which
 * operations there are, but cannot look at arguments: <em>Send</em> to any endpoint would be remote code execution. Only
 * the runbook's triggers may be sent to.
 *
 * <p>What is handed on is written anew from what was read, so that Jolokia's parser cannot understand it differently.
 */
@Component
class JolokiaGate extends OncePerRequestFilter {

    /** The routes that start a run; all documented in {@code routes/triggers/console.camel.yaml}. */
    static final Set<String> TRIGGERS = Set.of("direct:start-recovery", "direct:start-drill", "direct:start-plan");

    /** Hawtio names an endpoint like this. */
    private static final String DIRECT = "direct://";

    static final List<String> PATHS = List.of("/actuator/jolokia", "/actuator/hawtio/jolokia");
    private static final Set<String> READING = Set.of("read", "list", "search", "version");
    /** Hawtio asks it first; it makes the endpoint that it is asked about. */
    private static final String MAY_SEND = "canSendToEndpoint";

    private static final String RUNBOOK = "io.drrunbook:";

    private final ObjectMapper json = JsonMapper.builder().build();
    private final Problem problem;
    private final Refusals refusals;

    JolokiaGate(Problem problem, Refusals refusals) {
        this.problem = problem;
        this.refusals = refusals;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        String path = request.getRequestURI().substring(request.getContextPath().length());
        return PATHS.stream().noneMatch(path::startsWith);
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        String path = request.getRequestURI().substring(request.getContextPath().length());
        if (!HttpMethod.POST.matches(request.getMethod())) {
            boolean asksNothing = HttpMethod.GET.matches(request.getMethod())
                    && PATHS.stream()
                            .anyMatch(root ->
                                    path.equals(root) || path.equals(root + "/") || path.equals(root + "/version"))
                    && request.getParameterMap().keySet().stream().noneMatch("p"::equals);
            if (asksNothing) {
                chain.doFilter(request, response);
            } else {
                refuse(request, response, "only POST with a JSON body is taken here");
            }
            return;
        }
        JsonNode asked;
        try {
            asked = json.readTree(request.getInputStream());
        } catch (JsonProcessingException e) {
            refuse(request, response, "the body is not JSON");
            return;
        }
        Optional<String> refusal = asked.isArray()
                ? StreamSupport.stream(asked.spliterator(), false)
                        .map(JolokiaGate::refusal)
                        .flatMap(Optional::stream)
                        .findFirst()
                : refusal(asked);
        if (refusal.isPresent()) {
            refuse(request, response, refusal.get());
            return;
        }
        chain.doFilter(new RewrittenRequest(request, json.writeValueAsBytes(asked)), response);
    }

    /** Why this one request is not handed on; empty when it is. */
    private static Optional<String> refusal(JsonNode asked) {
        if (!asked.isObject()) {
            return Optional.of("a request is a JSON object");
        }
        if (asked.has("target")) {
            return Optional.of("requests are not handed on to another JVM");
        }
        String type = asked.path("type").asText("").toLowerCase(Locale.ROOT);
        if (READING.contains(type)) {
            return Optional.empty();
        }
        if (!type.equals("exec")) {
            return Optional.of("requests of type '" + type + "' are not taken");
        }
        String operation = asked.path("operation").asText("");
        if (asked.path("mbean").asText("").startsWith(RUNBOOK)) {
            return mayStart();
        }
        if (!operation.startsWith("send") && !operation.startsWith(MAY_SEND)) {
            return Optional.empty();
        }
        String endpoint = asked.path("arguments").path(0).asText("");
        String known = endpoint.startsWith(DIRECT) ? "direct:" + endpoint.substring(DIRECT.length()) : endpoint;
        return TRIGGERS.contains(known)
                ? mayStart()
                : Optional.of("messages are only taken for "
                        + TRIGGERS.stream().sorted().toList() + ", not for '" + endpoint + "'");
    }

    /** Admission says the rest; a viewer does not come so far. */
    private static Optional<String> mayStart() {
        return People.current().role() == Role.VIEWER ? Optional.of("a viewer only reads") : Optional.empty();
    }

    private void refuse(HttpServletRequest request, HttpServletResponse response, String why) throws IOException {
        refusals.note(request, "jolokia_refused", why);
        problem.write(response, HttpStatus.FORBIDDEN, "jolokia_refused", why);
    }

    /** It belongs into the chain behind the check of the role, and not a second time in front of it. */
    @Configuration(proxyBeanMethods = false)
    static class NotByItself {

        @Bean
        FilterRegistrationBean<JolokiaGate> jolokiaGateRegistration(JolokiaGate gate) {
            FilterRegistrationBean<JolokiaGate> registration = new FilterRegistrationBean<>(gate);
            registration.setEnabled(false);
            return registration;
        }
    }
}
