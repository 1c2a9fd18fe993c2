package io.drrunbook.web.page;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Backup.Trust;
import io.drrunbook.backup.ForeignRule;
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
 * @param note what somebody should know before restoring it; null when there is nothing
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
        @Nullable String note,
        @Nullable Instant proven) {

    static BackupRow of(Backup backup, ForeignRule rule, Map<UUID, Instant> proven) {
        return of(backup, rule.whyNot(backup).orElse(null), rule.note(backup).orElse(null), proven);
    }

    /** One that a manifest vouches for. */
    static BackupRow of(Backup backup, Map<UUID, Instant> proven) {
        return of(backup, backup.whyNotRestorable().orElse(null), null, proven);
    }

    private static BackupRow of(
            Backup backup, @Nullable String whyNot, @Nullable String note, Map<UUID, Instant> proven) {
        Manifest manifest = backup.manifest();
        boolean good = whyNot == null;
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
                whyNot,
                note,
                proven.get(backup.id()));
    }
}
