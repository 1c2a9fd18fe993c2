package io.drrunbook.backup;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one store holds, or why it did not say.
 *
 * @param store {@code r2}, {@code b2} or {@code local}
 * @param backups newest first
 * @param error null when it answered
 */
public record StoreListing(
        String store, List<Backup> backups, @Nullable String error) {

    static StoreListing answered(String store, List<Backup> backups) {
        return new StoreListing(store, backups, null);
    }

    static StoreListing silent(String store, String error) {
        return new StoreListing(store, List.of(), error);
    }

    Optional<String> trouble() {
        return Optional.ofNullable(error).map(cause -> store + ": " + cause);
    }
}
