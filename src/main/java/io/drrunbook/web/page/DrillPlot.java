package io.drrunbook.web.page;

import io.drrunbook.run.Run;
import io.drrunbook.run.RunStatus;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.UUID;

/**
 * Drills of one application over time, as a drawing: where each point lies, in the drawing's units.
 *
 * @param rtoY where the line of the objective lies
 * @param rows the same as a list, newest first
 */
record DrillPlot(
        String application,
        List<Point> points,
        String rtoY,
        String rto,
        String longest,
        Instant from,
        Instant to,
        List<RunRow> rows) {

    /** Of the drawing; {@code runs.html} has the same numbers. */
    private static final double LEFT = 60;

    private static final double RIGHT = 390;
    private static final double TOP = 16;
    private static final double BOTTOM = 160;
    private static final double ROOM = 1.15;

    /** @param drills of one application, at least one */
    static DrillPlot of(String application, List<Run> drills) {
        List<Run> sorted =
                drills.stream().sorted(Comparator.comparing(Run::startTime)).toList();
        Instant now = Instant.now();
        Instant from = sorted.get(0).startTime();
        Instant to = sorted.get(sorted.size() - 1).startTime();
        long rto = sorted.get(sorted.size() - 1).rtoTargetSeconds();
        double longest = sorted.stream()
                .mapToDouble(run -> run.durationSeconds(now))
                .max()
                .orElseThrow();
        double top = Math.max(rto, longest) * ROOM;
        double span = Math.max(1, to.toEpochMilli() - from.toEpochMilli());
        List<Point> points = sorted.stream()
                .map(run -> {
                    double seconds = run.durationSeconds(now);
                    double share =
                            sorted.size() == 1 ? 0.5 : (run.startTime().toEpochMilli() - from.toEpochMilli()) / span;
                    return new Point(
                            run.id(),
                            number(LEFT + 12 + share * (RIGHT - LEFT - 24)),
                            number(y(seconds, top)),
                            run.status() == RunStatus.SUCCEEDED,
                            Said.time(run.startTime()) + ": " + Said.words(run.status()) + " after "
                                    + Said.duration(seconds));
                })
                .toList();
        return new DrillPlot(
                application,
                points,
                number(y(rto, top)),
                Said.objective(rto),
                Said.duration(longest),
                from,
                to,
                drills.stream().map(RunRow::of).toList());
    }

    /** Square roots keep a drill of seconds visible beside an objective of an hour. */
    private static double y(double seconds, double top) {
        return BOTTOM - Math.sqrt(seconds / top) * (BOTTOM - TOP);
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.1f", value);
    }

    /** One drill. */
    record Point(UUID id, String x, String y, boolean good, String text) {}
}
