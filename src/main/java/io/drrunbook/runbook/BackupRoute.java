package io.drrunbook.runbook;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Manifest;
import io.drrunbook.failure.Explained;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.run.Journal;
import io.drrunbook.run.LogContext;
import io.drrunbook.run.Mode;
import io.drrunbook.run.Person;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import io.drrunbook.run.Role;
import io.drrunbook.run.Taking;
import io.drrunbook.run.Takings;
import io.drrunbook.settings.DrSettings;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.ProducerTemplate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Lazy;
import org.springframework.stereotype.Component;

/** The way into the route {@code take-backup}. */
@Component
public class BackupRoute {

    private static final Logger LOG = LoggerFactory.getLogger(BackupRoute.class);

    private final ProducerTemplate producer;
    private final Journal journal;
    private final Takings takings;
    private final TakeBackup pieces;
    private final DrSettings settings;
    private final ExecutorService threads;

    BackupRoute(
            @Lazy ProducerTemplate producer,
            Journal journal,
            Takings takings,
            TakeBackup pieces,
            DrSettings settings,
            @Qualifier("backupThreads") ExecutorService threads) {
        this.producer = producer;
        this.journal = journal;
        this.takings = takings;
        this.pieces = pieces;
        this.settings = settings;
        this.threads = threads;
    }

    /**
     * Takes a backup of an application's database and puts it into every store; returns when it is there.
     *
     * @param trigger what asked for it: {@code http}, {@code page}, {@code schedule}
     * @throws RefusedException ({@code forbidden}, {@code application_unknown}, {@code run_active}, {@code backup_active}); {@code run_active} while the
     *     application is being recovered: a fresh backup of a broken database must not become the latest
     * @throws RunbookException when it cannot be taken, or no store takes it
     */
    public Backup take(String application, Person by, String trigger) {
        return finish(begin(application, by, trigger));
    }

    /**
     * Begins to take a backup and returns at once; {@link Takings} tells what becomes of it.
     *
     * @throws RefusedException as {@link #take} does
     */
    public Taking start(String application, Person by, String trigger) {
        Taking taking = begin(application, by, trigger);
        threads.execute(() -> {
            try {
                finish(taking);
            } catch (RuntimeException e) {
                Explained failure = Explained.of(e);
                LOG.warn(
                        "the backup of {} that {} asked for failed [{}]: {}",
                        application,
                        by.name(),
                        failure.code(),
                        failure.message());
            }
        });
        return taking;
    }

    private Taking begin(String application, Person by, String trigger) {
        by.require(Role.OPERATOR, "taking a backup");
        if (!settings.applications().containsKey(application)) {
            throw new RefusedException(
                    Reason.UNKNOWN,
                    "application_unknown",
                    "no application '" + application + "'; there is "
                            + settings.applications().keySet());
        }
        refuseDuringRecovery(application);
        return takings.begin(application, by, trigger, pieces.suffix());
    }

    private Backup finish(Taking taking) {
        try (LogContext context = LogContext.of(taking.application())) {
            TakenBackup taken =
                    producer.requestBodyAndHeader("direct:take-backup", null, "taking", taking, TakenBackup.class);
            takings.succeeded(taking.id());
            taken(taken, taking);
            producer.sendBody("direct:complete-backup", taken.backup());
            return taken.backup();
        } catch (CamelExecutionException e) {
            if (e.getCause() instanceof RunbookException known) {
                failed(taking, known.code(), String.valueOf(known.getMessage()));
                throw known;
            }
            Explained explained = Explained.of(e);
            failed(taking, explained.code(), explained.message());
            throw new RunbookException(explained.code(), explained.message(), e);
        }
    }

    private void refuseDuringRecovery(String application) {
        journal.active(application).filter(run -> run.mode() == Mode.RECOVERY).ifPresent(run -> {
            throw new RefusedException(
                    Reason.CONFLICT,
                    "run_active",
                    "run " + run.id() + " recovers " + application + "; take a backup when it has ended");
        });
    }

    private void taken(TakenBackup taken, Taking taking) {
        Manifest manifest = taken.backup().manifest();
        journal.event(
                null,
                "backup_taken",
                Map.of(
                        "application", manifest.application(),
                        "backup_id", manifest.id(),
                        "filename", manifest.filename(),
                        "size_bytes", manifest.sizeBytes(),
                        "stores", taken.backup().keys().keySet(),
                        "missing", taken.missing(),
                        "warnings", taken.warnings(),
                        "initiated_by", taking.initiatedBy(),
                        "trigger", taking.trigger()));
    }

    /** Alerts follow the journal: whoever asked for it, somebody hears of it. */
    private void failed(Taking taking, String code, String message) {
        takings.failed(taking.id(), message);
        journal.event(
                null, "backup_failed", Map.of("application", taking.application(), "code", code, "message", message));
    }
}
