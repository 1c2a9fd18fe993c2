package io.drrunbook.web;

import io.drrunbook.settings.DrSettings;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * Keeps pages of other sites out. A browser sends its session, and a password that it has once used for Basic, with what any
 * page asks of it; so what changes something and comes from another site is refused, and no answer tells a browser that
 * another site may read it.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 5)
class OwnSite extends OncePerRequestFilter {

    static final String CODE = "other_site";

    private static final Set<String> SAFE = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
    private static final String SITE = "Sec-Fetch-Site";
    private static final List<String> OF_BROWSERS =
            List.of(HttpHeaders.ORIGIN, SITE, "Sec-Fetch-Mode", "Sec-Fetch-Dest");

    /** A page of this service, or somebody who typed the address. */
    private static final Set<String> OWN = Set.of("same-origin", "none");

    private final @Nullable URI publicUrl;
    private final Problem problem;
    private final Refusals refusals;

    OwnSite(DrSettings settings, Problem problem, Refusals refusals) {
        this.publicUrl = settings.publicUrl();
        this.problem = problem;
        this.refusals = refusals;
    }

    /** Whether a browser asks on behalf of a page: programs send none of these headers, and a page cannot leave them out. */
    static boolean isForPage(HttpServletRequest request) {
        return OF_BROWSERS.stream().anyMatch(header -> request.getHeader(header) != null);
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        if (SAFE.contains(request.getMethod()) || isOwn(request)) {
            chain.doFilter(request, new Unshared(response));
            return;
        }
        String detail = "the request comes from a page of another site ("
                + (request.getHeader(HttpHeaders.ORIGIN) == null
                        ? SITE + ": " + request.getHeader(SITE)
                        : request.getHeader(HttpHeaders.ORIGIN))
                + "); behind a proxy that changes the Host header, set dr.public-url";
        refusals.note(request, CODE, detail);
        problem.write(response, HttpStatus.FORBIDDEN, CODE, detail);
    }

    /** Old browsers, and all of them without TLS, only say the origin. */
    private boolean isOwn(HttpServletRequest request) {
        String site = request.getHeader(SITE);
        if (site != null) {
            return OWN.contains(site);
        }
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        return origin == null || own(request).contains(authority(origin));
    }

    private Set<String> own(HttpServletRequest request) {
        Set<String> own = new HashSet<>();
        Stream.of("http://" + request.getHeader(HttpHeaders.HOST), String.valueOf(publicUrl))
                .map(OwnSite::authority)
                .filter(authority -> !authority.isEmpty())
                .forEach(own::add);
        return own;
    }

    /** Host and port; without the port when it is the one that browsers leave out. */
    private static String authority(String url) {
        int host = url.indexOf("://");
        if (host < 0) {
            return "";
        }
        String rest = url.substring(host + "://".length());
        int end = rest.indexOf('/');
        String authority = (end < 0 ? rest : rest.substring(0, end)).toLowerCase(Locale.ROOT);
        return authority.replaceFirst(":(80|443)$", "");
    }

    /** An answer that no other site may read, whatever stands behind would say. */
    private static final class Unshared extends HttpServletResponseWrapper {

        private static final String PREFIX = "access-control-";

        Unshared(HttpServletResponse response) {
            super(response);
        }

        @Override
        public void setHeader(String name, String value) {
            if (!shares(name)) {
                super.setHeader(name, value);
            }
        }

        @Override
        public void addHeader(String name, String value) {
            if (!shares(name)) {
                super.addHeader(name, value);
            }
        }

        private static boolean shares(String name) {
            return name.toLowerCase(Locale.ROOT).startsWith(PREFIX);
        }
    }
}
