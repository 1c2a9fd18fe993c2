package io.drrunbook.backup;

import java.time.Instant;

/**
 * A file as a store's listing shows it.
 *
 * @param key its whole key, or its path below the local store's directory
 * @param version changes when the content does (ETag, or size and time)
 */
public record StoredFile(String key, long sizeBytes, Instant lastModified, String version) {

    /** Its key without the folders. */
    String name() {
        return key.substring(key.lastIndexOf('/') + 1);
    }
}
