package io.drrunbook.web;

import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonValue;
import io.drrunbook.failure.Explained;
import io.drrunbook.run.Event;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunStatus;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * A run's events as {@code text/event-stream}. They are read off the journal, so a reader that was cut off goes on where
 * it stopped, also on another node or after a restart.
 */
@Component
class RunEvents {

    private static final Logger LOG = LoggerFactory.getLogger(RunEvents.class);
    private static final Set<String> SHOWN = Set.of("step", "progress", "log");
    private static final Duration POLL = Duration.ofMillis(300);
    private static final Duration ALIVE = Duration.ofSeconds(15);
    private static final int PAGE = 500;

    private final Journal journal;
    private final ScheduledExecutorService poller = Executors.newScheduledThreadPool(2, task -> {
        Thread thread = new Thread(task, "run-events");
        thread.setDaemon(true);
        return thread;
    });

    RunEvents(Journal journal) {
        this.journal = journal;
    }

    /** Sends everything behind {@code afterId}, and what comes, until the run has ended; a last event is {@code done}. */
    SseEmitter follow(UUID run, long afterId) {
        SseEmitter emitter = new SseEmitter(0L);
        Reader reader = new Reader(run, afterId, emitter);
        emitter.onCompletion(reader::stop);
        emitter.onTimeout(reader::stop);
        emitter.onError(gone -> reader.stop());
        poller.submit(reader);
        return emitter;
    }

    /** One open stream. */
    private final class Reader implements Runnable {

        private final UUID run;
        private final SseEmitter emitter;
        private final AtomicBoolean stopped = new AtomicBoolean();
        private long last;
        private long lastSent = System.nanoTime();

        Reader(UUID run, long afterId, SseEmitter emitter) {
            this.run = run;
            this.last = afterId;
            this.emitter = emitter;
        }

        void stop() {
            stopped.set(true);
        }

        @Override
        public void run() {
            if (stopped.get()) {
                return;
            }
            try {
                // The state is read before the events: what ended the run is then among them.
                Run now = journal.find(run).orElseThrow();
                boolean more = sendEvents();
                if (!more && (!now.status().active() || now.status() == RunStatus.WAITING)) {
                    send(SseEmitter.event()
                            .id(Long.toString(last))
                            .name("done")
                            .data(RunLog.of(now), MediaType.APPLICATION_JSON));
                    emitter.complete();
                    return;
                }
                keepAlive();
                poller.schedule(this, more ? 0 : POLL.toMillis(), TimeUnit.MILLISECONDS);
            } catch (IOException | IllegalStateException e) {
                LOG.debug("the reader of run {} has gone", run, e);
                stop();
            } catch (RuntimeException e) {
                LOG.warn(
                        "the events of run {} cannot be read: {}",
                        run,
                        Explained.of(e).message());
                emitter.completeWithError(e);
            }
        }

        private boolean sendEvents() throws IOException {
            List<Event> page = journal.events(run, last, PAGE);
            for (Event event : page) {
                if (SHOWN.contains(event.kind())) {
                    send(SseEmitter.event()
                            .id(Long.toString(event.id()))
                            .name(event.kind())
                            .data(withTime(event), MediaType.APPLICATION_JSON));
                }
                last = event.id();
            }
            return page.size() == PAGE;
        }

        private void keepAlive() throws IOException {
            if (System.nanoTime() - lastSent > ALIVE.toNanos()) {
                send(SseEmitter.event().comment("still here"));
            }
        }

        private void send(SseEmitter.SseEventBuilder event) throws IOException {
            emitter.send(event);
            lastSent = System.nanoTime();
        }
    }

    /** The journal's JSON with the time of the event in front; it is written as it is, not parsed again. */
    private static RawJson withTime(Event event) {
        return new RawJson("{\"at\":\"" + event.at() + "\"," + fields(event));
    }

    /** The members of an object and its closing brace, behind which more may stand. */
    private static String fields(Event event) {
        String json = event.json().strip();
        return json.equals("{}") ? "\"kind\":\"" + event.kind() + "\"}" : json.substring(1);
    }

    /** JSON that is JSON already. */
    record RawJson(@JsonValue @JsonRawValue String text) {}
}
