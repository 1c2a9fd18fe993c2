package io.drrunbook.web.page;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Backup.Trust;
import io.drrunbook.backup.Manifest;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A backup as it stands in a list.
 *
 * @param sha256 null for a foreign one
 * @param stores where it lies
 * @param whyNot null when it can be restored
 * @param proven when a drill last restored it; null when none has
 */
record BackupRow(
        UUID id,
        String filename,
        Instant createdAt,
        String size,
        @Nullable String sha256,
        Mark status,
        String stores,
        @Nullable String whyNot,
        @Nullable Instant proven) {

    static BackupRow of(Backup backup, Map<UUID, Instant> proven) {
        Manifest manifest = backup.manifest();
        boolean good = backup.whyNotRestorable().isEmpty();
        String word = Said.words(manifest.status());
        return new BackupRow(
                backup.id(),
                manifest.filename(),
                manifest.createdAt(),
                Said.bytes(manifest.sizeBytes()),
                manifest.objects().isEmpty() ? null : manifest.objects().get(0).sha256(),
                good
                        ? new Mark(
                                backup.trust() == Trust.FOREIGN ? "warn" : "good",
                                backup.trust() == Trust.FOREIGN ? word + ", foreign" : word)
                        : new Mark("bad", word),
                String.join(", ", backup.keys().keySet()),
                backup.whyNotRestorable().orElse(null),
                proven.get(backup.id()));
    }
}
