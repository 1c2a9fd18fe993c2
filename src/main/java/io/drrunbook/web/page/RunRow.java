package io.drrunbook.web.page;

import io.drrunbook.run.Run;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A run as it stands in a list.
 *
 * @param rto whether the objective was met; null while that is open, and for what came to nothing
 */
record RunRow(
        UUID id,
        Instant startedAt,
        String mode,
        String application,
        Mark mark,
        String duration,
        String target,
        @Nullable Mark rto,
        String by,
        String reason) {

    static RunRow of(Run run) {
        Instant now = Instant.now();
        return new RunRow(
                run.id(),
                run.startTime(),
                Said.words(run.mode()),
                run.application(),
                Mark.of(run),
                Said.duration(run.durationSeconds(now)),
                Said.objective(run.rtoTargetSeconds()),
                Mark.metOrOpen(run.rtoMet(now)),
                run.initiatedBy(),
                run.reason());
    }

    static @Nullable RunRow ofNullable(@Nullable Run run) {
        return run == null ? null : of(run);
    }
}
