package io.drrunbook.world;

import io.drrunbook.run.ActiveRun;
import io.drrunbook.run.Mode;
import io.drrunbook.run.StepStatus;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A run whose reports stay in memory, for tests of single steps. */
public final class RecordedRun implements ActiveRun {

    private final UUID id;
    private final Mode mode;
    private final String application;
    private final Path workDirectory;
    private final List<String> log = new CopyOnWriteArrayList<>();
    private final List<Progress> progress = new CopyOnWriteArrayList<>();
    private final Map<String, Object> details = new ConcurrentHashMap<>();
    private final Map<String, Object> memory = new ConcurrentHashMap<>();
    private volatile boolean cancelRequested;
    private volatile @Nullable String previousDatabase;

    public RecordedRun(Mode mode, String application, Path workDirectory) {
        this(UUID.randomUUID(), mode, application, workDirectory);
    }

    /** A run with the id of one that broke off, as a restarted service would make it. */
    public RecordedRun(UUID id, Mode mode, String application, Path workDirectory) {
        this.id = id;
        this.mode = mode;
        this.application = application;
        this.workDirectory = workDirectory;
    }

    @Override
    public UUID id() {
        return id;
    }

    @Override
    public Mode mode() {
        return mode;
    }

    @Override
    public String application() {
        return application;
    }

    @Override
    public Path workDirectory() {
        return workDirectory;
    }

    @Override
    public boolean cancelRequested() {
        return cancelRequested;
    }

    @Override
    public Optional<UUID> requestedBackup() {
        return Optional.empty();
    }

    @Override
    public boolean left(int step) {
        return true;
    }

    @Override
    public void began(int step) {
        log.add("step " + step + " began");
    }

    @Override
    public void ended(int step, StepStatus status) {
        log.add("step " + step + " " + status);
    }

    @Override
    public void backupChosen(UUID backupId, Instant createdAt) {
        memory.put("backup_id", backupId);
    }

    public void cancel() {
        cancelRequested = true;
    }

    @Override
    public void log(String message) {
        log.add(message);
    }

    /** What was logged so far, oldest first. */
    public List<String> logged() {
        return log;
    }

    @Override
    public void progress(long done, long total, String unit) {
        progress.add(new Progress(done, total, unit));
    }

    /** Progress as reported so far, oldest first. */
    public List<Progress> progressed() {
        return progress;
    }

    @Override
    public void detail(String key, Object value) {
        details.put(key, value);
    }

    /** Details of the step by key. */
    public Map<String, Object> details() {
        return details;
    }

    @Override
    public void remember(String key, Object value) {
        memory.put(key, value);
    }

    /** What is kept for later steps, by key. */
    public Map<String, Object> memory() {
        return memory;
    }

    @Override
    public <T> Optional<T> recall(String key, Class<T> type) {
        return Optional.ofNullable(memory.get(key)).map(type::cast);
    }

    @Override
    public void previousDatabase(String name) {
        previousDatabase = name;
    }

    @Override
    public void swappedBack(String restored) {
        previousDatabase = null;
    }

    /** The database that was named as the one to swap back, or null. */
    public @Nullable String previousDatabase() {
        return previousDatabase;
    }

    /** One report of progress. */
    public record Progress(long done, long total, String unit) {}
}
