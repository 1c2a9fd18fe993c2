package io.drrunbook.readiness;

import io.drrunbook.run.Run;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a drill or plan has found that a recovery would take.
 *
 * @param seconds of what is known
 * @param without what is not in it, a phrase each; empty when it is the whole
 */
public record PredictedRto(double seconds, List<String> without) {

    /** Detail of the last step of a drill or plan. */
    public static final String SECONDS = "predicted_rto_seconds";

    /** Detail of the same step, when something is missing. */
    public static final String WITHOUT = "predicted_rto_without";

    /** What the run says of it; empty for a recovery, and before the end. */
    public static Optional<PredictedRto> of(Run run) {
        return run.steps().stream()
                .map(step -> step.detail())
                .filter(detail -> detail.get(SECONDS) instanceof Number)
                .reduce((before, last) -> last)
                .map(PredictedRto::of);
    }

    private static PredictedRto of(Map<String, Object> detail) {
        List<String> without = detail.get(WITHOUT) instanceof Collection<?> missing
                ? missing.stream().map(String::valueOf).toList()
                : List.of();
        return new PredictedRto(((Number) detail.get(SECONDS)).doubleValue(), without);
    }

    /** Whether nothing is missing. */
    public boolean complete() {
        return without.isEmpty();
    }
}
