package io.drrunbook.runbook;

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

/** An active run that keeps what is reported to it, for the test of one step. */
final class RecordedRun implements ActiveRun {

    final UUID id = UUID.randomUUID();
    final List<String> log = new CopyOnWriteArrayList<>();
    final List<String> progress = new CopyOnWriteArrayList<>();
    final Map<String, Object> details = new ConcurrentHashMap<>();
    volatile boolean cancelled;
    private final Map<String, Object> memory = new ConcurrentHashMap<>();

    @Override
    public UUID id() {
        return id;
    }

    @Override
    public Mode mode() {
        return Mode.RECOVERY;
    }

    @Override
    public String application() {
        return "shop";
    }

    @Override
    public Optional<UUID> requestedBackup() {
        return Optional.empty();
    }

    @Override
    public Path workDirectory() {
        return Path.of("target");
    }

    @Override
    public boolean cancelRequested() {
        return cancelled;
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
        details.put("backup_id", backupId);
    }

    @Override
    public void log(String message) {
        log.add(message);
    }

    @Override
    public void progress(long done, long total, String unit) {
        progress.add(done + " of " + total + " " + unit);
    }

    @Override
    public void detail(String key, Object value) {
        details.put(key, value);
    }

    @Override
    public void remember(String key, Object value) {
        memory.put(key, value);
    }

    @Override
    public <T> Optional<T> recall(String key, Class<T> type) {
        return Optional.ofNullable(memory.get(key)).map(type::cast);
    }

    @Override
    public void previousDatabase(String name) {
        details.put("previous_database", name);
    }

    @Override
    public void swappedBack(String restored) {
        details.put("restored_database", restored);
    }
}
