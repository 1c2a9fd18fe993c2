package io.drrunbook.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.drrunbook.client.EventStream.ServerEvent;
import io.drrunbook.figures.Figures;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * Follows a run until it has ended or waits for a person. A stream that breaks is taken up again where it stopped;
 * where there is none, the run is asked for once a second. The run goes on in the service, whatever happens here.
 */
final class RunFollower {

    private static final Set<String> ACTIVE = Set.of("queued", "running");
    private static final Duration TICK = Duration.ofMillis(250);
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofSeconds(1);

    private final Api api;
    private final RunView view;
    private final Duration patience;
    private String lastEventId = "";
    private boolean lost;

    /** @param patience how long a service that does not answer is waited for */
    RunFollower(Api api, RunView view, Duration patience) {
        this.api = api;
        this.view = view;
        this.patience = patience;
    }

    /**
     * The run as it was when it ended or began to wait.
     *
     * @throws ClientException ({@code service_unreachable}) when the service did not come back within the patience
     */
    JsonNode follow(JsonNode run) {
        view.run(run);
        try {
            return untilItIsOver(run.path("id").asText());
        } finally {
            view.end();
        }
    }

    private JsonNode untilItIsOver(String id) {
        long answered = System.nanoTime();
        while (true) {
            try {
                Optional<JsonNode> over = stream(id).or(() -> poll(id));
                if (over.isPresent()) {
                    return over.get();
                }
                answered = System.nanoTime();
            } catch (ClientException e) {
                if (e.exitCode() != ExitCode.UNREACHABLE) {
                    throw e;
                }
                lose();
                if (System.nanoTime() - answered > patience.toNanos()) {
                    throw ClientException.unreachable(
                            e.getMessage() + "; the run goes on by itself: ./dr status " + id, e);
                }
            }
            pause();
        }
    }

    /** Empty when the stream ended before the run did. */
    private Optional<JsonNode> stream(String id) {
        try (EventStream events = api.events(id, lastEventId)) {
            find();
            while (!events.ended()) {
                Optional<ServerEvent> event = events.next(TICK);
                if (event.isPresent()) {
                    JsonNode data = parse(event.get());
                    lastEventId = event.get().id();
                    if (event.get().name().equals("done")) {
                        return Optional.of(data);
                    }
                    show(event.get().name(), data);
                }
                view.tick();
            }
            return Optional.empty();
        } catch (ClientException e) {
            if (e.exitCode() == ExitCode.FAILED) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private Optional<JsonNode> poll(String id) {
        JsonNode run = api.get("/runs/" + id);
        find();
        if (!ACTIVE.contains(run.path("status").asText())) {
            return Optional.of(run);
        }
        view.run(run);
        run.path("steps").forEach(view::step);
        return Optional.empty();
    }

    private void show(String name, JsonNode data) {
        switch (name) {
            case "step" -> view.step(data);
            case "progress" -> view.progress(data);
            case "log" -> view.log(data);
            default -> view.tick();
        }
    }

    private void lose() {
        if (!lost) {
            view.notice("the service does not answer; trying again for " + Figures.clock(patience.toSeconds()));
        }
        lost = true;
    }

    private void find() {
        if (lost) {
            view.notice("the service answers again");
        }
        lost = false;
    }

    private void pause() {
        long until = System.nanoTime() + BETWEEN_ATTEMPTS.toNanos();
        while (System.nanoTime() < until) {
            view.tick();
            try {
                Thread.sleep(TICK.toMillis());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw ClientException.unreachable("interrupted while the run was followed; it goes on by itself", e);
            }
        }
    }

    private static JsonNode parse(ServerEvent event) {
        try {
            return Api.JSON.readTree(event.data());
        } catch (JsonProcessingException e) {
            throw ClientException.failed(
                    "event_unreadable", "the service sent an event that is not JSON: " + event.name());
        }
    }
}
