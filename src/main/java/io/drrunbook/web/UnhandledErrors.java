package io.drrunbook.web;

import io.drrunbook.failure.Explained;
import jakarta.servlet.RequestDispatcher;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.servlet.error.ErrorController;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.servlet.ModelAndView;

/** What fails before or behind every controller: a page for a browser, {@code problem+json} for everybody else. */
@Controller
class UnhandledErrors implements ErrorController {

    private final Problem problem;

    UnhandledErrors(Problem problem) {
        this.problem = problem;
    }

    @RequestMapping("${server.error.path:/error}")
    @Nullable
    ModelAndView answer(HttpServletRequest request, HttpServletResponse response) throws IOException {
        HttpStatus status = status(request);
        Optional<Explained> failure = Optional.ofNullable(
                        (Throwable) request.getAttribute(RequestDispatcher.ERROR_EXCEPTION))
                .map(Explained::of);
        if (isForBrowser(request)) {
            ModelAndView page = new ModelAndView("error");
            page.setStatus(status);
            page.addObject("status", status.value());
            page.addObject("code", failure.map(Explained::code).orElse(null));
            page.addObject("message", failure.map(Explained::message).orElse(null));
            return page;
        }
        problem.write(
                response,
                status,
                failure.map(Explained::code).orElse(status.name().toLowerCase(Locale.ROOT)),
                failure.map(Explained::message).orElse(status.getReasonPhrase()));
        return null;
    }

    private static HttpStatus status(HttpServletRequest request) {
        return Optional.ofNullable((Integer) request.getAttribute(RequestDispatcher.ERROR_STATUS_CODE))
                .map(HttpStatus::resolve)
                .orElse(HttpStatus.INTERNAL_SERVER_ERROR);
    }

    private static boolean isForBrowser(HttpServletRequest request) {
        String path = String.valueOf(request.getAttribute(RequestDispatcher.ERROR_REQUEST_URI));
        String accept = request.getHeader(HttpHeaders.ACCEPT);
        return !path.startsWith("/api/")
                && !path.startsWith("/actuator/")
                && accept != null
                && accept.contains("text/html");
    }
}
