package io.drrunbook.web;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletResponse;
import java.util.EnumSet;
import java.util.Set;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.http.HttpStatus;

/**
 * The last lock in front of Jolokia: it belongs to Jolokia's servlet and not to a path, so whatever the container leads
 * there, by whichever spelling, forward or mapping to come, has passed {@link JolokiaGate} or is refused.
 */
@Configuration(proxyBeanMethods = false)
class JolokiaDoor {

    /** As Jolokia registers it. */
    private static final String SERVLET = "jolokia";

    @Bean
    FilterRegistrationBean<Filter> jolokiaDoorRegistration(Problem problem) {
        FilterRegistrationBean<Filter> door = new FilterRegistrationBean<>((request, response, chain) -> {
            if (request.getAttribute(JolokiaGate.PASSED) != null) {
                chain.doFilter(request, response);
            } else if (response instanceof HttpServletResponse answer) {
                problem.write(answer, HttpStatus.BAD_REQUEST, JolokiaGate.CODE, "this way does not lead to Jolokia");
            }
        });
        door.setServletNames(Set.of(SERVLET));
        door.setDispatcherTypes(EnumSet.allOf(DispatcherType.class));
        door.setOrder(Ordered.LOWEST_PRECEDENCE);
        return door;
    }
}
