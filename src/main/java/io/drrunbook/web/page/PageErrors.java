package io.drrunbook.web.page;

import io.drrunbook.failure.Explained;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.run.RefusedException;
import io.drrunbook.web.Refusals;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.stereotype.Component;
import org.springframework.web.ErrorResponse;
import org.springframework.web.servlet.HandlerExceptionResolver;
import org.springframework.web.servlet.ModelAndView;

/** Shows a browser a page where a program gets {@code problem+json}; both carry the same code. */
@Component
class PageErrors implements HandlerExceptionResolver, Ordered {

    private static final Logger LOG = LoggerFactory.getLogger(PageErrors.class);

    private final Refusals refusals;

    PageErrors(Refusals refusals) {
        this.refusals = refusals;
    }

    /** Before those that answer programs. */
    @Override
    public int getOrder() {
        return -1;
    }

    @Override
    public @Nullable ModelAndView resolveException(
            HttpServletRequest request, HttpServletResponse response, @Nullable Object handler, Exception failure) {
        if (!isForBrowser(request)) {
            return null;
        }
        if (failure instanceof RefusedException refusal) {
            if (!refusal.inJournal()) {
                refusals.note(request, refusal.code(), refusal.getMessage());
            }
            return page(Refusal.status(refusal), refusal.code(), refusal.getMessage());
        }
        if (failure instanceof RunbookException known) {
            LOG.warn("a request failed [{}]: {}", known.code(), known.getMessage());
            return page(HttpStatus.BAD_GATEWAY, known.code(), known.getMessage());
        }
        if (failure instanceof ErrorResponse error) {
            if (!HttpMethod.GET.matches(request.getMethod())) {
                refusals.note(
                        request,
                        "http_" + error.getStatusCode().value(),
                        error.getBody().getDetail());
            }
            return page(error.getStatusCode(), null, null);
        }
        if (failure instanceof AccessDeniedException || failure instanceof AuthenticationException) {
            return null;
        }
        Explained explained = Explained.of(failure);
        LOG.error("a page failed [{}]: {}", explained.code(), explained.message(), failure);
        return page(HttpStatus.INTERNAL_SERVER_ERROR, explained.code(), explained.message());
    }

    private static boolean isForBrowser(HttpServletRequest request) {
        String path = request.getRequestURI();
        String accept = request.getHeader(HttpHeaders.ACCEPT);
        return !path.startsWith("/api/")
                && !path.startsWith("/actuator/")
                && accept != null
                && accept.contains("text/html");
    }

    private static ModelAndView page(HttpStatusCode status, @Nullable String code, @Nullable String message) {
        ModelAndView page = new ModelAndView("error");
        page.setStatus(status);
        page.addObject("status", status.value());
        page.addObject("code", code);
        page.addObject("message", message);
        return page;
    }
}
