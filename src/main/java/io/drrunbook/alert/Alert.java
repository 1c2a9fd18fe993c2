package io.drrunbook.alert;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Something that people are told.
 *
 * @param kind stable word, e.g. {@code recovery_failed}
 * @param application null for what belongs to none
 * @param runId the run it is about; null when there is none
 * @param at when it was first seen
 * @param lastAt when it was last seen
 * @param count how often the same cause has come up
 * @param resolvedAt when it was over; null while it lasts, and for what does not end by itself
 * @param acknowledgedAt null until somebody has
 * @param deliveries one for each recipient of each channel that wants alerts of this severity
 */
public record Alert(
        UUID id,
        String kind,
        Severity severity,
        @Nullable String application,
        @Nullable UUID runId,
        String message,
        Instant at,
        Instant lastAt,
        int count,
        @Nullable Instant resolvedAt,
        @Nullable Instant acknowledgedAt,
        @Nullable String acknowledgedBy,
        List<Delivery> deliveries) {}
