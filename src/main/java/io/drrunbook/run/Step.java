package io.drrunbook.run;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One of the seven steps of a run; its states are told at {@link StepStatus}.
 *
 * @param detail what the step said of itself: source, size, attempts, ...
 */
public record Step(
        int number,
        String name,
        StepStatus status,
        @Nullable Instant startedAt,
        @Nullable Instant endedAt,
        @Nullable String error,
        Map<String, Object> detail) {

    /** Names of the seven steps as people outside rely on them; the runbook's route says in which order they run. */
    static final Map<Integer, String> NAMES = Map.of(
            1, "Select backup",
            2, "Download backup",
            3, "Decrypt and decompress",
            4, "Restore database",
            5, "Restart application",
            6, "Verify health checks",
            7, "Reroute traffic");

    /** The numbers of all steps, in their order. */
    public static IntStream numbers() {
        return IntStream.rangeClosed(1, NAMES.size());
    }

    /** The name of the step of that number. */
    public static String name(int number) {
        return String.valueOf(NAMES.get(number));
    }

    /** Time spent, up to {@code now} while it runs; 0 before it began. In seconds. */
    public double durationSeconds(Instant now) {
        if (startedAt == null) {
            return 0;
        }
        return Duration.between(startedAt, endedAt == null ? now : endedAt).toNanos() / 1e9;
    }
}
