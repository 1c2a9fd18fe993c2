package io.drrunbook.web;

import io.drrunbook.failure.Explained;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.run.RefusedException;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.NestedExceptionUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.security.access.AccessDeniedException;
import org.springframework.security.core.AuthenticationException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import org.springframework.web.context.request.ServletWebRequest;
import org.springframework.web.context.request.WebRequest;
import org.springframework.web.servlet.mvc.method.annotation.ResponseEntityExceptionHandler;

/** Errors as {@code application/problem+json} (RFC 9457), each with a {@code code} that does not change. */
@RestControllerAdvice
class Problems extends ResponseEntityExceptionHandler {

    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);
    private static final Map<RefusedException.Reason, HttpStatus> STATUS = Map.of(
            RefusedException.Reason.BAD_REQUEST, HttpStatus.BAD_REQUEST,
            RefusedException.Reason.FORBIDDEN, HttpStatus.FORBIDDEN,
            RefusedException.Reason.UNKNOWN, HttpStatus.NOT_FOUND,
            RefusedException.Reason.CONFLICT, HttpStatus.CONFLICT,
            RefusedException.Reason.NOT_RESTORABLE, HttpStatus.UNPROCESSABLE_ENTITY);

    private final Refusals refusals;

    Problems(Refusals refusals) {
        this.refusals = refusals;
    }

    @ExceptionHandler(RefusedException.class)
    ProblemDetail refused(RefusedException refusal, HttpServletRequest request) {
        if (!refusal.inJournal()) {
            refusals.note(request, refusal.code(), refusal.getMessage());
        }
        return problem(STATUS.get(refusal.reason()), refusal.code(), refusal.getMessage());
    }

    @ExceptionHandler(RunbookException.class)
    ProblemDetail failed(RunbookException failure) {
        LOG.warn("a request failed [{}]: {}", failure.code(), failure.getMessage());
        return problem(HttpStatus.BAD_GATEWAY, failure.code(), failure.getMessage());
    }

    /** What nobody has foreseen is a problem with a code, too; who may not do something is told by the filters. */
    @ExceptionHandler(Exception.class)
    ProblemDetail unforeseen(Exception failure) throws Exception {
        if (failure instanceof AccessDeniedException || failure instanceof AuthenticationException) {
            throw failure;
        }
        Explained explained = Explained.of(failure);
        LOG.error("a request failed [{}]: {}", explained.code(), explained.message(), failure);
        return problem(HttpStatus.INTERNAL_SERVER_ERROR, explained.code(), explained.message());
    }

    @Override
    protected @Nullable ResponseEntity<Object> handleExceptionInternal(
            Exception failure, @Nullable Object body, HttpHeaders headers, HttpStatusCode status, WebRequest request) {
        boolean tooLarge = NestedExceptionUtils.getMostSpecificCause(failure) instanceof BodyTooLargeException;
        HttpStatus answered = tooLarge ? HttpStatus.PAYLOAD_TOO_LARGE : HttpStatus.valueOf(status.value());
        ResponseEntity<Object> answer = super.handleExceptionInternal(failure, body, headers, answered, request);
        if (answer != null && answer.getBody() instanceof ProblemDetail problem) {
            String code =
                    tooLarge ? BodyTooLargeException.CODE : answered.name().toLowerCase(Locale.ROOT);
            problem.setStatus(answered.value());
            problem.setTitle(answered.getReasonPhrase());
            problem.setProperty("code", code);
            if (request instanceof ServletWebRequest web && isWrite(web.getRequest())) {
                refusals.note(web.getRequest(), code, problem.getDetail());
            }
        }
        return answer;
    }

    private static boolean isWrite(HttpServletRequest request) {
        return !HttpMethod.GET.matches(request.getMethod()) && !HttpMethod.HEAD.matches(request.getMethod());
    }

    private static ProblemDetail problem(HttpStatus status, String code, @Nullable String detail) {
        ProblemDetail problem = ProblemDetail.forStatusAndDetail(status, String.valueOf(detail));
        problem.setProperty("code", code);
        return problem;
    }
}
