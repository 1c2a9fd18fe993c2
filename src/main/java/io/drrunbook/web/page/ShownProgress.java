package io.drrunbook.web.page;

import java.time.Duration;
import java.time.Instant;
import java.util.OptionalDouble;

/**
 * How far the step that runs is.
 *
 * @param total 0 when unknown
 * @param unit {@code bytes}, {@code tables}, {@code attempts}, ...
 * @param rate per second, over the last seconds; 0 while it cannot be told
 */
record ShownProgress(int step, long done, long total, String unit, double rate) {

    /** A rate over less says nothing. */
    private static final double SHORTEST = 0.5;

    /** {@code 12.3 MB of 27.0 MB, 4.1 MB/s}, {@code 3 of 12 tables}, {@code attempt 4 of 30}; the script says it alike. */
    public String text() {
        if (unit.equals("bytes")) {
            return Said.bytes(done)
                    + (total > 0 ? " of " + Said.bytes(total) : "")
                    + (rate > 0 ? ", " + Said.bytes(rate) + "/s" : "");
        }
        if (unit.equals("attempts")) {
            return "attempt " + done + (total > 0 ? " of " + total : "");
        }
        return done + (total > 0 ? " of " + total : "") + " " + unit;
    }

    /** Seconds that are left at this rate; empty when that cannot be told. */
    OptionalDouble left() {
        return rate > 0 && total > 0 && unit.equals("bytes")
                ? OptionalDouble.of((total - done) / rate)
                : OptionalDouble.empty();
    }

    static double rate(long from, Instant fromAt, long to, Instant toAt) {
        double seconds = Duration.between(fromAt, toAt).toNanos() / 1e9;
        return seconds < SHORTEST || to <= from ? 0 : (to - from) / seconds;
    }
}
