package io.drrunbook.runbook;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.run.Appointment;
import io.drrunbook.run.Appointments;
import io.drrunbook.run.Person;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.Routine;
import io.drrunbook.settings.DrSettings;
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
    private final WaitingLine line;

    ScheduledBackup(BackupRoute route, Appointments appointments, DrSettings settings) {
        this.route = route;
        this.appointments = appointments;
        this.line = new WaitingLine(settings.backup().atOnce());
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
     * being taken. Who waits longest is next.
     */
    public void start(@Body Appointment due) {
        if (!begins(due)) {
            return;
        }
        try {
            appointments.keep(due, () -> take(due.application()));
        } finally {
            ended(due.routine());
        }
    }

    private synchronized boolean begins(Appointment due) {
        if (line.enter(due.application())) {
            return true;
        }
        appointments.later(due);
        callWhoIsNext(due.routine());
        return false;
    }

    private synchronized void ended(Routine routine) {
        line.leave();
        callWhoIsNext(routine);
    }

    /** Who is called and does not come, because another node has its backup by now, stands in nobody's way. */
    private void callWhoIsNext(Routine routine) {
        boolean somebodyLeft;
        do {
            somebodyLeft = false;
            for (String next : line.next()) {
                if (!appointments.sooner(routine, next)) {
                    line.forget(next);
                    somebodyLeft = true;
                }
            }
        } while (somebodyLeft);
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
