package io.drrunbook.web.page;

import io.drrunbook.figures.Figures;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Numbers and times as the page says them, always with a unit; templates know it as {@code @figures}. */
@Component("figures")
class Said {

    private static final long MINUTE = 60;
    private static final long HOUR = 3600;
    private static final long DAY = 86_400;
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss").withZone(ZoneOffset.UTC);

    /** Decimal units, as storage providers count: {@code 1.4 MB}. */
    public static String bytes(double bytes) {
        return Figures.bytes(bytes);
    }

    /** {@code 0.5 s} below a minute, else {@code 12 min 03 s} or {@code 1 h 02 min}. */
    public static String duration(double seconds) {
        return seconds < MINUTE ? String.format(Locale.ROOT, "%.1f s", seconds) : clock(seconds);
    }

    /** In whole seconds: {@code 7 s}, {@code 12 min 03 s}, {@code 1 h 02 min 03 s}. */
    public static String clock(double seconds) {
        long whole = Math.max(0, (long) seconds);
        if (whole < MINUTE) {
            return whole + " s";
        }
        if (whole < HOUR) {
            return String.format(Locale.ROOT, "%d min %02d s", whole / MINUTE, whole % MINUTE);
        }
        return String.format(Locale.ROOT, "%d h %02d min %02d s", whole / HOUR, whole % HOUR / MINUTE, whole % MINUTE);
    }

    /** An objective: {@code 1 h}, {@code 15 min}, {@code 1 min 30 s}. */
    public static String objective(long seconds) {
        List<String> parts = new ArrayList<>();
        add(parts, seconds / DAY, "d");
        add(parts, seconds % DAY / HOUR, "h");
        add(parts, seconds % HOUR / MINUTE, "min");
        add(parts, seconds % MINUTE, "s");
        return parts.isEmpty() ? "0 s" : String.join(" ", parts);
    }

    /** How long ago, roughly: {@code 40 s}, {@code 5 min}, {@code 3 h}, {@code 2 d}. */
    public static String age(long seconds) {
        return Figures.age(seconds);
    }

    /** How long ago that was, roughly. */
    public static String since(Instant time) {
        return Figures.age(Duration.between(time, Instant.now()).toSeconds());
    }

    /** {@code 2026-01-31 03:04:05 UTC}. */
    public static String time(@Nullable Instant time) {
        return time == null ? "" : Figures.time(time);
    }

    /** {@code 03:04:05}, for lists that say UTC at their head. */
    public static String timeOfDay(Instant time) {
        return CLOCK.format(time);
    }

    /** An enum's name in words: {@code rolled back}. */
    public static String words(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static void add(List<String> parts, long count, String unit) {
        if (count > 0) {
            parts.add(count + " " + unit);
        }
    }
}
