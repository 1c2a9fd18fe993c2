package io.drrunbook.figures;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.regex.Pattern;

/** Numbers and texts as a person reads them. */
public final class Figures {

    private static final String[] UNITS = {"B", "kB", "MB", "GB", "TB", "PB"};
    private static final int STEP = 1000;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private static final Pattern UNSEEN = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}]+");

    private Figures() {}

    /** {@code 12:03}: minutes, which may be more than 60, and seconds. */
    public static String clock(double seconds) {
        long whole = Math.max(0, (long) seconds);
        return String.format(Locale.ROOT, "%02d:%02d", whole / 60, whole % 60);
    }

    /** {@code 0.5 s} below a minute, else {@code 12:03}. */
    public static String duration(double seconds) {
        return seconds < 60 ? String.format(Locale.ROOT, "%.1f s", seconds) : clock(seconds);
    }

    /** Decimal units, as storage providers count: {@code 1.4 MB}. */
    public static String bytes(double bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= STEP && unit < UNITS.length - 1) {
            value /= STEP;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
    }

    /** How long ago: {@code 5 min}, {@code 3 h}, {@code 2 d}. */
    public static String age(long seconds) {
        if (seconds < 3600) {
            // A clock that is ahead makes nothing younger than now.
            return seconds < 60 ? Math.max(0, seconds) + " s" : seconds / 60 + " min";
        }
        return seconds < 2 * 86_400 ? seconds / 3600 + " h" : seconds / 86_400 + " d";
    }

    /** {@code 2026-11-23 03:00:07 UTC}. */
    public static String time(Instant time) {
        return TIME.format(time);
    }

    /**
     * On one line, and nothing in it that a terminal or the reader of a log would obey: messages carry the output of tools
     * and the names of objects. Control characters (also those above 127), marks that turn the direction of writing or show
     * nothing, other line separators and halves of characters become one space.
     */
    public static String plain(String text) {
        return UNSEEN.matcher(text).replaceAll(" ").strip();
    }
}
