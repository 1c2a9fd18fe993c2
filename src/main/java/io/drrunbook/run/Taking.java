package io.drrunbook.run;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A backup that is taken, or was.
 *
 * @param id of the backup, also when nothing came of it
 * @param filename of its object
 * @param trigger what asked for it: {@code http}, {@code page}, {@code schedule}
 * @param endedAt null while it is taken
 * @param error why it failed; null unless it did
 * @param dumpedBytes of the dump so far, before compression
 */
public record Taking(
        UUID id,
        String application,
        String filename,
        Status status,
        String initiatedBy,
        String trigger,
        Instant startedAt,
        @Nullable Instant endedAt,
        @Nullable String error,
        long dumpedBytes) {

    /** Where it is in its life. */
    public enum Status {
        RUNNING,
        SUCCEEDED,
        FAILED,
        /** The service died while it was taken. */
        INTERRUPTED
    }
}
