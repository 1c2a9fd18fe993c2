package io.drrunbook.web;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.drrunbook.alert.Alert;
import io.drrunbook.alert.Alerts;
import io.drrunbook.alert.Delivery;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import java.security.Principal;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Alerts over HTTP: read, acknowledge, and a test of all channels. */
@RestController
@RequestMapping("/api/v1/alerts")
class AlertsController {

    private final Alerts alerts;

    AlertsController(Alerts alerts) {
        this.alerts = alerts;
    }

    /** Newest first; a {@code Link} header leads to the next page. */
    @GetMapping
    ResponseEntity<List<AlertLog>> list(
            @RequestParam(defaultValue = "false") boolean open,
            @RequestParam(defaultValue = "50") int limit,
            @RequestParam(defaultValue = "0") int offset) {
        return Page.of(limit, offset)
                .answer(alerts.list(open, limit + 1, offset).stream()
                        .map(AlertLog::of)
                        .toList());
    }

    @GetMapping("/{id}")
    AlertLog one(@PathVariable String id) {
        return AlertLog.of(alerts.find(parse(id)).orElseThrow(() -> unknown(id)));
    }

    @PostMapping("/{id}/acknowledge")
    ResponseEntity<AlertLog> acknowledge(@PathVariable String id, Principal user) {
        return ResponseEntity.accepted().body(AlertLog.of(alerts.acknowledge(parse(id), user.getName())));
    }

    @PostMapping("/test")
    ResponseEntity<List<AlertLog>> test(Principal user) {
        return ResponseEntity.accepted()
                .body(alerts.test(user.getName()).stream().map(AlertLog::of).toList());
    }

    private static UUID parse(String id) {
        try {
            return UUID.fromString(id);
        } catch (IllegalArgumentException e) {
            throw unknown(id);
        }
    }

    private static RefusedException unknown(String id) {
        return new RefusedException(
                Reason.UNKNOWN, "alert_unknown", "no alert '" + id + "'; GET /api/v1/alerts lists them");
    }

    /** An alert as the API shows it. */
    @JsonNaming(SnakeCaseStrategy.class)
    record AlertLog(
            UUID id,
            String kind,
            String severity,
            @Nullable String application,
            @Nullable UUID runId,
            String message,
            Instant at,
            Instant lastAt,
            int count,
            @Nullable Instant resolvedAt,
            @Nullable Instant acknowledgedAt,
            @Nullable String acknowledgedBy,
            List<DeliveryLog> deliveries) {

        static AlertLog of(Alert alert) {
            return new AlertLog(
                    alert.id(),
                    alert.kind(),
                    alert.severity().word(),
                    alert.application(),
                    alert.runId(),
                    alert.message(),
                    alert.at(),
                    alert.lastAt(),
                    alert.count(),
                    alert.resolvedAt(),
                    alert.acknowledgedAt(),
                    alert.acknowledgedBy(),
                    alert.deliveries().stream().map(DeliveryLog::of).toList());
        }
    }

    /** A delivery as the API shows it. */
    @JsonNaming(SnakeCaseStrategy.class)
    record DeliveryLog(
            String channel,
            String recipient,
            String status,
            int attempts,
            @Nullable Instant deliveredAt,
            @Nullable String receipt,
            @Nullable String error) {

        static DeliveryLog of(Delivery delivery) {
            return new DeliveryLog(
                    delivery.channel(),
                    delivery.recipient(),
                    delivery.status().word(),
                    delivery.attempts(),
                    delivery.deliveredAt(),
                    delivery.receipt(),
                    delivery.error());
        }
    }
}
