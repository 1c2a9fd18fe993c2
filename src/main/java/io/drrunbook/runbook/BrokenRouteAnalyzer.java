package io.drrunbook.runbook;

import java.sql.SQLException;
import java.util.Optional;
import org.apache.camel.FailedToCreateRouteException;
import org.apache.camel.FailedToStartRouteException;
import org.apache.camel.RuntimeCamelException;
import org.apache.camel.spring.boot.CamelSpringBootInitializationException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.NestedExceptionUtils;

/**
 * Lets a route that cannot be read, or that names what is not there, stop the service with the file and line, or the
 * route's id, instead of a stack trace: whoever changes the runbook is no programmer.
 */
class BrokenRouteAnalyzer extends AbstractFailureAnalyzer<Exception> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, Exception cause) {
        return route(rootFailure)
                .map(failure -> new FailureAnalysis(
                        "routes/ cannot be used, so nothing was started: "
                                + String.join(" ", what(failure).split("\\s+")),
                        "Correct it and start again; the file as it was is in the version that was delivered.",
                        rootFailure))
                .orElse(null);
    }

    private static Optional<Throwable> route(Throwable failure) {
        if (isTheJournals(failure)) {
            return Optional.empty();
        }
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof FailedToCreateRouteException
                    || cause instanceof FailedToStartRouteException
                    || cause instanceof CamelSpringBootInitializationException
                    || cause instanceof RuntimeCamelException) {
                return Optional.of(cause);
            }
        }
        return Optional.empty();
    }

    /** What is scheduled is written while Camel starts, and says by itself what is wrong. */
    private static boolean isTheJournals(Throwable failure) {
        return NestedExceptionUtils.getMostSpecificCause(failure) instanceof SQLException;
    }

    /** The route, and the innermost cause: only that says the line, or the name that is not there. */
    private static String what(Throwable failure) {
        String innermost = String.valueOf(
                NestedExceptionUtils.getMostSpecificCause(failure).getMessage());
        if (failure instanceof FailedToCreateRouteException broken) {
            return "route " + broken.getRouteId() + ": " + innermost;
        }
        return innermost;
    }
}
