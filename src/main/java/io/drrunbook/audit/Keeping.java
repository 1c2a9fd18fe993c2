package io.drrunbook.audit;

import io.drrunbook.settings.DrSettings;
import java.time.Instant;
import org.springframework.stereotype.Component;

/** How long each store keeps backups: a copy that is missing after that was deleted on purpose. */
@Component
class Keeping {

    private final DrSettings.Retention retention;

    Keeping(DrSettings settings) {
        this.retention = settings.retention();
    }

    /** Whether a backup of that time is past its time in that store. */
    boolean isOver(String store, Instant createdAt) {
        return retention.isOver(store, createdAt, Instant.now());
    }
}
