package io.drrunbook.web.page;

import io.drrunbook.backup.Backup;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.readiness.StoreWatch;
import io.drrunbook.run.Person;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import io.drrunbook.run.Role;
import io.drrunbook.runbook.BackupRoute;
import io.drrunbook.settings.DrSettings;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Backups that were asked for on the page: they may take longer than a browser waits, so they are taken behind it. */
@Component
class BackupTaking {

    private static final Logger LOG = LoggerFactory.getLogger(BackupTaking.class);

    private final BackupRoute route;
    private final DrSettings settings;
    private final StoreWatch watch;
    private final Map<String, Taking> last = new ConcurrentHashMap<>();
    private final ExecutorService worker = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "page-backup");
        thread.setDaemon(true);
        return thread;
    });

    BackupTaking(BackupRoute route, DrSettings settings, StoreWatch watch) {
        this.route = route;
        this.settings = settings;
        this.watch = watch;
    }

    /**
     * Begins to take a backup.
     *
     * @throws RefusedException ({@code forbidden}, {@code application_unknown}, {@code run_active},
     *     {@code backup_active})
     */
    void start(String application, Person by) {
        by.require(Role.OPERATOR, "taking a backup");
        if (!settings.applications().containsKey(application)) {
            throw new RefusedException(
                    Reason.UNKNOWN,
                    "application_unknown",
                    "no application '" + application + "'; there is "
                            + settings.applications().keySet());
        }
        route.refuseDuringRecovery(application);
        Taking begun = new Taking(by.name(), Instant.now(), null, null, null);
        last.compute(application, (name, before) -> {
            if (before != null && before.endedAt() == null) {
                throw new RefusedException(
                        Reason.CONFLICT,
                        "backup_active",
                        "a backup of " + application + " is being taken since " + Said.time(before.startedAt()));
            }
            return begun;
        });
        worker.execute(() -> take(application, by, begun));
    }

    /** The last one of that application since the service has started. */
    Optional<Taking> last(String application) {
        return Optional.ofNullable(last.get(application));
    }

    private void take(String application, Person by, Taking begun) {
        try {
            Backup backup = route.take(application, by, "page");
            watch.look();
            last.put(application, begun.ended(backup.manifest().filename(), null));
        } catch (RuntimeException e) {
            LOG.warn("the backup of {} that {} asked for failed", application, begun.by(), e);
            String message = e instanceof RunbookException ? String.valueOf(e.getMessage()) : "see the service's log";
            last.put(application, begun.ended(null, message));
        }
    }

    /**
     * One that is being taken, or was.
     *
     * @param endedAt null while it is being taken
     * @param filename null unless it was taken
     * @param error null unless it failed
     */
    record Taking(
            String by,
            Instant startedAt,
            @Nullable Instant endedAt,
            @Nullable String filename,
            @Nullable String error) {

        Taking ended(@Nullable String name, @Nullable String failure) {
            return new Taking(by, startedAt, Instant.now(), name, failure);
        }
    }
}
