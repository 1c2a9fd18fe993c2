package io.drrunbook.alert;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Something worth an alert; one that is there already is counted up instead.
 *
 * @param application null for what belongs to none
 * @param cause tells one cause of the kind and application from another
 * @param runId null for what belongs to no run
 * @param message a sentence for whoever is told
 */
record Occurrence(
        Kind kind,
        @Nullable String application,
        String cause,
        @Nullable UUID runId,
        String message,
        Instant at) {}
