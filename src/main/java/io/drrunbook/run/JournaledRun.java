package io.drrunbook.run;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An active run whose every report goes into the journal. */
final class JournaledRun implements ActiveRun {

    private static final Logger LOG = LoggerFactory.getLogger(JournaledRun.class);
    private static final Duration BETWEEN_PROGRESS = Duration.ofSeconds(1);

    private final Run run;
    private final Journal journal;
    private final ObjectMapper json;
    private final Path workDirectory;
    private final Duration keepPrevious;
    private final AtomicInteger step = new AtomicInteger();
    private final AtomicReference<Instant> lastProgress = new AtomicReference<>(Instant.EPOCH);
    private final AtomicReference<Instant> lastCancelCheck = new AtomicReference<>(Instant.EPOCH);
    private volatile boolean cancelled;

    JournaledRun(Run run, Journal journal, ObjectMapper json, Path workDirectory, Duration keepPrevious) {
        this.run = run;
        this.journal = journal;
        this.json = json;
        this.workDirectory = workDirectory;
        this.keepPrevious = keepPrevious;
        // A run that is picked up behind its last step still reports to that one.
        run.steps().stream()
                .filter(each -> each.status() != StepStatus.PENDING && each.status() != StepStatus.SKIPPED)
                .mapToInt(Step::number)
                .max()
                .ifPresent(step::set);
    }

    @Override
    public UUID id() {
        return run.id();
    }

    @Override
    public Mode mode() {
        return run.mode();
    }

    @Override
    public String application() {
        return run.application();
    }

    @Override
    public Optional<UUID> requestedBackup() {
        return Optional.ofNullable(run.requestedBackupId());
    }

    @Override
    public Path workDirectory() {
        return workDirectory;
    }

    @Override
    public boolean cancelRequested() {
        if (!cancelled && due(lastCancelCheck, Duration.ofMillis(500))) {
            cancelled = journal.isCancelRequested(id());
        }
        return cancelled;
    }

    @Override
    public boolean left(int number) {
        Run now = journal.find(id()).orElseThrow();
        if (now.status() == RunStatus.WAITING) {
            return false;
        }
        boolean done = now.step(number).status().done();
        if (!done || now.step(4).status().done()) {
            return !done;
        }
        // The files of steps 2 and 3 go when a run ends, or with the machine: without them the step is not done.
        return switch (number) {
            case 2 -> !Files.exists(sealedFile()) && !Files.exists(archive());
            case 3 -> !Files.exists(archive());
            default -> false;
        };
    }

    @Override
    public void began(int number) {
        step.set(number);
        lastProgress.set(Instant.EPOCH);
        journal.stepBegan(id(), number);
        LOG.info("run {} ({} of {}): step {} {}", id(), mode(), application(), number, Step.NAMES.get(number));
    }

    @Override
    public void ended(int number, StepStatus status) {
        journal.stepEnded(id(), number, status, null);
    }

    @Override
    public void backupChosen(UUID backupId, Instant createdAt) {
        long dataLoss = Math.max(0, Duration.between(createdAt, run.startTime()).toSeconds());
        journal.backupChosen(id(), backupId, dataLoss);
    }

    @Override
    public void log(String message) {
        LOG.info("run {}: {}", id(), message);
        journal.event(id(), "log", Map.of("step", step.get(), "message", message));
    }

    @Override
    public void warn(String message) {
        LOG.warn("run {}: {}", id(), message);
        journal.event(id(), "log", Map.of("step", step.get(), "message", message));
    }

    @Override
    public void progress(long done, long total, String unit) {
        boolean finished = total > 0 && done >= total;
        if (due(lastProgress, BETWEEN_PROGRESS) || finished) {
            journal.event(id(), "progress", Map.of("step", step.get(), "done", done, "total", total, "unit", unit));
        }
    }

    @Override
    public void detail(String key, Object value) {
        journal.stepDetail(id(), step.get(), key, value);
    }

    @Override
    public void remember(String key, Object value) {
        journal.remember(id(), key, value);
    }

    @Override
    public <T> Optional<T> recall(String key, Class<T> type) {
        return Optional.ofNullable(journal.memory(id()).get(key)).map(value -> json.convertValue(value, type));
    }

    @Override
    public void previousDatabase(String name) {
        journal.previousDatabase(id(), name, Journal.now().plus(keepPrevious));
    }

    @Override
    public void swappedBack(String restored) {
        journal.swappedBack(id(), restored, Journal.now().plus(keepPrevious));
    }

    private static boolean due(AtomicReference<Instant> last, Duration interval) {
        Instant before = last.get();
        Instant now = Instant.now();
        return now.isAfter(before.plus(interval)) && last.compareAndSet(before, now);
    }
}
