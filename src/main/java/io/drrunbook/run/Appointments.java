package io.drrunbook.run;

import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.TriggerKey;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** Does what a routine is for when its time has come; what cannot begin now is put off, and told when it never could. */
@Component
public class Appointments {

    private static final Logger LOG = LoggerFactory.getLogger(Appointments.class);

    /** Codes of refusals that are over some time. */
    private static final Set<String> IN_THE_WAY = Set.of("run_active", "backup_active");

    private static final TriggerKey NOBODYS = TriggerKey.triggerKey("nobody's");

    private final Scheduler scheduler;
    private final Journal journal;

    /** Quartz holds its locks up to the end of the transaction, and a killed service leaves no half of a trigger. */
    private final TransactionTemplate transaction;

    Appointments(Scheduler scheduler, Journal journal, TransactionTemplate transaction) {
        this.scheduler = scheduler;
        this.journal = journal;
        this.transaction = transaction;
    }

    /**
     * Does the work. When it is refused because something else is active ({@code run_active}, {@code backup_active}), it is
     * tried again after the routine's retry delay; when it is refused otherwise, or too often, the journal gets an event
     * {@code ..._missed}.
     *
     * @param work may throw {@link RefusedException}; whatever else it throws is its own affair
     */
    public void keep(Appointment due, Runnable work) {
        try {
            work.run();
        } catch (RefusedException refusal) {
            if (IN_THE_WAY.contains(refusal.code())
                    && due.putOff() < due.routine().retries()) {
                again(due, due.putOff() + 1);
            } else {
                missed(due, refusal);
            }
        }
    }

    /** Nothing stands in the way but others that are being kept: it comes again after the retry delay, as often as it must. */
    public void later(Appointment due) {
        again(due, due.putOff());
    }

    /**
     * Lets what was put off come now, instead of after the retry delay.
     *
     * @return whether it comes at all; what was paused, or has failed in Quartz, does not
     */
    public boolean sooner(Routine routine, String application) {
        return Boolean.TRUE.equals(transaction.execute(status -> {
            try {
                lock();
                boolean comes = false;
                for (Trigger each : putOff(routine, application)) {
                    comes |= comesNow(each);
                }
                return comes;
            } catch (SchedulerException e) {
                throw notScheduled(routine, application, e);
            }
        }));
    }

    private boolean comesNow(Trigger waiting) throws SchedulerException {
        return switch (scheduler.getTriggerState(waiting.getKey())) {
            case NORMAL, BLOCKED -> {
                scheduler.rescheduleJob(
                        waiting.getKey(), waiting.getTriggerBuilder().startNow().build());
                yield true;
            }
            // Its job is under way, and asks by itself.
            case COMPLETE -> true;
            case PAUSED, ERROR, NONE -> false;
        };
    }

    private void again(Appointment due, int putOff) {
        transaction.executeWithoutResult(status -> {
            try {
                lock();
                schedule(due, putOff);
            } catch (SchedulerException e) {
                throw notScheduled(due.routine(), due.application(), e);
            }
        });
    }

    /**
     * Nothing begins from here to the end of the transaction. Quartz takes its lock for what changes a trigger, and none to look
     * at one: what had begun in between would be put into its table once more, and begin twice.
     */
    private void lock() throws SchedulerException {
        scheduler.resetTriggerFromErrorState(NOBODYS);
    }

    private void schedule(Appointment due, int putOff) throws SchedulerException {
        Routine routine = due.routine();
        // Named by the turn: the trigger of the turn before is still there while its job is under way.
        TriggerKey key = TriggerKey.triggerKey(again(due.application()) + (due.turn() + 1), routine.group());
        List<? extends Trigger> waiting = due.turn() == 0 ? putOff(routine, due.application()) : List.of();
        for (Trigger one : waiting) {
            // Only a trigger in the state ERROR is changed by it.
            scheduler.resetTriggerFromErrorState(one.getKey());
        }
        if (!waiting.isEmpty() || scheduler.checkExists(key)) {
            // Its regular time has come while the last one still waits: one of them is enough.
            return;
        }
        LOG.info("scheduled {} of {} waits {}", routine.name(), due.application(), routine.retryDelay());
        scheduler.scheduleJob(TriggerBuilder.newTrigger()
                .withIdentity(key)
                .forJob(job(routine, due.application()))
                .usingJobData(AppointmentJob.TURN, Integer.toString(due.turn() + 1))
                .usingJobData(AppointmentJob.PUT_OFF, Integer.toString(putOff))
                .startAt(Date.from(Instant.now().plus(routine.retryDelay())))
                .build());
    }

    private List<? extends Trigger> putOff(Routine routine, String application) throws SchedulerException {
        return scheduler.getTriggersOfJob(job(routine, application)).stream()
                .filter(trigger -> trigger.getKey().getName().startsWith(again(application)))
                .toList();
    }

    private static JobKey job(Routine routine, String application) {
        return JobKey.jobKey(application, routine.group());
    }

    private static String again(String application) {
        return application + " again ";
    }

    private static IllegalStateException notScheduled(Routine routine, String application, SchedulerException e) {
        return new IllegalStateException(
                "the scheduled " + routine.name() + " of " + application
                        + " could not be scheduled again; look at the journal's database",
                e);
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
