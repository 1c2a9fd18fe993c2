package io.drrunbook.backup;

import io.drrunbook.settings.DrSettings;
import io.drrunbook.settings.DrSettings.Restore.Foreign;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How a backup without a manifest is treated here. Files that the original system has sealed are apart from all others when
 * a key for them is configured: their token authenticates them as soon as it is read whole.
 */
public final class ForeignRule {

    private final Foreign rule;
    private final boolean originalsKey;

    public ForeignRule(DrSettings settings) {
        this.rule = settings.restore().foreign();
        this.originalsKey = settings.encryption().fernetKeys().stream().anyMatch(key -> !key.isBlank());
    }

    /** Whether it is one of the original system's, and there is a key that could authenticate it. */
    boolean isOriginal(Backup backup) {
        return originalsKey && backup.sealedByOriginal();
    }

    /** Whether it may be taken by itself where there is nothing else. */
    boolean mayBeTakenByItself(Backup backup) {
        return isOriginal(backup) || rule == Foreign.WHEN_NOTHING_ELSE && wasLookedAt(backup);
    }

    private static boolean wasLookedAt(Backup backup) {
        return backup.manifest().encryption() != null;
    }

    /** Why that backup is not to be restored although it was asked for by its id; empty when it may be. */
    public Optional<String> whyNot(Backup backup) {
        return backup.whyNotRestorable().or(() -> forbidden(backup));
    }

    /** Why that backup is not to be drilled although it was asked for by its id; empty when it may be. */
    public Optional<String> whyNotDrilled(Backup backup) {
        return backup.whyNotDrillable().or(() -> forbidden(backup));
    }

    /**
     * Why it is refused, or empty. A drill, and an administrator who asks for it by its id, get also what a drill has
     * condemned: its bytes are whole.
     */
    public Optional<String> whyRefused(Backup backup, boolean drill, boolean anyway) {
        return drill || anyway ? whyNotDrilled(backup) : whyNot(backup);
    }

    private Optional<String> forbidden(Backup backup) {
        boolean not = rule == Foreign.NEVER && backup.trust() == Backup.Trust.FOREIGN && !isOriginal(backup);
        return not ? Optional.of("no manifest vouches for it, and dr.restore.foreign is never") : Optional.empty();
    }

    /** What somebody should know of a backup before it is restored; empty when there is nothing. */
    public Optional<String> note(Backup backup) {
        String note = Stream.of(vouching(backup), backup.differingSizes(), clock(backup))
                .flatMap(Optional::stream)
                .collect(Collectors.joining("; "));
        return note.isEmpty() || backup.flaw() != null ? Optional.empty() : Optional.of(note);
    }

    private Optional<String> vouching(Backup backup) {
        if (backup.trust() != Backup.Trust.FOREIGN) {
            return Optional.empty();
        }
        if (isOriginal(backup)) {
            return Optional.of(
                    "no manifest: sealed by the original system, taken by itself only where no good backup has"
                            + " one");
        }
        return Optional.of(
                mayBeTakenByItself(backup)
                        ? "no manifest vouches for it: taken by itself only where there is nothing else"
                        : "no manifest vouches for it: taken by its id only");
    }

    private static Optional<String> clock(Backup backup) {
        return backup.isAheadOf(Instant.now())
                ? Optional.of("it claims to be of " + backup.manifest().createdAt()
                        + ", which has not come yet: any other goes before it")
                : Optional.empty();
    }
}
