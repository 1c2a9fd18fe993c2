package io.drrunbook.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One line of the journal.
 *
 * @param id counts up by one, over all runs
 * @param runId null for what belongs to no run, e.g. a refusal
 * @param at RFC 3339, UTC
 * @param kind {@code admitted}, {@code step}, {@code progress}, {@code log}, {@code ended}, {@code refused}, ...
 * @param content JSON
 * @param hash SHA-256 in hexadecimal over the hash before it and all other fields
 */
public record Event(long id, @Nullable UUID runId, String at, String kind, String content, String hash) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The content as a JSON object, also when somebody has put something else there. */
    public String json() {
        try {
            if (JSON.readTree(content).isObject()) {
                return content;
            }
        } catch (JsonProcessingException e) {
            return unreadable();
        }
        return unreadable();
    }

    private String unreadable() {
        return JSON.createObjectNode().put("unreadable", content).toString();
    }
}
