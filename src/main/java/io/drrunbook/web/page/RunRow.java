package io.drrunbook.web.page;

import io.drrunbook.run.Mode;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunStatus;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A run as it stands in a list.
 *
 * @param rto whether the objective was met; null while that is open, and for a plan, which it does not concern
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
        double seconds = run.durationSeconds(Instant.now());
        boolean met = seconds <= run.rtoTargetSeconds();
        boolean open = run.status().active() || run.status() == RunStatus.CANCELLED;
        return new RunRow(
                run.id(),
                run.startTime(),
                Said.words(run.mode()),
                run.application(),
                Mark.of(run),
                Said.duration(seconds),
                Said.objective(run.rtoTargetSeconds()),
                run.mode() == Mode.PLAN || met && open ? null : Mark.met(met),
                run.initiatedBy(),
                run.reason());
    }

    static @Nullable RunRow ofNullable(@Nullable Run run) {
        return run == null ? null : of(run);
    }
}
