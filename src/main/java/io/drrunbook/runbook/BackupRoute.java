package io.drrunbook.runbook;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Manifest;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Mode;
import io.drrunbook.run.Person;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import io.drrunbook.run.Role;
import io.drrunbook.run.Taking;
import io.drrunbook.run.Takings;
import java.util.Map;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.ProducerTemplate;
import org.springframework.context.annotation.Lazy;
import org.springframework.stereotype.Component;

/** The way into the route {@code take-backup}. */
@Component
public class BackupRoute {

    private final ProducerTemplate producer;
    private final Journal journal;
    private final Takings takings;
    private final TakeBackup pieces;

    BackupRoute(@Lazy ProducerTemplate producer, Journal journal, Takings takings, TakeBackup pieces) {
        this.producer = producer;
        this.journal = journal;
        this.takings = takings;
        this.pieces = pieces;
    }

    /**
     * Takes a backup of an application's database and puts it into every store; returns when it is there.
     *
     * @param trigger what asked for it: {@code http}, {@code page}, {@code schedule}
     * @throws RefusedException ({@code forbidden}, {@code run_active}, {@code backup_active}); {@code run_active} while the
     *     application is being recovered: a fresh backup of a broken database must not become the latest
     * @throws RunbookException when it cannot be taken, or no store takes it
     */
    public Backup take(String application, Person by, String trigger) {
        by.require(Role.OPERATOR, "taking a backup");
        refuseDuringRecovery(application);
        Taking taking = takings.begin(application, by, trigger, pieces.suffix());
        Taking.Status status = Taking.Status.FAILED;
        try {
            TakenBackup taken =
                    producer.requestBodyAndHeader("direct:take-backup", null, "taking", taking, TakenBackup.class);
            status = Taking.Status.SUCCEEDED;
            taken(taken, by, trigger);
            return taken.backup();
        } catch (CamelExecutionException e) {
            if (e.getCause() instanceof RunbookException known) {
                failed(application, known.code(), String.valueOf(known.getMessage()));
                throw known;
            }
            failed(application, "unexpected", "see the service's log");
            throw e;
        } finally {
            takings.ended(taking.id(), status);
        }
    }

    /** @throws RefusedException ({@code run_active}) */
    public void refuseDuringRecovery(String application) {
        journal.active(application).filter(run -> run.mode() == Mode.RECOVERY).ifPresent(run -> {
            throw new RefusedException(
                    Reason.CONFLICT,
                    "run_active",
                    "run " + run.id() + " recovers " + application + "; take a backup when it has ended");
        });
    }

    private void taken(TakenBackup taken, Person by, String trigger) {
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
                        "initiated_by", by.name(),
                        "trigger", trigger));
    }

    /** Alerts follow the journal: whoever asked for it, somebody hears of it. */
    private void failed(String application, String code, String message) {
        journal.event(null, "backup_failed", Map.of("application", application, "code", code, "message", message));
    }
}
