package io.drrunbook.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Takes only JSON where programs call: what a form of any page can send (text, form fields) is refused before somebody reads
 * it as JSON all the same. A call without a body need not say what it has not got.
 */
final class JsonGate extends OncePerRequestFilter {

    static final String CODE = "content_type_wrong";

    private static final List<MediaType> JSON =
            List.of(MediaType.APPLICATION_JSON, new MediaType("application", "*+json"), new MediaType("text", "json"));

    private final Problem problem;
    private final Refusals refusals;

    JsonGate(Problem problem, Refusals refusals) {
        this.problem = problem;
        this.refusals = refusals;
    }

    @Override
    protected boolean shouldNotFilter(HttpServletRequest request) {
        return !request.getServletPath().startsWith("/api/") && !JolokiaGate.isAskedBy(request);
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        boolean body = request.getContentLengthLong() > 0 || request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null;
        String type = request.getContentType();
        if (type == null ? !body : isJson(type)) {
            chain.doFilter(request, response);
            return;
        }
        String detail = "a body is JSON, and says so: Content-Type: application/json";
        refusals.note(request, CODE, detail);
        problem.write(response, HttpStatus.UNSUPPORTED_MEDIA_TYPE, CODE, detail);
    }

    private static boolean isJson(@Nullable String type) {
        try {
            MediaType given = MediaType.parseMediaType(String.valueOf(type));
            return JSON.stream().anyMatch(json -> json.includes(given));
        } catch (InvalidMediaTypeException e) {
            return false;
        }
    }
}
