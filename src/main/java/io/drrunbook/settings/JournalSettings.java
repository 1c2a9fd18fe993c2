package io.drrunbook.settings;

import java.time.Duration;
import java.util.Optional;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.convert.DurationStyle;

/**
 * What the journal keeps for how long; {@code -} for ever.
 *
 * @param keepProgress notes of how far a step was, as a duration
 * @param keepEvents all other events, as a duration
 * @param schedule Quartz cron expression in UTC, when those past their time are taken out; the routes read it
 * @param compactInterval in milliseconds, between two looks whether the file of an embedded journal has grown
 */
public record JournalSettings(
        @DefaultValue("7d") String keepProgress,
        @DefaultValue("-") String keepEvents,
        @DefaultValue("0 52 4 * * ?") String schedule,
        @DefaultValue("5000") long compactInterval) {

    /**
     * How long notes of progress stay; empty for ever.
     *
     * @throws IllegalArgumentException when it is no duration
     */
    public Optional<Duration> keepsProgress() {
        return duration(keepProgress);
    }

    /**
     * How long all other events stay; empty for ever.
     *
     * @throws IllegalArgumentException when it is no duration
     */
    public Optional<Duration> keepsEvents() {
        return duration(keepEvents);
    }

    private static Optional<Duration> duration(String time) {
        return Optional.of(time.strip())
                .filter(text -> !text.equals(DrSettings.OFF))
                .map(DurationStyle::detectAndParse);
    }
}
