package io.drrunbook.audit;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Backup.Trust;
import io.drrunbook.backup.Manifest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;

/** A backup that the audit knows, also while no store answers. */
record AuditedBackup(
        String application,
        UUID id,
        String filename,
        Manifest.Status status,
        Trust trust,
        long sizeBytes,
        Instant createdAt) {

    static AuditedBackup of(Backup backup) {
        Manifest manifest = backup.manifest();
        return new AuditedBackup(
                manifest.application(),
                manifest.id(),
                manifest.filename(),
                manifest.status(),
                backup.trust(),
                manifest.objects().stream()
                        .mapToLong(Manifest.StoredObject::sizeBytes)
                        .sum(),
                manifest.createdAt().truncatedTo(ChronoUnit.MICROS));
    }

    /** Whether somebody relies on it: its copies are to be whole. */
    boolean wanted() {
        return trust == Trust.VOUCHED && (status == Manifest.Status.COMPLETED || status == Manifest.Status.VERIFIED);
    }
}
