package io.drrunbook.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.drrunbook.figures.Figures;
import java.io.PrintWriter;

/** One line for each thing that happens, for pipes and logs: no colours, no line that is drawn again. */
final class PlainView implements RunView {

    private static final double SECONDS_BETWEEN_PROGRESS = 5;

    private final PrintWriter out;
    private final LiveRun live = new LiveRun();
    private double lastProgress;

    PlainView(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void run(JsonNode run) {
        live.run(run);
    }

    @Override
    public void step(JsonNode step) {
        if (live.step(step)) {
            lastProgress = live.elapsedSeconds();
            print(StepLine.of(step));
        }
    }

    @Override
    public void progress(JsonNode progress) {
        live.progress(progress);
        if (live.elapsedSeconds() - lastProgress >= SECONDS_BETWEEN_PROGRESS) {
            lastProgress = live.elapsedSeconds();
            print(("step " + live.step() + ": " + live.measure() + " "
                            + live.percent().strip())
                    .strip());
        }
    }

    @Override
    public void log(JsonNode log) {
        print("  " + Figures.plain(log.path("message").asText()));
    }

    @Override
    public void notice(String text) {
        print(text);
    }

    @Override
    public void tick() {
        out.flush();
    }

    @Override
    public void end() {
        out.flush();
    }

    private void print(String line) {
        out.println(Figures.clock(live.elapsedSeconds()) + "  " + line);
        out.flush();
    }
}
