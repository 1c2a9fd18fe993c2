package io.drrunbook.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.drrunbook.figures.Figures;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** What is known of a run that is followed: its clock, the step it is in, and how far and how fast that is. */
final class LiveRun {

    private static final double NANOS = 1e9;
    private static final String BYTES = "bytes";

    private final Map<Integer, String> statuses = new HashMap<>();
    private long startedAt = System.nanoTime();
    private double rtoTarget;
    private String step = "";
    private long done;
    private long total;

    /** Seconds that the recovery took which a rollback now undoes; below 0 while there is no such end. */
    private double ended = -1;

    private String unit = "";
    private long measuredFrom;
    private long measuredAt;

    /** Takes over the run's clock, so that the clocks of the two machines need not agree. */
    void run(JsonNode run) {
        startedAt = System.nanoTime() - (long) (run.path("duration_seconds").asDouble() * NANOS);
        ended = run.hasNonNull("end_time") ? run.path("duration_seconds").asDouble() : -1;
        rtoTarget = run.path("rto_target_seconds").asDouble();
    }

    /** Whether this is news. */
    boolean step(JsonNode now) {
        int number = now.path("step").asInt();
        String status = now.path("status").asText();
        if (status.equals(statuses.put(number, status)) || status.equals("pending")) {
            return false;
        }
        if (status.equals("running")) {
            step = number + " " + Figures.plain(now.path("name").asText());
        }
        total = 0;
        done = 0;
        unit = "";
        return true;
    }

    void progress(JsonNode now) {
        String nowUnit = now.path("unit").asText();
        if (!nowUnit.equals(unit) || now.path("done").asLong() < done) {
            measuredAt = System.nanoTime();
            measuredFrom = now.path("done").asLong();
        }
        unit = nowUnit;
        done = now.path("done").asLong();
        total = now.path("total").asLong();
    }

    double elapsedSeconds() {
        return ended >= 0 ? ended : (System.nanoTime() - startedAt) / NANOS;
    }

    /** {@code RTO 12:03 of 60:00}. */
    String clock() {
        return "RTO " + Figures.clock(elapsedSeconds()) + " of " + Figures.clock(rtoTarget);
    }

    boolean late() {
        return rtoTarget > 0 && elapsedSeconds() > rtoTarget;
    }

    /** Number and name, e.g. {@code 2 Download backup}. */
    String step() {
        return step;
    }

    /** From 0 to 1; below 0 when the total is not known. */
    double fraction() {
        return total > 0 ? Math.min(1, (double) done / total) : -1;
    }

    /** {@code 12.3 MB of 27.0 MB, 4.1 MB/s} or {@code 3 of 12 tables}; empty before there is any. */
    String measure() {
        if (unit.isEmpty()) {
            return "";
        }
        if (unit.equals(BYTES)) {
            return Figures.bytes(done) + (total > 0 ? " of " + Figures.bytes(total) : "") + rate();
        }
        return done + (total > 0 ? " of " + total : "") + " " + Figures.plain(unit);
    }

    String percent() {
        return fraction() < 0 ? "" : String.format(Locale.ROOT, "%3.0f%%", fraction() * 100);
    }

    private String rate() {
        double seconds = (System.nanoTime() - measuredAt) / NANOS;
        return seconds < 0.5 || done <= measuredFrom
                ? ""
                : ", " + Figures.bytes((done - measuredFrom) / seconds) + "/s";
    }
}
