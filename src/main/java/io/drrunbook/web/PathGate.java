package io.drrunbook.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.regex.Pattern;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Refuses, before anything else looks at a request, a path that is not its own normal form. The container, Spring, Hawtio
 * and Jolokia each decode percent signs, cut path parameters and resolve dots and double slashes in their own way; behind
 * this filter there is nothing left on which they could differ. No name in a path of this service needs any of it.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
class PathGate extends OncePerRequestFilter {

    static final String CODE = "path_not_plain";

    /** RFC 3986's characters of a segment without percent sign and semicolon; no dot at its end, so neither . nor .. */
    private static final Pattern SEGMENT = Pattern.compile("[\\w.~!$&'()*+,=:@-]*[\\w~!$&'()*+,=:@-]");

    private final Problem problem;
    private final Refusals refusals;

    PathGate(Problem problem, Refusals refusals) {
        this.problem = problem;
        this.refusals = refusals;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (isPlain(request.getRequestURI())) {
            chain.doFilter(request, response);
            return;
        }
        String detail = "the path is not plain: no %, no ;, no \\, no empty or dotted part; spell it as the API's"
                + " description does";
        refusals.note(request, CODE, detail);
        problem.write(response, HttpStatus.BAD_REQUEST, CODE, detail);
    }

    /** Whether everybody reads this path in the same way. */
    static boolean isPlain(String path) {
        if (!path.startsWith("/")) {
            return false;
        }
        int from = 1;
        while (from < path.length()) {
            int slash = path.indexOf('/', from);
            int to = slash < 0 ? path.length() : slash;
            if (!SEGMENT.matcher(path.substring(from, to)).matches()) {
                return false;
            }
            from = to + 1;
        }
        return true;
    }
}
