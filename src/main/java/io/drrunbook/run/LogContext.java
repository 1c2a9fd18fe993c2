package io.drrunbook.run;

import java.util.Map;
import org.slf4j.MDC;

/** Says in each line of the log which run and application it belongs to, for whoever collects logs as JSON. */
public final class LogContext implements AutoCloseable {

    private static final String RUN = "run";
    private static final String APPLICATION = "application";

    private final Map<String, String> before;

    private LogContext(Map<String, String> now) {
        this.before = MDC.getCopyOfContextMap() == null ? Map.of() : MDC.getCopyOfContextMap();
        now.forEach(MDC::put);
    }

    /** From here until it is closed, in this thread and those that Camel goes on in. */
    static LogContext of(Run run) {
        return new LogContext(Map.of(RUN, run.id().toString(), APPLICATION, run.application()));
    }

    /** The same for what belongs to no run, such as a backup. */
    public static LogContext of(String application) {
        return new LogContext(Map.of(APPLICATION, application));
    }

    @Override
    public void close() {
        MDC.setContextMap(before);
    }
}
