package io.drrunbook.run;

import io.drrunbook.settings.DrSettings;
import java.util.Date;
import java.util.Map;
import java.util.Optional;
import java.util.TimeZone;
import java.util.TreeMap;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.support.SimpleEventNotifierSupport;
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
 * Keeps one durable Quartz job for the drills of each application. A trigger that is there with the same schedule is left
 * alone, because it knows what was missed while the service was down; Quartz catches that up with one drill.
 */
@Component
class DrillSchedule extends SimpleEventNotifierSupport {

    static final String GROUP = "drills";

    private static final Logger LOG = LoggerFactory.getLogger(DrillSchedule.class);
    private static final TimeZone UTC = TimeZone.getTimeZone("UTC");

    private final DrSettings settings;
    private final Scheduler scheduler;
    private final TransactionTemplate transaction;

    DrillSchedule(DrSettings settings, Scheduler scheduler, TransactionTemplate transaction) {
        this.settings = settings;
        this.scheduler = scheduler;
        this.transaction = transaction;
        setIgnoreExchangeEvents(true);
        setIgnoreRouteEvents(true);
        setIgnoreServiceEvents(true);
    }

    @Override
    public boolean isEnabled(CamelEvent event) {
        return event instanceof CamelEvent.CamelContextStartingEvent;
    }

    @Override
    public void notify(CamelEvent event) {
        transaction.executeWithoutResult(status -> {
            try {
                align();
            } catch (SchedulerException e) {
                throw new IllegalStateException("the drills could not be scheduled; look at the journal's database", e);
            }
        });
    }

    private void align() throws SchedulerException {
        Map<String, String> wanted = new TreeMap<>();
        settings.applications()
                .keySet()
                .forEach(name -> settings.drillSchedule(name).ifPresent(cron -> wanted.put(name, cron)));
        for (JobKey job : scheduler.getJobKeys(GroupMatcher.jobGroupEquals(GROUP))) {
            if (!wanted.containsKey(job.getName())) {
                scheduler.deleteJob(job);
            }
        }
        for (Map.Entry<String, String> schedule : wanted.entrySet()) {
            keep(schedule.getKey(), schedule.getValue());
        }
    }

    /** Adding the job takes Quartz's lock up to the end of the transaction: of several nodes that start at once one schedules. */
    private void keep(String application, String cron) throws SchedulerException {
        JobKey job = JobKey.jobKey(application, GROUP);
        scheduler.addJob(
                JobBuilder.newJob(DrillJob.class)
                        .withIdentity(job)
                        .withDescription("scheduled drill of " + application)
                        .storeDurably()
                        .requestRecovery()
                        .build(),
                true);
        TriggerKey key = TriggerKey.triggerKey(application, GROUP);
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
        LOG.info("drills of {}: {} (UTC), next at {}", application, cron, trigger.getFireTimeAfter(new Date()));
    }
}
