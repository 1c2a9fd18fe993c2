package io.drrunbook.web.page;

import io.drrunbook.figures.Figures;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunStatus;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Drills over time, each as a bar of its duration against the objective; in units of the drawing, 0 at the top.
 *
 * @param objective height of the line of the RTO
 */
record DrillPlot(List<Bar> bars, int objective, String rto, String longest) {

    static final int WIDTH = 600;
    static final int HEIGHT = 160;
    private static final double HEADROOM = 1.15;

    /** Oldest first; the scale holds the longest drill, and the objective where that leaves the bars visible. */
    static DrillPlot of(List<Run> drills) {
        List<Run> inOrder =
                drills.stream().sorted(Comparator.comparing(Run::startTime)).toList();
        double longest = inOrder.stream().mapToDouble(DrillPlot::seconds).max().orElse(0);
        long rto = inOrder.isEmpty() ? 0 : inOrder.get(inOrder.size() - 1).rtoTargetSeconds();
        double top = Math.max(1, Math.max(longest, rto) * HEADROOM);
        // Square roots keep a drill of seconds visible beside an objective of an hour.
        List<Bar> bars = new ArrayList<>();
        int width = inOrder.isEmpty() ? 0 : Math.min(40, WIDTH / inOrder.size());
        for (int i = 0; i < inOrder.size(); i++) {
            Run run = inOrder.get(i);
            int height = Math.max(3, (int) Math.round(Math.sqrt(seconds(run) / top) * HEIGHT));
            boolean good = run.status() == RunStatus.SUCCEEDED && seconds(run) <= run.rtoTargetSeconds();
            bars.add(new Bar(
                    i * width + 2,
                    HEIGHT - height,
                    Math.max(2, width - 4),
                    height,
                    good ? "good" : "bad",
                    Figures.time(run.startTime()),
                    Figures.duration(seconds(run)),
                    run.status().name().toLowerCase(Locale.ROOT),
                    run.id().toString()));
        }
        int objective = HEIGHT - (int) Math.round(Math.sqrt(rto / top) * HEIGHT);
        return new DrillPlot(bars, objective, Figures.clock(rto), Figures.duration(longest));
    }

    private static double seconds(Run run) {
        return run.durationSeconds(Instant.now());
    }

    /** One drill. */
    record Bar(
            int x, int y, int width, int height, String kind, String at, String duration, String status, String run) {}
}
