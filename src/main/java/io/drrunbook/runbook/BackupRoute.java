package io.drrunbook.runbook;

import io.drrunbook.backup.Backup;
import io.drrunbook.failure.RunbookException;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.ProducerTemplate;
import org.springframework.context.annotation.Lazy;
import org.springframework.stereotype.Component;

/** The way into the route {@code take-backup}. */
@Component
public class BackupRoute {

    private final ProducerTemplate producer;

    BackupRoute(@Lazy ProducerTemplate producer) {
        this.producer = producer;
    }

    /**
     * Takes a backup of an application's database and puts it into every store; returns when it is there.
     *
     * @throws RunbookException when it cannot be taken, or no store takes it
     */
    public Backup take(String application) {
        try {
            return producer.requestBodyAndHeader("direct:take-backup", null, "application", application, Backup.class);
        } catch (CamelExecutionException e) {
            if (e.getCause() instanceof RunbookException known) {
                throw known;
            }
            throw e;
        }
    }
}
