package io.drrunbook.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import io.drrunbook.run.Role;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import javax.management.MalformedObjectNameException;
import javax.management.ObjectName;

/**
 * What is handed on of one request to Jolokia: only the members that are known, as they were understood; everything else is
 * refused. What Hawtio sends to an endpoint becomes a call of {@link TriggerEndpoints}.
 */
final class ConsoleRequest {

    private static final Set<String> READING = Set.of("read", "list", "search", "version");
    private static final List<String> MEMBERS = List.of("mbean", "attribute", "path", "operation", "arguments");

    private static final String RUNBOOK = "io.drrunbook";
    private static final String SEND = "send";
    private static final String MAY_SEND = "canSendToEndpoint";

    /** Hawtio asks so of each of hundreds of MBeans in one request, before it shows their tree. */
    private static final String MAY_INVOKE = "canInvoke";

    private ConsoleRequest() {}

    /**
     * The request as Jolokia gets it.
     *
     * @throws RefusedException {@code jolokia_refused}
     */
    static ObjectNode handedOn(JsonNode asked, ReadBudget budget) {
        if (!asked.isObject()) {
            throw refused("a request is a JSON object");
        }
        if (asked.has("target")) {
            throw refused("requests are not handed on to another JVM");
        }
        String type = asked.path("type").asText("").toLowerCase(Locale.ROOT);
        if (type.equals("exec")) {
            return call(asked, budget);
        }
        if (!READING.contains(type)) {
            throw refused("requests of type '" + type + "' are not taken");
        }
        switch (type) {
            case "read" -> budget.read(name(asked), asked.path("attribute"));
            case "search" -> {
                name(asked);
                budget.search();
            }
            case "list" -> budget.list(asked.path("path"));
            default -> budget.little();
        }
        return copy(asked, type);
    }

    private static ObjectNode call(JsonNode asked, ReadBudget budget) {
        ObjectName name = name(asked);
        // Which operations there are, says jolokia-access.xml, and refuses one without the others of a bulk.
        if (name.isPattern()) {
            throw refused("an operation is called on one MBean, not on '" + name + "'");
        }
        if (!asked.path("operation").isTextual()) {
            throw refused("operation is missing");
        }
        String operation = asked.path("operation").asText();
        if (operation.startsWith(MAY_INVOKE)) {
            budget.little();
            return copy(asked, "exec");
        }
        budget.call();
        if (operation.startsWith(SEND) || operation.startsWith(MAY_SEND)) {
            return message(asked, operation.startsWith(SEND));
        }
        if (name.getDomain().equals(RUNBOOK)) {
            requireMore();
        }
        return copy(asked, "exec");
    }

    private static ObjectNode message(JsonNode asked, boolean send) {
        JsonNode arguments = asked.path("arguments");
        String endpoint = arguments.path(0).asText("");
        if (!TriggerEndpoints.isOne(endpoint)) {
            throw refused(TriggerEndpoints.refusal(endpoint));
        }
        requireMore();
        ObjectNode call = JsonNodeFactory.instance
                .objectNode()
                .put("type", "exec")
                .put("mbean", TriggerEndpoints.NAME)
                .put(
                        "operation",
                        send
                                ? "send(java.lang.String,java.lang.String,java.util.Map)"
                                : "canSendToEndpoint(java.lang.String)");
        var handedOn = call.putArray("arguments").add(endpoint);
        if (send) {
            JsonNode headers = arguments.path(2);
            handedOn.add(arguments.path(1).asText(""));
            handedOn.add(headers.isObject() ? headers : JsonNodeFactory.instance.objectNode());
        }
        return call;
    }

    /** Admission says the rest; a viewer does not come so far. */
    private static void requireMore() {
        if (People.current().role() == Role.VIEWER) {
            throw refused("a viewer only reads");
        }
    }

    /** Jolokia would take {@code jmx@} before a name for the way to reach it. */
    private static ObjectName name(JsonNode asked) {
        String text = asked.path("mbean").isTextual() ? asked.path("mbean").asText() : "";
        try {
            // An empty name would be a pattern for all of them.
            if (text.isEmpty()) {
                throw refused("mbean is missing");
            }
            ObjectName name = ObjectName.getInstance(text);
            if (name.getDomain().contains("@")) {
                throw refused("'" + text + "' has a provider before its name");
            }
            return name;
        } catch (MalformedObjectNameException e) {
            throw refused("'" + text + "' is no name of an MBean");
        }
    }

    private static ObjectNode copy(JsonNode asked, String type) {
        ObjectNode copy = JsonNodeFactory.instance.objectNode().put("type", type);
        MEMBERS.stream().filter(asked::has).forEach(member -> copy.set(member, asked.get(member)));
        return copy;
    }

    private static RefusedException refused(String why) {
        return new RefusedException(Reason.FORBIDDEN, JolokiaGate.CODE, why);
    }
}
