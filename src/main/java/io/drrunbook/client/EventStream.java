package io.drrunbook.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A {@code text/event-stream} (HTML standard, section 9.2) that can be waited for with a limit, so that a clock goes on
 * and a connection that has silently died is noticed.
 */
final class EventStream implements AutoCloseable {

    /** The service sends a comment every 15 seconds. */
    private static final Duration SILENCE = Duration.ofSeconds(45);

    private static final ServerEvent END = new ServerEvent("", "", "");

    private final InputStream body;
    private final BlockingQueue<ServerEvent> events = new LinkedBlockingQueue<>(10_000);
    private volatile long lastLine = System.nanoTime();
    private boolean ended;

    EventStream(InputStream body) {
        this.body = body;
        Thread reader = new Thread(this::read, "events");
        reader.setDaemon(true);
        reader.start();
    }

    /** The next event, or empty when none came in that time or the stream is over. */
    Optional<ServerEvent> next(Duration limit) {
        try {
            ServerEvent event = events.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
            ended |= event == END || System.nanoTime() - lastLine > SILENCE.toNanos();
            return Optional.ofNullable(event).filter(some -> some != END);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            ended = true;
            return Optional.empty();
        }
    }

    /** Whether nothing more will come. */
    boolean ended() {
        return ended;
    }

    @Override
    public void close() {
        try {
            body.close();
        } catch (IOException e) {
            ended = true;
        }
    }

    private void read() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
            StringBuilder data = new StringBuilder();
            String id = "";
            String name = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                lastLine = System.nanoTime();
                if (line.isEmpty() && data.length() > 0) {
                    events.put(new ServerEvent(id, name, data.toString()));
                }
                if (line.isEmpty()) {
                    data.setLength(0);
                    name = "";
                } else if (line.startsWith("id:")) {
                    id = value(line);
                } else if (line.startsWith("event:")) {
                    name = value(line);
                } else if (line.startsWith("data:")) {
                    data.append(data.length() > 0 ? "\n" : "").append(value(line));
                }
            }
            events.put(END);
        } catch (IOException e) {
            events.offer(END);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String value(String line) {
        String value = line.substring(line.indexOf(':') + 1);
        return value.startsWith(" ") ? value.substring(1) : value;
    }

    /** One event; {@code data} is JSON. */
    record ServerEvent(String id, String name, String data) {}
}
