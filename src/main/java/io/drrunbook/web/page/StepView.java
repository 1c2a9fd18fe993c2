package io.drrunbook.web.page;

import io.drrunbook.figures.Figures;
import io.drrunbook.run.Step;
import io.drrunbook.run.StepStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A step as a person reads it.
 *
 * @param word its status in words
 * @param details a line each
 */
record StepView(
        int number,
        String name,
        String status,
        String word,
        String duration,
        List<String> details,
        @Nullable String error,
        @Nullable String instruction) {

    private static final Map<StepStatus, String> WORDS = Map.of(
            StepStatus.PENDING, "not begun",
            StepStatus.RUNNING, "running",
            StepStatus.COMPLETED, "completed",
            StepStatus.FAILED, "failed",
            StepStatus.SKIPPED, "not part of this run",
            StepStatus.MANUAL_REQUIRED, "waits for a person");

    static StepView of(Step step) {
        boolean began = step.startedAt() != null && step.status() != StepStatus.PENDING;
        Object instruction = step.detail().get("instruction");
        return new StepView(
                step.number(),
                step.name(),
                step.status().name().toLowerCase(Locale.ROOT),
                WORDS.get(step.status()),
                began ? Figures.duration(step.durationSeconds(Instant.now())) : "",
                details(step.detail()),
                step.error(),
                step.status() == StepStatus.MANUAL_REQUIRED && instruction != null ? instruction.toString() : null);
    }

    private static List<String> details(Map<String, Object> detail) {
        List<String> lines = new ArrayList<>();
        detail.forEach((key, value) -> {
            switch (key) {
                case "instruction", "size_mb", "backup_id", "verified" -> {}
                case "size_bytes" -> lines.add("size: " + Figures.bytes(((Number) value).doubleValue()));
                case "attempts", "copies" -> lines.addAll(attempts(key, value));
                default -> lines.add(key.replace('_', ' ') + ": " + text(value));
            }
        });
        return lines;
    }

    private static List<String> attempts(String key, Object value) {
        if (!(value instanceof List<?> list)) {
            return List.of(key + ": " + value);
        }
        return list.stream()
                .filter(Map.class::isInstance)
                .map(Map.class::cast)
                .map(attempt -> attempt.get("source")
                        + (attempt.containsKey("error") ? " failed: " + attempt.get("error") : " served it"))
                .map(Figures::plain)
                .toList();
    }

    private static String text(Object value) {
        return Figures.plain(
                value instanceof List<?> list
                        ? list.stream().map(String::valueOf).collect(Collectors.joining(", "))
                        : String.valueOf(value));
    }
}
