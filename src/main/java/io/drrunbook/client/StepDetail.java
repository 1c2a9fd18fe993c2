package io.drrunbook.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.drrunbook.figures.Figures;
import java.util.ArrayList;
import java.util.List;

/** What matters of a step, in a few words. */
final class StepDetail {

    private StepDetail() {}

    /** Its error, else what it reports: {@code from b2, 1.4 MB, r2 failed: connection refused}. */
    static String of(JsonNode step) {
        List<String> words = new ArrayList<>();
        add(words, "", step.path("error"), "");
        add(words, "", step.path("backup_filename"), "");
        add(words, "from ", step.path("source"), "");
        add(words, "", step.path("encryption"), "");
        add(words, "", step.path("compression"), "");
        if (step.path("size_bytes").isNumber()) {
            words.add(Figures.bytes(step.path("size_bytes").asDouble()));
        }
        add(words, "", step.path("tables_verified"), " tables");
        add(words, "", step.path("rows_verified"), " rows verified");
        add(words, "", step.path("method"), "");
        add(words, "", step.path("deployments"), "");
        add(words, "", step.path("services"), "");
        attempts(words, step.path("attempts"));
        add(words, "", step.path("last_answer"), "");
        add(words, "", step.path("note"), "");
        if (step.path("person_needed").asBoolean()) {
            words.add("a person is needed");
        }
        add(words, "reaches ", step.path("reached"), "");
        predicted(words, step);
        return String.join(", ", words);
    }

    /** The elements of an array, with a comma between them. */
    static String list(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(element -> texts.add(Figures.plain(element.asText())));
        return String.join(",", texts);
    }

    /** What a plan says: how long the step took when it was last done. */
    private static void predicted(List<String> words, JsonNode step) {
        String from = Figures.plain(step.path("predicted_from").asText("")).replaceFirst("\\.\\d+Z", "Z");
        if (step.path("predicted_seconds").isNumber()) {
            words.add("predicted "
                    + Figures.duration(step.path("predicted_seconds").asDouble()) + " as in " + from);
        } else if (!from.isEmpty()) {
            words.add("duration not known (" + from + ")");
        }
    }

    private static void attempts(List<String> words, JsonNode attempts) {
        if (attempts.isNumber()) {
            words.add(attempts.asInt() == 1 ? "1 attempt" : attempts.asInt() + " attempts");
        }
        for (JsonNode attempt : attempts) {
            if (attempt.hasNonNull("error")) {
                words.add(Figures.plain(attempt.path("source").asText()) + " failed: "
                        + Figures.plain(attempt.path("error").asText()));
            }
        }
    }

    private static void add(List<String> words, String before, JsonNode value, String after) {
        String text = value.isArray() ? list(value) : Figures.plain(value.asText(""));
        if (!text.isEmpty()) {
            words.add(before + text + after);
        }
    }
}
