package io.drrunbook.web.page;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Manifest;
import io.drrunbook.figures.Figures;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A backup as a person reads it; {@code sha256} is null when no checksum vouches for it. */
record BackupView(
        UUID id,
        String application,
        String filename,
        String taken,
        String age,
        String size,
        String status,
        String stores,
        @Nullable String sha256,
        @Nullable String whyNot) {

    static BackupView of(Backup backup) {
        Manifest manifest = backup.manifest();
        return new BackupView(
                manifest.id(),
                manifest.application(),
                manifest.filename(),
                Figures.time(manifest.createdAt()),
                Figures.age(
                        Duration.between(manifest.createdAt(), Instant.now()).toSeconds()),
                Figures.bytes(manifest.sizeBytes()),
                manifest.status().name().toLowerCase(Locale.ROOT).replace('_', ' ')
                        + (backup.trust() == Backup.Trust.FOREIGN ? ", foreign" : ""),
                backup.keys().isEmpty()
                        ? "no store"
                        : String.join(", ", backup.keys().keySet()),
                manifest.objects().isEmpty() ? null : manifest.objects().get(0).sha256(),
                backup.whyNotRestorable().orElse(null));
    }
}
