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

    BackupRoute(@Lazy ProducerTemplate producer, Journal journal) {
        this.producer = producer;
        this.journal = journal;
    }

    /**
     * Takes a backup of an application's database and puts it into every store; returns when it is there.
     *
     * @param trigger what asked for it: {@code http}, {@code page}, {@code schedule}
     * @throws RefusedException ({@code forbidden}, {@code run_active}); the latter while the application is being
     *     recovered: a fresh backup of a broken database must not become the latest
     * @throws RunbookException when it cannot be taken, or no store takes it
     */
    public Backup take(String application, Person by, String trigger) {
        by.require(Role.OPERATOR, "taking a backup");
        refuseDuringRecovery(application);
        try {
            Backup backup =
                    producer.requestBodyAndHeader("direct:take-backup", null, "application", application, Backup.class);
            taken(backup, by, trigger);
            producer.sendBody("direct:complete-backup", backup);
            return backup;
        } catch (CamelExecutionException e) {
            if (e.getCause() instanceof RunbookException known) {
                failed(application, known.code(), String.valueOf(known.getMessage()));
                throw known;
            }
            failed(application, "unexpected", "see the service's log");
            throw e;
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

    private void taken(Backup backup, Person by, String trigger) {
        Manifest manifest = backup.manifest();
        journal.event(
                null,
                "backup_taken",
                Map.of(
                        "application", manifest.application(),
                        "backup_id", manifest.id(),
                        "filename", manifest.filename(),
                        "size_bytes", manifest.sizeBytes(),
                        "stores", backup.keys().keySet(),
                        "initiated_by", by.name(),
                        "trigger", trigger));
    }

    /** Alerts follow the journal: whoever asked for it, somebody hears of it. */
    private void failed(String application, String code, String message) {
        journal.event(null, "backup_failed", Map.of("application", application, "code", code, "message", message));
    }
}
