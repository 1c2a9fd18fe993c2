package io.drrunbook.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.drrunbook.failure.Explained;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.util.FileSystemUtils;

/** Hands a run that the queue starts to the runbook's route, and writes down how it ended. */
@Component
class RunExecution {

    /** What a run remembers of the route that it is in: a rollback that was interrupted goes on as a rollback. */
    static final String ROUTE = "route";

    static final String THE_RUNBOOK = "direct:run-the-runbook";
    static final String ROLLBACK = "direct:rollback";
    private static final String GIVE_UP = "direct:give-up-run";

    private static final Logger LOG = LoggerFactory.getLogger(RunExecution.class);

    private final Journal journal;
    private final RunQueue queue;
    private final RunMetrics metrics;
    private final PickUps pickUps;
    private final DrSettings settings;
    private final ObjectMapper json;
    private final CamelContext camel;
    private final ProducerTemplate producer;

    RunExecution(
            Journal journal,
            RunQueue queue,
            RunMetrics metrics,
            PickUps pickUps,
            DrSettings settings,
            ObjectMapper json,
            CamelContext camel,
            ProducerTemplate producer) {
        this.journal = journal;
        this.queue = queue;
        this.metrics = metrics;
        this.pickUps = pickUps;
        this.settings = settings;
        this.json = json;
        this.camel = camel;
        this.producer = producer;
    }

    /** Runs it until it ends or waits; returns normally in either case. */
    void execute(UUID id) {
        Run run = journal.find(id).orElseThrow();
        try (LogContext context = LogContext.of(run)) {
            execute(run);
        }
    }

    private void execute(Run run) {
        UUID id = run.id();
        if (!run.status().active() || run.status() == RunStatus.WAITING) {
            LOG.info("run {} is {}: nothing to go on with", id, run.status());
            return;
        }
        String route = (String) journal.memory(id).getOrDefault(ROUTE, THE_RUNBOOK);
        if (run.status() == RunStatus.RUNNING && pickUps.again(run) > PickUps.MOST) {
            conclude(id, route, giveUp(run));
            return;
        }
        journal.moved(id, RunStatus.RUNNING, null);
        conclude(id, route, send(run, route));
    }

    private Exchange send(Run run, String route) {
        return producer.send(route, exchange -> exchange.setProperty(ActiveRun.PROPERTY, active(run)));
    }

    /** Nothing of the step is tried again: only what it has left is put back. */
    private Exchange giveUp(Run run) {
        int step = PickUps.step(run);
        RunbookException failure = new RunbookException(
                "crash_loop",
                "the service has ended " + (PickUps.MOST + 1) + " times while the run was in step " + step + " ("
                        + Step.NAMES.get(step)
                        + "), so it is not tried again: look at the service's log and its memory,"
                        + " then resume the run, or take another backup by its id");
        return producer.send(GIVE_UP, exchange -> {
            exchange.setProperty(ActiveRun.PROPERTY, active(run));
            exchange.setProperty("givenUpFor", failure);
        });
    }

    private JournaledRun active(Run run) {
        return new JournaledRun(
                run, journal, json, workDirectory(run.id()), settings.restore().keepPrevious());
    }

    private void conclude(UUID id, String route, Exchange result) {
        Exception failure = result.getException();
        if (failure != null && isStopping()) {
            LOG.info("run {} is interrupted because the service stops; it goes on when the service is back", id);
            pickUps.orderlyStop(id);
            return;
        }
        if (failure == null && journal.find(id).orElseThrow().status() == RunStatus.WAITING) {
            return;
        }
        if (failure == null && !result.getProperty(ActiveRun.ENDED, false, Boolean.class)) {
            failure = new RunbookException(
                    "runbook_cut_short",
                    route + " stopped before its end without saying why: look at the log and at what was changed in"
                            + " routes/, then resume the run");
        }
        if (failure == null) {
            skipWhatIsLeft(id);
            journal.moved(id, route.equals(ROLLBACK) ? RunStatus.ROLLED_BACK : RunStatus.SUCCEEDED, null);
        } else {
            failed(id, failure);
        }
        Run ended = journal.find(id).orElseThrow();
        metrics.ended(ended);
        FileSystemUtils.deleteRecursively(workDirectory(id).toFile());
        queue.remove(id);
    }

    /** A drill ends behind step 4: it never touches the application. */
    private void skipWhatIsLeft(UUID id) {
        journal.find(id).orElseThrow().steps().stream()
                .filter(step -> step.status() == StepStatus.PENDING)
                .forEach(step -> journal.stepEnded(id, step.number(), StepStatus.SKIPPED, null));
    }

    private void failed(UUID id, Exception failure) {
        Explained explained = Explained.of(failure);
        String code = explained.code();
        String message = explained.message();
        Run run = journal.find(id).orElseThrow();
        run.steps().stream()
                .filter(step -> step.status() == StepStatus.RUNNING)
                .forEach(step -> journal.stepEnded(id, step.number(), StepStatus.FAILED, message));
        boolean cancelled = run.cancelRequested() && code.equals("cancelled");
        if (code.equals("unexpected")) {
            LOG.error("run {} ends [{}]: {}", id, code, message, failure);
        } else {
            LOG.error("run {} ends [{}]: {}", id, code, message);
            LOG.debug("run {} ended of", id, failure);
        }
        journal.moved(id, cancelled ? RunStatus.CANCELLED : RunStatus.FAILED, new Journal.Failure(code, message));
    }

    private boolean isStopping() {
        return camel.isStopping() || camel.isStopped() || camel.getStatus().isSuspended();
    }

    private Path workDirectory(UUID id) {
        Path directory = settings.workDirectory().resolve(id.toString()).toAbsolutePath();
        try {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new UncheckedIOException(
                    directory + " cannot be made; give the service's user the right to write dr.work-directory", e);
        }
        return directory;
    }
}
