package io.drrunbook.runbook;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.run.Appointment;
import io.drrunbook.run.Appointments;
import io.drrunbook.run.Person;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.Routine;
import io.drrunbook.settings.DrSettings;
import java.util.concurrent.Semaphore;
import org.apache.camel.Body;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Component;

/** Takes a backup whose time has come. */
@Component("scheduledBackup")
class ScheduledBackup {

    private static final Logger LOG = LoggerFactory.getLogger(ScheduledBackup.class);

    private final BackupRoute route;
    private final Appointments appointments;

    /** Each takes a thread of the queue of runs, which a recovery must never wait for. */
    private final Semaphore atOnce;

    ScheduledBackup(BackupRoute route, Appointments appointments, DrSettings settings) {
        this.route = route;
        this.appointments = appointments;
        this.atOnce = new Semaphore(settings.backup().atOnce());
    }

    @Bean
    static Routine backups(DrSettings settings) {
        DrSettings.Backup backup = settings.backup();
        return new Routine(
                "backup",
                settings::backupSchedule,
                "direct:start-scheduled-backup",
                backup.retryDelay(),
                backup.retries());
    }

    /**
     * Takes it as if an operator had asked for it; it waits while the application is recovered, and while enough others are
     * being taken.
     */
    public void start(@Body Appointment due) {
        if (!atOnce.tryAcquire()) {
            appointments.later(due);
            return;
        }
        try {
            appointments.keep(due, () -> take(due.application()));
        } finally {
            atOnce.release();
        }
    }

    private void take(String application) {
        try {
            LOG.info(
                    "scheduled backup of {}: {}",
                    application,
                    route.take(application, Person.schedule(), "schedule").id());
        } catch (RefusedException refusal) {
            throw refusal;
        } catch (RunbookException failure) {
            // It is in the journal, from where it becomes an alert; the next one comes at its time.
            LOG.warn("scheduled backup of {} failed [{}]: {}", application, failure.code(), failure.getMessage());
        }
    }
}
