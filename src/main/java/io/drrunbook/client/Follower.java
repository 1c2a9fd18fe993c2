package io.drrunbook.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * Follows a run until it ends or waits: a progress bar with the RTO clock in a terminal, plain lines in a pipe. A lost
 * connection is taken up again where it stopped.
 */
final class Follower {

    private static final Set<String> OVER = Set.of("succeeded", "failed", "cancelled", "rolled_back", "waiting");
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final int BAR = 24;

    private final Api api;
    private final PrintStream out;
    private final boolean terminal;
    private String lastId = "0";
    private int lastTenth = -1;
    private Instant started = Instant.now();
    private long rto = 3600;

    Follower(Api api, PrintStream out, boolean terminal) {
        this.api = api;
        this.out = out;
        this.terminal = terminal;
    }

    /**
     * Prints what happens.
     *
     * @return the run as it ended
     * @throws IOException when the service cannot be reached for longer than five minutes
     */
    JsonNode follow(JsonNode run) throws IOException {
        String id = run.get("id").asText();
        started = Instant.parse(run.get("start_time").asText());
        rto = run.path("rto_target_seconds").asLong(rto);
        Instant lost = Instant.now();
        while (true) {
            try {
                read(id);
                JsonNode now = api.get("/api/v1/runs/" + id);
                if (OVER.contains(now.path("status").asText())) {
                    clearLine();
                    return now;
                }
                lost = Instant.now();
            } catch (IOException e) {
                if (Duration.between(lost, Instant.now()).compareTo(PATIENCE) > 0) {
                    throw e;
                }
                line("connection lost (" + e.getMessage() + "); trying again, the run goes on without us");
                LockSupport.parkNanos(PAUSE.toNanos());
            }
        }
    }

    /** Reads the stream to its end; WHATWG HTML, server-sent events. */
    private void read(String id) throws IOException {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(api.events(id, lastId), StandardCharsets.UTF_8))) {
            String name = "";
            StringBuilder data = new StringBuilder();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("id:")) {
                    lastId = line.substring(3).strip();
                } else if (line.startsWith("event:")) {
                    name = line.substring(6).strip();
                } else if (line.startsWith("data:")) {
                    data.append(line.substring(5));
                } else if (line.isEmpty() && !name.isEmpty()) {
                    event(name, Api.JSON.readTree(data.toString()));
                    name = "";
                    data.setLength(0);
                }
            }
        }
    }

    private void event(String name, JsonNode event) {
        switch (name) {
            case "step" -> step(event);
            case "log" -> line("        " + event.path("message").asText());
            case "progress" -> progress(event);
            default -> clearLine();
        }
    }

    private void step(JsonNode step) {
        String status = step.path("status").asText();
        String head = step.path("step").asInt() + "/7 " + step.path("name").asText();
        lastTenth = -1;
        if (status.equals("running")) {
            line("[" + clock() + "] " + head + " ...");
        } else if (!status.equals("skipped") && !status.equals("pending")) {
            String error = step.path("error").asText("");
            line(String.format(
                    "[%s] %s: %s after %.1f s%s",
                    clock(),
                    head,
                    status.replace('_', ' '),
                    step.path("duration_seconds").asDouble(),
                    error.isEmpty() || error.equals("null") ? "" : ": " + error));
        }
    }

    private void progress(JsonNode progress) {
        long done = progress.path("done").asLong();
        long total = progress.path("total").asLong();
        double share = total > 0 ? Math.min(1.0, (double) done / total) : 0;
        String unit = progress.path("unit").asText();
        String amount = unit.equals("bytes")
                ? Sizes.text(done) + " of " + Sizes.text(total)
                : done + " of " + total + " " + unit;
        if (terminal) {
            int filled = (int) Math.round(share * BAR);
            out.print("\r\u001b[K        [" + "#".repeat(filled) + "-".repeat(BAR - filled) + "] " + amount + "  RTO "
                    + clock() + " of " + Sizes.clock(rto));
            out.flush();
        } else if ((int) (share * 10) != lastTenth) {
            lastTenth = (int) (share * 10);
            line("        " + amount);
        }
    }

    private void line(String text) {
        clearLine();
        out.println(text);
        out.flush();
    }

    private void clearLine() {
        if (terminal) {
            out.print("\r\u001b[K");
        }
    }

    private String clock() {
        return Sizes.clock(Duration.between(started, Instant.now()).toSeconds());
    }
}
