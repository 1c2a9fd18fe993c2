package io.drrunbook.alert;

import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An alert on its way to one recipient.
 *
 * @param channel {@code email}, {@code webhook} or {@code sms}
 * @param recipient an address, a number, or the host of a webhook
 * @param attempts made so far
 * @param deliveredAt null until it is delivered
 * @param receipt what the receiver answered; null until it is delivered
 * @param error why the last attempt failed; null when none did, or a later one succeeded
 */
public record Delivery(
        String channel,
        String recipient,
        Status status,
        int attempts,
        @Nullable Instant deliveredAt,
        @Nullable String receipt,
        @Nullable String error) {

    /** Where it stands. */
    public enum Status {
        /** To be tried, or tried again. */
        PENDING,
        /** The receiver has said that it has it. */
        DELIVERED,
        /** Given up. */
        FAILED;

        /** As it stands in answers. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
