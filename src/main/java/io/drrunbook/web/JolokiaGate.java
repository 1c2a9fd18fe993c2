package io.drrunbook.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Reads what Hawtio asks of Jolokia before Jolokia sees it: its own policy ({@code jolokia-access.xml}) says which operations
 * there are, but cannot look at arguments. What is handed on was made from what was understood, so that Jolokia's parser
 * cannot understand it differently; see {@link ConsoleRequest}.
 */
@Component
class JolokiaGate extends OncePerRequestFilter {

    static final String CODE = "jolokia_refused";

    /** Attribute of a request that was read here. */
    static final String PASSED = JolokiaGate.class.getName() + ".passed";

    private static final List<String> PATHS = List.of("/actuator/jolokia", "/actuator/hawtio/jolokia");

    private final ObjectMapper json = JsonMapper.builder().build();
    private final Problem problem;
    private final Refusals refusals;

    JolokiaGate(Problem problem, Refusals refusals) {
        this.problem = problem;
        this.refusals = refusals;
    }

    /** Whether that is where the container leads a request: decided by what it has mapped, not by what was written. */
    static boolean isAskedBy(HttpServletRequest request) {
        String path = mapped(request);
        return PATHS.stream().anyMatch(root -> path.equals(root) || path.startsWith(root + "/"));
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !isAskedBy(request);
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        byte[] handedOn;
        try {
            handedOn = HttpMethod.POST.matches(request.getMethod()) ? read(request) : nothing(request);
        } catch (RefusedException e) {
            refusals.note(request, CODE, e.getMessage());
            problem.write(response, HttpStatus.FORBIDDEN, CODE, String.valueOf(e.getMessage()));
            return;
        } catch (BodyTooLargeException e) {
            refusals.note(request, BodyTooLargeException.CODE, e.getMessage());
            problem.write(
                    response, HttpStatus.PAYLOAD_TOO_LARGE, BodyTooLargeException.CODE, String.valueOf(e.getMessage()));
            return;
        }
        request.setAttribute(PASSED, true);
        chain.doFilter(new RewrittenRequest(request, handedOn), response);
    }

    private byte[] read(HttpServletRequest request) throws IOException {
        if (!mapped(request).matches("/actuator/(hawtio/)?jolokia/?")) {
            throw refused("only POST with a JSON body to the path itself is taken here");
        }
        JsonNode asked = parsed(request.getInputStream().readAllBytes());
        ReadBudget budget = new ReadBudget();
        if (!asked.isArray()) {
            return json.writeValueAsBytes(handedOn(request, asked, budget));
        }
        ArrayNode all = json.createArrayNode();
        for (JsonNode one : asked) {
            all.add(handedOn(request, one, budget));
        }
        return json.writeValueAsBytes(all);
    }

    private static ObjectNode handedOn(HttpServletRequest request, JsonNode asked, ReadBudget budget) {
        ObjectNode handedOn = ConsoleRequest.handedOn(asked, budget);
        handedOn.set("config", ReadBounds.of(request, asked.path("config")));
        return handedOn;
    }

    private JsonNode parsed(byte[] body) {
        try {
            return json.readTree(body);
        } catch (IOException e) {
            throw refused("the body is not JSON");
        }
    }

    /** A GET that only asks who is there. */
    private static byte[] nothing(HttpServletRequest request) {
        if (!HttpMethod.GET.matches(request.getMethod())
                || request.getQueryString() != null
                || !mapped(request).matches("/actuator/(hawtio/)?jolokia(/|/version)?")) {
            throw refused("only POST with a JSON body is taken here");
        }
        return new byte[0];
    }

    private static String mapped(HttpServletRequest request) {
        return request.getServletPath() + Objects.toString(request.getPathInfo(), "");
    }

    private static RefusedException refused(String why) {
        return new RefusedException(Reason.FORBIDDEN, CODE, why);
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
