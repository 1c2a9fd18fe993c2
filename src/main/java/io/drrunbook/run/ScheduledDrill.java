package io.drrunbook.run;

import io.drrunbook.settings.DrSettings;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import org.apache.camel.Header;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.TriggerBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Starts a drill whose time has come; one that cannot start now is put off, and told when it never could. */
@Component("scheduledDrill")
class ScheduledDrill {

    private static final Logger LOG = LoggerFactory.getLogger(ScheduledDrill.class);

    private final Admission admission;
    private final Journal journal;
    private final Scheduler scheduler;
    private final DrSettings.Drill settings;

    ScheduledDrill(Admission admission, Journal journal, Scheduler scheduler, DrSettings settings) {
        this.admission = admission;
        this.journal = journal;
        this.scheduler = scheduler;
        this.settings = settings.drill();
    }

    /** Asks admission as everybody does. While another run of the application is active, it asks again later. */
    public void start(
            @Header("application") String application,
            @Header("scheduledAt") Instant scheduledAt,
            @Header(DrillJob.PUT_OFF) int putOff)
            throws SchedulerException {
        try {
            Run run = admission.admit(new RunRequest(
                    Mode.DRILL, application, null, "scheduled drill", null, Person.schedule(), "schedule"));
            LOG.info("scheduled drill of {}: run {}", application, run.id());
        } catch (RefusedException refusal) {
            if (refusal.code().equals("run_active") && putOff < settings.retries()) {
                again(application, putOff + 1);
            } else {
                missed(application, scheduledAt, refusal);
            }
        }
    }

    private void again(String application, int putOff) throws SchedulerException {
        LOG.info("scheduled drill of {} waits {} for another run", application, settings.retryDelay());
        scheduler.scheduleJob(TriggerBuilder.newTrigger()
                .withIdentity(application + " put off", DrillSchedule.GROUP)
                .forJob(JobKey.jobKey(application, DrillSchedule.GROUP))
                .usingJobData(DrillJob.PUT_OFF, Integer.toString(putOff))
                .startAt(Date.from(Instant.now().plus(settings.retryDelay())))
                .build());
    }

    private void missed(String application, Instant scheduledAt, RefusedException refusal) {
        LOG.warn("scheduled drill of {} was missed: {}", application, refusal.getMessage());
        journal.event(
                null,
                "drill_missed",
                Map.of(
                        "application",
                        application,
                        "scheduled_at",
                        scheduledAt.toString(),
                        "code",
                        refusal.code(),
                        "message",
                        String.valueOf(refusal.getMessage())));
    }
}
