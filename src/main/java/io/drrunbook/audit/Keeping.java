package io.drrunbook.audit;

import java.time.Duration;
import java.time.Instant;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/** How long each store keeps backups: a copy that is missing after that was deleted on purpose. */
@Component
class Keeping {

    private static final String FOR_EVER = "-";

    private final Environment settings;

    Keeping(Environment settings) {
        this.settings = settings;
    }

    /** Whether a backup of that time is past its time in that store ({@code dr.retention.<store>}). */
    boolean isOver(String store, Instant createdAt) {
        String key = "dr.retention." + store;
        if (FOR_EVER.equals(settings.getProperty(key, FOR_EVER).strip())) {
            return false;
        }
        Duration time = settings.getRequiredProperty(key, Duration.class);
        return createdAt.plus(time).isBefore(Instant.now());
    }
}
