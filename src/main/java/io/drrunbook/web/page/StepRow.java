package io.drrunbook.web.page;

import io.drrunbook.run.Run;
import io.drrunbook.run.Step;
import io.drrunbook.run.StepStatus;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A step as it stands in the timeline.
 *
 * @param duration empty before it began
 * @param attempts what the failover has tried, in order
 * @param facts what else the step said of itself
 * @param progress null unless it runs and has said how far it is
 */
record StepRow(
        int number,
        String name,
        Mark mark,
        @Nullable Instant startedAt,
        @Nullable Instant endedAt,
        String duration,
        @Nullable String error,
        List<Attempt> attempts,
        List<Fact> facts,
        @Nullable ShownProgress progress) {

    /** Said elsewhere on the page, or the same as another in another unit. */
    private static final Set<String> LEFT_OUT = Set.of("size_mb", "instruction", Run.FINDINGS);

    static StepRow of(Step step, Optional<ShownProgress> progress) {
        boolean runs = step.status() == StepStatus.RUNNING;
        boolean began = step.startedAt() != null && step.status() != StepStatus.SKIPPED;
        List<Attempt> attempts = new ArrayList<>();
        List<Fact> facts = new ArrayList<>();
        step.detail().forEach((key, value) -> {
            if (key.equals("attempts") && value instanceof Collection<?> tried) {
                tried.forEach(each -> attempts.add(Attempt.of(each)));
            } else if (!LEFT_OUT.contains(key)) {
                facts.add(new Fact(label(key), text(key, value)));
            }
        });
        return new StepRow(
                step.number(),
                step.name(),
                Mark.of(step.status()),
                step.startedAt(),
                step.endedAt(),
                began ? Said.duration(step.durationSeconds(Instant.now())) : "",
                step.error(),
                attempts,
                facts,
                progress.filter(now -> runs && now.step() == step.number()).orElse(null));
    }

    private static String label(String key) {
        String words = key.replaceAll("_(bytes|seconds|at)$", "")
                .replace('_', ' ')
                .replace("sha256", "SHA-256")
                .replace("rto", "RTO");
        return Character.toUpperCase(words.charAt(0)) + words.substring(1);
    }

    private static String text(String key, @Nullable Object value) {
        if (value instanceof Number number && key.endsWith("_bytes")) {
            return Said.bytes(number.doubleValue());
        }
        if (value instanceof Number number && key.endsWith("_seconds")) {
            return Said.duration(number.doubleValue());
        }
        if (value instanceof Boolean yes) {
            return yes ? "yes" : "no";
        }
        if (value instanceof Collection<?> many) {
            return many.stream().map(each -> text("", each)).collect(Collectors.joining(", "));
        }
        if (value instanceof Map<?, ?> members) {
            return members.entrySet().stream()
                    .map(member -> member.getKey() + " " + text(String.valueOf(member.getKey()), member.getValue()))
                    .collect(Collectors.joining(" · "));
        }
        return key.endsWith("_at") ? time(String.valueOf(value)) : String.valueOf(value);
    }

    private static String time(String text) {
        try {
            return Said.time(Instant.parse(text));
        } catch (DateTimeParseException e) {
            // A step may call anything *_at, and whatever it is can be shown.
            return text;
        }
    }

    /** Something that the step said of itself. */
    record Fact(String label, String text) {}

    /**
     * One store that was asked.
     *
     * @param text {@code r2 failed (corrupt): SHA-256 differs}
     */
    record Attempt(boolean good, String text) {

        static Attempt of(Object attempt) {
            if (!(attempt instanceof Map<?, ?> members)) {
                return new Attempt(true, String.valueOf(attempt));
            }
            Object source = members.get("source");
            Object error = members.get("error");
            return error == null
                    ? new Attempt(true, source + ": good copy")
                    : new Attempt(false, source + " failed (" + members.get("outcome") + "): " + error);
        }
    }
}
