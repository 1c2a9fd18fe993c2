package io.drrunbook.run;

import io.drrunbook.settings.DrSettings;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TimeZone;
import java.util.TreeMap;
import org.apache.camel.CamelContext;
import org.apache.camel.spring.boot.CamelContextConfiguration;
import org.apache.camel.support.LifecycleStrategySupport;
import org.quartz.CronScheduleBuilder;
import org.quartz.CronTrigger;
import org.quartz.JobBuilder;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.Trigger;
import org.quartz.TriggerBuilder;
import org.quartz.TriggerKey;
import org.quartz.impl.matchers.GroupMatcher;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Keeps one durable Quartz job for each routine of each application. A trigger that is there with the same schedule is left
 * alone, because it knows what was missed while the service was down; Quartz makes up for that once.
 */
@Component
class Timetable implements CamelContextConfiguration {

    private static final Logger LOG = LoggerFactory.getLogger(Timetable.class);
    private static final TimeZone UTC = TimeZone.getTimeZone("UTC");

    private final List<Routine> routines;
    private final DrSettings settings;
    private final Scheduler scheduler;
    private final TransactionTemplate transaction;

    Timetable(List<Routine> routines, DrSettings settings, Scheduler scheduler, TransactionTemplate transaction) {
        this.routines = routines;
        this.settings = settings;
        this.scheduler = scheduler;
        this.transaction = transaction;
    }

    /** A schedule that cannot be kept stops the start; what only listens to Camel's events is not heard when it fails. */
    @Override
    public void beforeApplicationStart(CamelContext camel) {
        camel.addLifecycleStrategy(new LifecycleStrategySupport() {
            @Override
            public void onContextStarting(CamelContext context) {
                routines.forEach(Timetable.this::schedule);
            }
        });
    }

    @Override
    public void afterApplicationStart(CamelContext camel) {
        // Everything is scheduled before Camel starts the queue.
    }

    private void schedule(Routine routine) {
        transaction.executeWithoutResult(status -> {
            try {
                align(routine);
            } catch (SchedulerException e) {
                throw new IllegalStateException(
                        "the " + routine.group() + " could not be scheduled; look at the journal's database", e);
            }
        });
    }

    private void align(Routine routine) throws SchedulerException {
        Map<String, String> wanted = new TreeMap<>();
        settings.applications()
                .keySet()
                .forEach(name -> routine.schedule().apply(name).ifPresent(cron -> wanted.put(name, cron)));
        for (JobKey job : scheduler.getJobKeys(GroupMatcher.jobGroupEquals(routine.group()))) {
            if (!wanted.containsKey(job.getName())) {
                scheduler.deleteJob(job);
            }
        }
        for (Map.Entry<String, String> schedule : wanted.entrySet()) {
            keep(routine, schedule.getKey(), schedule.getValue());
        }
    }

    /** Adding the job takes Quartz's lock up to the end of the transaction: of several nodes that start at once one schedules. */
    private void keep(Routine routine, String application, String cron) throws SchedulerException {
        JobKey job = JobKey.jobKey(application, routine.group());
        scheduler.addJob(
                JobBuilder.newJob(AppointmentJob.class)
                        .withIdentity(job)
                        .withDescription("scheduled " + routine.name() + " of " + application)
                        .storeDurably()
                        .requestRecovery()
                        .build(),
                true);
        TriggerKey key = TriggerKey.triggerKey(application, routine.group());
        Optional<Trigger> before = Optional.ofNullable(scheduler.getTrigger(key));
        if (before.filter(CronTrigger.class::isInstance)
                .map(CronTrigger.class::cast)
                .filter(trigger -> trigger.getCronExpression().equals(cron))
                .isPresent()) {
            // Only a trigger in the state ERROR is changed by it.
            scheduler.resetTriggerFromErrorState(key);
            return;
        }
        Trigger trigger = TriggerBuilder.newTrigger()
                .withIdentity(key)
                .forJob(job)
                .withSchedule(CronScheduleBuilder.cronSchedule(cron)
                        .inTimeZone(UTC)
                        .withMisfireHandlingInstructionFireAndProceed())
                .build();
        if (before.isPresent()) {
            scheduler.rescheduleJob(key, trigger);
        } else {
            scheduler.scheduleJob(trigger);
        }
        LOG.info(
                "{} of {}: {} (UTC), next at {}",
                routine.group(),
                application,
                cron,
                trigger.getFireTimeAfter(new Date()));
    }
}
