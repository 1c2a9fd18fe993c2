package io.drrunbook.web.page;

import io.drrunbook.run.RefusedException;
import io.drrunbook.web.Refusals;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.ui.Model;
import org.springframework.web.bind.annotation.ControllerAdvice;
import org.springframework.web.bind.annotation.ExceptionHandler;

/** What a page shows when it cannot show what was asked for. */
@Order(Ordered.HIGHEST_PRECEDENCE)
@ControllerAdvice(basePackageClasses = PageProblems.class)
class PageProblems {

    private final Refusals refusals;

    PageProblems(Refusals refusals) {
        this.refusals = refusals;
    }

    @ExceptionHandler(RefusedException.class)
    String refused(RefusedException refusal, HttpServletRequest request, HttpServletResponse response, Model model) {
        refusals.note(request, refusal.code(), refusal.getMessage());
        HttpStatus status =
                refusal.reason() == RefusedException.Reason.FORBIDDEN ? HttpStatus.FORBIDDEN : HttpStatus.NOT_FOUND;
        response.setStatus(status.value());
        model.addAttribute("status", status.value());
        model.addAttribute("error", status.getReasonPhrase());
        model.addAttribute("message", refusal.getMessage());
        return "error";
    }
}
