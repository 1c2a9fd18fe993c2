package io.drrunbook.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.drrunbook.figures.Figures;

/** A step's change as one line. */
final class StepLine {

    private StepLine() {}

    /** {@code step 2 Download backup: completed in 0.5 s}. */
    static String of(JsonNode step) {
        String status = step.path("status").asText();
        StringBuilder line = new StringBuilder("step ")
                .append(step.path("step").asInt())
                .append(' ')
                .append(Figures.plain(step.path("name").asText()))
                .append(": ")
                .append(Figures.plain(status));
        if (status.equals("completed") || status.equals("failed")) {
            line.append(" in ")
                    .append(Figures.duration(step.path("duration_seconds").asDouble()));
        }
        if (step.hasNonNull("error")) {
            line.append(": ").append(Figures.plain(step.path("error").asText()));
        }
        return line.toString();
    }
}
