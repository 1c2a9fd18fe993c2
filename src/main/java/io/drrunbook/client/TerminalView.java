package io.drrunbook.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.drrunbook.figures.Figures;
import java.io.PrintWriter;

/** For a terminal: what happened scrolls by, and the last line is the progress bar with the RTO clock. */
final class TerminalView implements RunView {

    private static final String CLEAR_LINE = "\r\033[K";
    private static final String RESET = "\033[0m";
    private static final int LONGEST_BAR = 24;
    private static final int SHORTEST_BAR = 5;

    /** Brackets and spaces around the bar. */
    private static final int BRACKETS = 5;

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

    /** A line longer than the terminal would wrap, and could not be drawn over: the bar gives way first. */
    private void draw() {
        String clock = live.clock();
        String figures = (live.percent() + "  " + live.measure()).strip();
        int room = Math.max(0, columns - clock.length() - 3);
        String bar = bar(room - live.step().length() - figures.length() - BRACKETS);
        String left = (live.step() + "  " + bar + figures).strip();
        String line = left.length() > room ? left.substring(0, room) : left;
        out.print(CLEAR_LINE + line + "  " + coloured(clock, live.late() ? "\033[31m" : "\033[36m"));
        out.flush();
    }

    private String bar(int room) {
        int length = Math.min(LONGEST_BAR, room);
        if (live.fraction() < 0 || length < SHORTEST_BAR) {
            return "";
        }
        int full = (int) (live.fraction() * length);
        return "[" + "#".repeat(full) + ".".repeat(length - full) + "] ";
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
