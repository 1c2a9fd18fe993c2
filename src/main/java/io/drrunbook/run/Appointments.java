package io.drrunbook.run;

import java.time.Instant;
import java.util.Date;
import java.util.Map;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.TriggerBuilder;
import org.quartz.TriggerKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Does what a routine is for when its time has come; what cannot begin now is put off, and told when it never could. */
@Component
public class Appointments {

    private static final Logger LOG = LoggerFactory.getLogger(Appointments.class);

    private final Scheduler scheduler;
    private final Journal journal;

    Appointments(Scheduler scheduler, Journal journal) {
        this.scheduler = scheduler;
        this.journal = journal;
    }

    /**
     * Does the work. When it is refused because a run is active ({@code run_active}), it is tried again after the routine's
     * retry delay; when it is refused otherwise, or too often, the journal gets an event {@code ..._missed}.
     *
     * @param work may throw {@link RefusedException}; whatever else it throws is its own affair
     */
    public void keep(Appointment due, Runnable work) {
        try {
            work.run();
        } catch (RefusedException refusal) {
            if (refusal.code().equals("run_active")
                    && due.putOff() < due.routine().retries()) {
                putOff(due);
            } else {
                missed(due, refusal);
            }
        }
    }

    private void putOff(Appointment due) {
        Routine routine = due.routine();
        LOG.info(
                "scheduled {} of {} waits {} for a run that is active",
                routine.name(),
                due.application(),
                routine.retryDelay());
        int times = due.putOff() + 1;
        // Named by the count: the trigger of the time before is still there while its job is under way.
        TriggerKey again = TriggerKey.triggerKey(due.application() + " put off " + times, routine.group());
        try {
            if (scheduler.checkExists(again)) {
                // The regular time came while the last one still waits: one of them is enough.
                return;
            }
            scheduler.scheduleJob(TriggerBuilder.newTrigger()
                    .withIdentity(again)
                    .forJob(JobKey.jobKey(due.application(), routine.group()))
                    .usingJobData(AppointmentJob.PUT_OFF, Integer.toString(times))
                    .startAt(Date.from(Instant.now().plus(routine.retryDelay())))
                    .build());
        } catch (SchedulerException e) {
            throw new IllegalStateException(
                    "the scheduled " + routine.name() + " of " + due.application()
                            + " could not be put off; look at the journal's database",
                    e);
        }
    }

    private void missed(Appointment due, RefusedException refusal) {
        String name = due.routine().name();
        LOG.warn("scheduled {} of {} was missed: {}", name, due.application(), refusal.getMessage());
        journal.event(
                null,
                due.routine().missed(),
                Map.of(
                        "application",
                        due.application(),
                        "scheduled_at",
                        due.at().toString(),
                        "code",
                        refusal.code(),
                        "message",
                        "the scheduled " + name + " was missed: " + refusal.getMessage()));
    }
}
