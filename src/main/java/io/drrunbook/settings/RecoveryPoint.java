package io.drrunbook.settings;

import java.text.ParseException;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.TimeZone;
import java.util.stream.Stream;
import org.quartz.CronExpression;

/** What the schedule of backups means for the recovery point objective (RPO). */
final class RecoveryPoint {

    /** Enough for the longest pause of a schedule that knows days of the week, and of the month. */
    private static final int FIRINGS = 40;

    /** Without a schedule of our own. */
    private static final Duration A_DAY = Duration.ofDays(1);

    private RecoveryPoint() {}

    /**
     * The objective of an application that names none: what its schedule keeps while nothing is wrong, which is one and a
     * half pauses. At 80 % of it people are warned; the next backup is then taken, and has a tenth of a pause for that.
     */
    static Duration of(String schedule) {
        return longestPause(schedule).orElse(A_DAY).multipliedBy(3).dividedBy(2);
    }

    /** Why backups by that schedule cannot keep the objective; empty when they can. */
    static Optional<String> unreachable(String application, Duration objective, Optional<String> schedule) {
        return schedule.flatMap(RecoveryPoint::longestPause)
                .filter(pause -> pause.compareTo(objective) > 0)
                .map(pause -> "dr.applications." + application + ".objectives.rpo is " + RetentionCheck.said(objective)
                        + ", and backups of " + application + " are up to " + RetentionCheck.said(pause)
                        + " apart: between two of them the objective is missed; take them more often (dr.applications."
                        + application + ".backup.schedule), or say how much may be lost");
    }

    /** The longest time between two of its next firings; empty when it fires less than twice, or is no cron expression. */
    static Optional<Duration> longestPause(String cron) {
        if (!CronExpression.isValidExpression(cron)) {
            return Optional.empty();
        }
        Optional<Duration> longest = Optional.empty();
        List<Date> firings = firings(cron);
        for (int i = 1; i < firings.size(); i++) {
            Duration pause = Duration.between(
                    firings.get(i - 1).toInstant(), firings.get(i).toInstant());
            longest = longest.filter(known -> known.compareTo(pause) >= 0).or(() -> Optional.of(pause));
        }
        return longest;
    }

    private static List<Date> firings(String cron) {
        try {
            CronExpression schedule = new CronExpression(cron);
            schedule.setTimeZone(TimeZone.getTimeZone("UTC"));
            return Stream.iterate(
                            schedule.getNextValidTimeAfter(new Date()),
                            Objects::nonNull,
                            schedule::getNextValidTimeAfter)
                    .limit(FIRINGS)
                    .toList();
        } catch (ParseException e) {
            throw new IllegalStateException(cron + " was valid before", e);
        }
    }
}
