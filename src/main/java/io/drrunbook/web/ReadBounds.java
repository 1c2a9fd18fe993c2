package io.drrunbook.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Map;
import java.util.Set;

/**
 * How an answer of Jolokia may be formed. The query of the HTTP request and the request's own {@code config} say so; both
 * become one {@code config} in which every bound is there and none is wider than here.
 */
final class ReadBounds {

    private static final Set<String> FORMS = Set.of(
            "canonicalNaming",
            "ifModifiedSince",
            "ignoreErrors",
            "includeRequest",
            "listCache",
            "listInterfaces",
            "listKeys",
            "openTypes",
            "serializeLong");

    /** Hawtio asks for depth 9, and for which operation of which MBean it may call, all at once. */
    private static final Map<String, Integer> MOST =
            Map.of("maxDepth", 9, "maxCollectionSize", 50_000, "maxObjects", 200_000);

    private static final int LONGEST = 100;

    private ReadBounds() {}

    static ObjectNode of(HttpServletRequest request, JsonNode config) {
        ObjectNode bounds = JsonNodeFactory.instance.objectNode();
        FORMS.forEach(form -> {
            String value = value(request, config, form);
            if (!value.isEmpty() && value.length() <= LONGEST) {
                bounds.put(form, value);
            }
        });
        MOST.forEach((bound, most) ->
                bounds.put(bound, Integer.toString(bounded(value(request, config, bound), most))));
        return bounds;
    }

    private static String value(HttpServletRequest request, JsonNode config, String name) {
        if (config.hasNonNull(name)) {
            return config.get(name).asText();
        }
        String inQuery = request.getParameter(name);
        return inQuery == null ? "" : inQuery;
    }

    /** Jolokia takes 0 for no bound at all. */
    private static int bounded(String asked, int most) {
        boolean number = asked.matches("[1-9]\\d{0,8}");
        return number ? Math.min(Integer.parseInt(asked), most) : most;
    }
}
