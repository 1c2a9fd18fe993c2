package io.drrunbook.audit;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One file of a backup in one store, as it was found last.
 *
 * @param manifest whether it is the manifest; else it is an object
 * @param sizeBytes what lies there; null when nothing does, or nobody knows
 * @param version as the store's listing shows it: what was read counts as long as it stays
 * @param sha256 of what was read last; null when it has not been read, or has changed since
 * @param expectedBytes null for a manifest
 * @param expectedSha256 null for a manifest, and for a foreign backup that nobody has read yet
 * @param checkedAt when the store's listing showed it, or showed that it is not there
 * @param note what else is to be said, e.g. why it was not repaired
 */
record FileCopy(
        Key key,
        boolean manifest,
        CopyState state,
        @Nullable Long sizeBytes,
        @Nullable String version,
        @Nullable String sha256,
        @Nullable Long expectedBytes,
        @Nullable String expectedSha256,
        @Nullable Instant checkedAt,
        @Nullable Instant hashedAt,
        @Nullable String note) {

    private static final int LONGEST_NOTE = 1000;

    FileCopy {
        note = note == null || note.length() <= LONGEST_NOTE ? note : note.substring(0, LONGEST_NOTE - 1) + "…";
    }

    String application() {
        return key.application();
    }

    UUID backupId() {
        return key.backupId();
    }

    String store() {
        return key.store();
    }

    String name() {
        return key.name();
    }

    FileCopy state(CopyState found, @Nullable String why) {
        return new FileCopy(
                key,
                manifest,
                found,
                sizeBytes,
                version,
                sha256,
                expectedBytes,
                expectedSha256,
                checkedAt,
                hashedAt,
                why);
    }

    FileCopy checked(@Nullable Instant at) {
        return new FileCopy(
                key, manifest, state, sizeBytes, version, sha256, expectedBytes, expectedSha256, at, hashedAt, note);
    }

    /** It was read. */
    FileCopy read(CopyState found, String hash, Instant at, @Nullable String why) {
        return new FileCopy(
                key, manifest, found, sizeBytes, version, hash, expectedBytes, expectedSha256, checkedAt, at, why);
    }

    /** What was read of it does not count any more. */
    FileCopy unread() {
        return new FileCopy(
                key,
                manifest,
                CopyState.PRESENT,
                sizeBytes,
                version,
                null,
                expectedBytes,
                expectedSha256,
                checkedAt,
                null,
                null);
    }

    /** The first copy of a foreign backup that was read is what the others are compared with. */
    FileCopy expecting(@Nullable String hash) {
        return new FileCopy(
                key, manifest, state, sizeBytes, version, sha256, expectedBytes, hash, checkedAt, hashedAt, note);
    }

    /** It was put there anew; the next pass reads it. */
    FileCopy written(long bytes, Instant at) {
        return new FileCopy(
                key, manifest, CopyState.PRESENT, bytes, null, null, expectedBytes, expectedSha256, at, null, null);
    }

    /** Which file of which backup in which store. */
    record Key(String application, UUID backupId, String store, String name) {

        Key in(String other) {
            return new Key(application, backupId, other, name);
        }
    }
}
