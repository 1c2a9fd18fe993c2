package io.drrunbook.web;

import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.ProducerTemplate;
import org.jspecify.annotations.Nullable;
import org.springframework.jmx.export.annotation.ManagedOperation;
import org.springframework.jmx.export.annotation.ManagedOperationParameter;
import org.springframework.jmx.export.annotation.ManagedResource;
import org.springframework.stereotype.Component;

/**
 * The MBean behind Hawtio's <em>Send</em>: messages to the routes that start a run, and to no other endpoint. Camel's own
 * MBean of the context sends to any, {@code exec:} among them; Jolokia's policy lets nobody call that.
 */
@Component
@ManagedResource(
        objectName = TriggerEndpoints.NAME,
        description = "Sends messages to the endpoints that start runs, and to no other")
public class TriggerEndpoints {

    static final String NAME = "io.drrunbook:type=Triggers";

    /** All documented in {@code routes/triggers/console.camel.yaml}. */
    static final Set<String> ENDPOINTS = Set.of("direct:start-recovery", "direct:start-drill", "direct:start-plan");

    /** What those routes read; another header could mean something to a component of Camel. */
    private static final Set<String> HEADERS = Set.of("application", "backup_id", "confirm");

    /** Hawtio names an endpoint like this. */
    private static final String DIRECT = "direct://";

    private final ProducerTemplate messages;

    TriggerEndpoints(ProducerTemplate messages) {
        this.messages = messages;
    }

    /**
     * Starts a run, or says why not.
     *
     * @throws RefusedException {@code jolokia_refused}, or as admission refuses
     */
    @ManagedOperation(description = "Sends a message to one of the endpoints that start a run")
    @ManagedOperationParameter(name = "endpoint", description = "direct:start-recovery, -drill or -plan")
    @ManagedOperationParameter(name = "body", description = "The reason; it stands in the journal")
    @ManagedOperationParameter(name = "headers", description = "application, backup_id, confirm")
    public String send(String endpoint, String body, @Nullable Map<String, Object> headers) {
        if (!isOne(endpoint)) {
            throw new RefusedException(Reason.FORBIDDEN, JolokiaGate.CODE, refusal(endpoint));
        }
        Map<String, Object> known = new LinkedHashMap<>();
        if (headers != null) {
            headers.forEach((name, value) -> {
                if (HEADERS.contains(name)) {
                    known.put(name, value);
                }
            });
        }
        try {
            return messages.requestBodyAndHeaders(plain(endpoint), body, known, String.class);
        } catch (CamelExecutionException e) {
            if (e.getCause() instanceof RefusedException refusal) {
                throw refusal;
            }
            throw e;
        }
    }

    /** Hawtio asks it first. */
    @ManagedOperation(description = "Whether messages are taken for that endpoint")
    @ManagedOperationParameter(name = "endpoint", description = "Name of an endpoint")
    public boolean canSendToEndpoint(String endpoint) {
        return isOne(endpoint);
    }

    static boolean isOne(String endpoint) {
        return ENDPOINTS.contains(plain(endpoint));
    }

    static String refusal(String endpoint) {
        return "messages are only taken for " + ENDPOINTS.stream().sorted().toList() + ", not for '" + endpoint + "'";
    }

    private static String plain(String endpoint) {
        return endpoint.startsWith(DIRECT) ? "direct:" + endpoint.substring(DIRECT.length()) : endpoint;
    }
}
