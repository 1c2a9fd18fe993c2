package io.drrunbook.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;

/** For a terminal: what happened scrolls by, and the last line is the progress bar with the RTO clock. */
final class TerminalView implements RunView {

    private static final String CLEAR_LINE = "\r\033[K";
    private static final String RESET = "\033[0m";
    private static final int BAR = 24;

    private final PrintWriter out;
    private final int columns;
    private final boolean colours;
    private final LiveRun live = new LiveRun();

    TerminalView(PrintWriter out, int columns, boolean colours) {
        this.out = out;
        this.columns = columns;
        this.colours = colours;
    }

    @Override
    public void run(JsonNode run) {
        live.run(run);
        draw();
    }

    @Override
    public void step(JsonNode step) {
        if (live.step(step)) {
            scroll(coloured(StepLine.of(step), colourOf(step.path("status").asText())));
        }
    }

    @Override
    public void progress(JsonNode progress) {
        live.progress(progress);
        draw();
    }

    @Override
    public void log(JsonNode log) {
        scroll(coloured("  " + Figures.plain(log.path("message").asText()), "\033[2m"));
    }

    @Override
    public void notice(String text) {
        scroll(coloured(text, "\033[33m"));
    }

    @Override
    public void tick() {
        draw();
    }

    @Override
    public void end() {
        out.print(CLEAR_LINE);
        out.flush();
    }

    private void scroll(String line) {
        out.println(CLEAR_LINE + line);
        draw();
    }

    /** A line longer than the terminal would wrap, and could not be drawn over. */
    private void draw() {
        String bar = live.fraction() < 0 ? "" : "[" + bar(live.fraction()) + "] " + live.percent() + "  ";
        String clock = live.clock();
        String left = live.step() + "  " + bar + live.measure();
        int room = Math.max(0, columns - clock.length() - 3);
        String line = left.length() > room ? left.substring(0, room) : left;
        out.print(CLEAR_LINE + line + "  " + coloured(clock, live.late() ? "\033[31m" : "\033[36m"));
        out.flush();
    }

    private static String bar(double fraction) {
        int full = (int) (fraction * BAR);
        return "#".repeat(full) + ".".repeat(BAR - full);
    }

    private String coloured(String text, String colour) {
        return colours && !colour.isEmpty() ? colour + text + RESET : text;
    }

    private static String colourOf(String status) {
        return switch (status) {
            case "completed" -> "\033[32m";
            case "failed" -> "\033[31m";
            case "manual_required" -> "\033[33m";
            default -> "";
        };
    }
}
