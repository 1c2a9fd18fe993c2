package io.drrunbook.run;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What somebody asks for, by whichever way in.
 *
 * @param application may be null when just one is configured
 * @param backupId null for the latest good backup
 * @param reason why; never blank
 * @param confirm the application's name again; only a recovery needs it
 * @param by the person or schedule
 * @param trigger the way in: {@code http}, {@code page}, {@code console}, {@code schedule}, {@code policy}
 * @param anyway whether the backup that is asked for by its id is wanted although a drill has condemned it
 */
public record RunRequest(
        Mode mode,
        @Nullable String application,
        @Nullable UUID backupId,
        @Nullable String reason,
        @Nullable String confirm,
        Person by,
        String trigger,
        boolean anyway) {

    /** What does not ask for a condemned backup. */
    public RunRequest(
            Mode mode,
            @Nullable String application,
            @Nullable UUID backupId,
            @Nullable String reason,
            @Nullable String confirm,
            Person by,
            String trigger) {
        this(mode, application, backupId, reason, confirm, by, trigger, false);
    }
}
