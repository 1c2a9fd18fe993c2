package io.drrunbook.run;

import io.drrunbook.failure.RunbookException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/**
 * An admitted run while it runs: what the classes behind the routes know of it, and where they report.
 *
 * <p>It travels as the exchange property {@value #PROPERTY}, which only the queue sets: a message sent into a step's
 * route from outside has none and is refused. Whatever is reported is in the journal before the call returns, so a
 * run that is picked up after a crash finds it.
 */
public interface ActiveRun {

    String PROPERTY = "run";

    /** Remembered when the backup is wanted although a drill has condemned it. */
    String ANYWAY = "anyway";

    /** Exchange property that says that the route has come to its end. */
    String ENDED = "runEnded";

    UUID id();

    Mode mode();

    /**
     * Called by whatever changes something, so that no route, however it was changed, can make a plan or a drill do it.
     *
     * @throws RunbookException ({@code not_in_this_mode}) when this run's mode is none of {@code allowed}
     */
    default void requireMode(String what, Mode... allowed) {
        if (!List.of(allowed).contains(mode())) {
            throw new RunbookException(
                    "not_in_this_mode",
                    "a " + mode().name().toLowerCase(Locale.ROOT) + " does not " + what
                            + ": routes/ was changed so that it would; put it right");
        }
    }

    /** Name of the application that is brought back. */
    String application();

    /** The backup that was asked for by its id; empty for the latest good one. */
    Optional<UUID> requestedBackup();

    /** This run's own folder, readable by the service's user only; gone when the run has ended. */
    Path workDirectory();

    /** The backup as it came from the store: step 2 makes it, step 3 reads and removes it. */
    default Path sealedFile() {
        return workDirectory().resolve("sealed");
    }

    /** The plain archive: step 3 makes it, step 4 restores and removes it. */
    default Path archive() {
        return workDirectory().resolve("archive");
    }

    /** Whether somebody asked to cancel: long work stops at once, without leaving a live database half changed. */
    boolean cancelRequested();

    /** Whether the step of that number is still to be done; asked by the runbook before each step. */
    boolean left(int step);

    /** A step begins; what is reported from now on belongs to it. */
    void began(int step);

    /** A step has come to that state. */
    void ended(int step, StepStatus status);

    /** Names the backup that is restored; its age at the run's start is the data that is lost. */
    void backupChosen(UUID backupId, Instant createdAt);

    /** A sentence for the run's log. */
    void log(String message);

    /** The same for what went wrong and was helped: the service's own log has it as a warning. */
    default void warn(String message) {
        log(message);
    }

    /**
     * How far the current step is; written at most once a second.
     *
     * @param unit what is counted: {@code bytes}, {@code tables}, {@code attempts}
     * @param total 0 when unknown
     */
    void progress(long done, long total, String unit);

    /** Adds a value to the current step in the run's log, e.g. {@code source: "b2"}; anything Jackson can write. */
    void detail(String key, Object value);

    /** Keeps a value that a later step, or this step after a crash, needs; not shown to anybody. */
    void remember(String key, Object value);

    /** What was kept under that key, or empty. */
    <T> Optional<T> recall(String key, Class<T> type);

    /** Names the database that was swapped out and can be swapped back. */
    void previousDatabase(String name);

    /** The database from before is live again; what the run had restored is kept, closed, under that name. */
    void swappedBack(String restored);
}
