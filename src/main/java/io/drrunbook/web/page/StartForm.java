package io.drrunbook.web.page;

import io.drrunbook.run.Mode;
import io.drrunbook.run.Person;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import io.drrunbook.run.RunRequest;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What somebody has typed so far.
 *
 * @param backup {@code latest} or the id of one
 */
record StartForm(String mode, String application, String backup, String reason, String confirm) {

    static final String LATEST = "latest";

    StartForm(
            @Nullable String mode,
            @Nullable String application,
            @Nullable String backup,
            @Nullable String reason,
            @Nullable String confirm) {
        this.mode = Objects.requireNonNullElse(mode, "");
        this.application = Objects.requireNonNullElse(application, "");
        this.backup = backup == null || backup.isBlank() ? LATEST : backup;
        this.reason = Objects.requireNonNullElse(reason, "");
        this.confirm = Objects.requireNonNullElse(confirm, "");
    }

    /** The same as admission wants it. */
    RunRequest request(Person by) {
        return new RunRequest(chosenMode(), application, chosenBackup(), reason, confirm.strip(), by, "page");
    }

    /** @throws RefusedException ({@code mode_unknown}) */
    Mode chosenMode() {
        return Arrays.stream(Mode.values())
                .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(mode))
                .findFirst()
                .orElseThrow(() -> new RefusedException(
                        Reason.BAD_REQUEST, "mode_unknown", "mode is recovery, drill or plan; choose one"));
    }

    /** @throws RefusedException ({@code backup_unknown}) */
    @Nullable
    UUID chosenBackup() {
        if (backup.equals(LATEST)) {
            return null;
        }
        try {
            return UUID.fromString(backup);
        } catch (IllegalArgumentException e) {
            throw new RefusedException(
                    Reason.UNKNOWN, "backup_unknown", "no backup '" + backup + "': a backup's id is a UUID");
        }
    }
}
