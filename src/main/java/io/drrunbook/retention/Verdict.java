package io.drrunbook.retention;

import io.drrunbook.backup.Backup;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a backup that is past its time in a store.
 *
 * @param backup as that store has it
 * @param age since its snapshot was taken
 * @param time how long backups stay in that store
 * @param stays why it is not deleted although it is past its time; null when it is deleted next
 */
public record Verdict(
        String store,
        Backup backup,
        Duration age,
        Duration time,
        @Nullable String stays) {

    boolean isDue() {
        return stays == null;
    }

    Verdict orStays(Optional<String> reason) {
        return stays == null && reason.isPresent() ? new Verdict(store, backup, age, time, reason.get()) : this;
    }
}
