package io.drrunbook.audit;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Stores;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Person;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.Role;
import io.drrunbook.settings.DrSettings;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.Body;
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
 * Passes beside the schedule. They are further triggers of the schedule's own Quartz job, of which only one is under way at
 * a time, also on several nodes.
 */
@Component("auditStart")
public class AuditStart {

    private static final Logger LOG = LoggerFactory.getLogger(AuditStart.class);

    /** As the route {@code check-copies-by-schedule} names it. */
    private static final JobKey JOB = JobKey.jobKey("check-copies", "audit");

    private static final String ASKED = "asked for ";
    private static final String AFTER_BACKUP = "after a backup ";

    private final Scheduler scheduler;
    private final Journal journal;
    private final Stores stores;
    private final DrSettings.Audit settings;

    /** Quartz holds its locks up to the end of the transaction, and a killed service leaves no half of a trigger. */
    private final TransactionTemplate transaction;

    AuditStart(
            Scheduler scheduler, Journal journal, Stores stores, DrSettings settings, TransactionTemplate transaction) {
        this.scheduler = scheduler;
        this.journal = journal;
        this.stores = stores;
        this.settings = settings.audit();
        this.transaction = transaction;
    }

    /**
     * Starts a pass now, or as soon as the one that is under way has ended.
     *
     * @throws RefusedException ({@code forbidden})
     */
    public void now(Person by, String trigger) {
        by.require(Role.OPERATOR, "an audit of the copies");
        journal.event(null, "audit_asked", Map.of("initiated_by", by.name(), "trigger", trigger));
        schedule(ASKED, Instant.now());
    }

    /** When a new backup is not in every store, somebody tries a little later again to put it there. */
    public void afterBackup(@Body Backup backup) {
        List<String> missing = Stores.NAMES.stream()
                .filter(store -> stores.configured(store) && !backup.keys().containsKey(store))
                .toList();
        if (missing.isEmpty()) {
            return;
        }
        LOG.info("{} is put into {} in {}", backup.manifest().filename(), missing, settings.repairDelay());
        schedule(AFTER_BACKUP, Instant.now().plus(settings.repairDelay()));
    }

    static boolean isAfterBackup(TriggerKey trigger) {
        return trigger.getName().startsWith(AFTER_BACKUP);
    }

    private void schedule(String why, Instant at) {
        transaction.executeWithoutResult(status -> {
            try {
                scheduleOnce(why, at);
            } catch (SchedulerException e) {
                throw new IllegalStateException("the audit could not be started; look at the journal's database", e);
            }
        });
    }

    private void scheduleOnce(String why, Instant at) throws SchedulerException {
        for (TriggerKey waiting : scheduler.getTriggerKeys(GroupMatcher.triggerGroupEquals(JOB.getGroup()))) {
            if (waiting.getName().startsWith(why) && waits(waiting)) {
                return;
            }
        }
        scheduler.scheduleJob(TriggerBuilder.newTrigger()
                .withIdentity(why + UUID.randomUUID(), JOB.getGroup())
                .forJob(JOB)
                .startAt(Date.from(at))
                .build());
    }

    /** One that is under way does not count: what it has looked at already may have changed. */
    private boolean waits(TriggerKey trigger) throws SchedulerException {
        Trigger.TriggerState state = scheduler.getTriggerState(trigger);
        return state == Trigger.TriggerState.NORMAL || state == Trigger.TriggerState.BLOCKED;
    }
}
