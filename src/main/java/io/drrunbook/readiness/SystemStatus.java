package io.drrunbook.readiness;

import java.time.Instant;
import java.util.List;

/**
 * All applications and stores.
 *
 * @param storesSeenAt when the stores were last looked at
 * @param unreadable a sentence for each row of the journal that cannot be read and is left out
 */
public record SystemStatus(
        Instant storesSeenAt,
        List<ApplicationStatus> applications,
        List<StoreStatus> stores,
        List<String> unreadable) {}
