package io.drrunbook.run;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;

/**
 * What is done for each application again and again, by a schedule: drills, backups.
 *
 * @param name what one of them is called in logs, events and, with an s, in Quartz, e.g. {@code drill}
 * @param schedule of an application: a Quartz cron expression in UTC, empty when it is switched off
 * @param route told when the time has come; the body is the {@link Appointment}
 * @param retryDelay while a run stands in the way, it is tried again after so long ...
 * @param retries ... and so often, before it counts as missed
 */
public record Routine(
        String name, Function<String, Optional<String>> schedule, String route, Duration retryDelay, int retries) {

    /** Its jobs and triggers in Quartz. */
    String group() {
        return name + "s";
    }

    /** The journal's event when it could not be done. */
    String missed() {
        return name + "_missed";
    }
}
