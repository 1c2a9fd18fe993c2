package io.drrunbook.settings;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** Whether the journal keeps for a time that makes sense. */
final class JournalSettingsCheck {

    /** Alerts and followers read behind the runs: what is younger may not have been read. */
    private static final Duration SHORTEST = Duration.ofHours(1);

    private static final String RIGHT = "a duration of an hour or more, e.g. 7d, or \"-\" for ever";

    private JournalSettingsCheck() {}

    /** @throws WrongSettingException for the first that does not */
    static void check(JournalSettings journal) {
        SettingsCheck.cron("dr.journal.schedule", journal.schedule());
        kept("dr.journal.keep-progress", journal::keepsProgress);
        kept("dr.journal.keep-events", journal::keepsEvents);
        SettingsCheck.require(
                journal.compactInterval() >= 100,
                "dr.journal.compact-interval",
                "is " + journal.compactInterval(),
                "milliseconds, 100 or more");
    }

    private static void kept(String key, Supplier<Optional<Duration>> time) {
        Optional<Duration> kept;
        try {
            kept = time.get();
        } catch (IllegalArgumentException e) {
            throw new WrongSettingException(key, "is no duration", RIGHT);
        }
        kept.ifPresent(
                duration -> SettingsCheck.require(duration.compareTo(SHORTEST) >= 0, key, "is " + duration, RIGHT));
    }
}
