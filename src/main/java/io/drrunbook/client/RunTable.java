package io.drrunbook.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** A run as a table of its seven steps. */
final class RunTable {

    private static final Set<String> FIXED =
            Set.of("step", "name", "status", "duration_seconds", "start_time", "end_time", "error");
    private static final Set<String> LONG = Set.of(
            "sha256",
            "attempts",
            "deployments",
            "stores",
            "backup_id",
            "reason",
            "created_at",
            "instruction",
            "previous_database",
            "side_database",
            "size_mb");

    private RunTable() {}

    static void print(JsonNode run, PrintStream out) {
        out.println();
        out.printf("%-4s %-24s %-16s %9s  %s%n", "step", "name", "status", "seconds", "detail");
        for (JsonNode step : run.get("steps")) {
            out.printf(
                    "%-4d %-24s %-16s %9.1f  %s%n",
                    step.get("step").asInt(),
                    step.get("name").asText(),
                    step.get("status").asText().replace('_', ' '),
                    step.get("duration_seconds").asDouble(),
                    detail(step));
        }
        out.println();
        out.printf(
                "%s of %s: %s after %s of %s (RTO %s)%n",
                run.get("mode").asText(),
                run.get("application").asText(),
                run.get("status").asText().replace('_', ' '),
                Sizes.clock(run.get("duration_seconds").asLong()),
                Sizes.clock(run.get("rto_target_seconds").asLong()),
                run.get("rto_met").asBoolean() ? "met" : "missed");
        if (run.hasNonNull("data_loss_seconds")) {
            out.printf(
                    "data loss: %s of %s (RPO %s)%n",
                    Sizes.clock(run.get("data_loss_seconds").asLong()),
                    Sizes.clock(run.get("rpo_target_seconds").asLong()),
                    run.get("rpo_met").asBoolean() ? "met" : "missed");
        }
        if (run.hasNonNull("previous_database")) {
            out.println("previous database: " + run.get("previous_database").asText()
                    + "; swap it back with ./dr rollback " + run.get("id").asText());
        }
        if (run.hasNonNull("error")) {
            out.println("error: " + run.get("error").asText() + " ("
                    + run.path("code").asText() + ")");
        }
        for (JsonNode step : run.get("steps")) {
            if (step.get("status").asText().equals("manual_required")) {
                out.println("waits for a person: " + step.path("instruction").asText());
            }
        }
    }

    private static String detail(JsonNode step) {
        List<String> parts = new ArrayList<>();
        step.path("attempts").forEach(attempt -> {
            if (attempt.hasNonNull("error")) {
                parts.add(attempt.get("source").asText() + " "
                        + attempt.get("outcome").asText());
            }
        });
        step.fields().forEachRemaining(field -> {
            if (!FIXED.contains(field.getKey()) && !LONG.contains(field.getKey())) {
                String value = field.getKey().equals("size_bytes")
                        ? Sizes.text(field.getValue().asLong())
                        : field.getKey().replace('_', ' ') + " "
                                + field.getValue().asText();
                parts.add(value);
            }
        });
        return String.join(", ", parts);
    }
}
