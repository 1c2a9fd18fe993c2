package io.drrunbook.run;

import java.util.UUID;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.TriggerBuilder;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * The queue of runs is Quartz: each run is a durable job with recovery requested, so that a node that dies has its run
 * picked up on restart, or by another node. The job store joins the journal's transaction: a run and its job are written
 * together or not at all.
 */
@Component
class RunQueue {

    static final String GROUP = "runs";

    private final Scheduler scheduler;
    private final JdbcClient jdbc;

    RunQueue(Scheduler scheduler, JdbcClient jdbc) {
        this.scheduler = scheduler;
        this.jdbc = jdbc;
    }

    /** Queues the run: its job starts at once, or when the service is up again. */
    @Transactional
    void add(UUID run) {
        JobDetail job = JobBuilder.newJob(RunJob.class)
                .withIdentity(key(run))
                .withDescription("dr-runbook run " + run)
                .storeDurably()
                .requestRecovery()
                .build();
        try {
            scheduler.addJob(job, true);
            // A trigger of its own, of this group, so that it is told apart from the scheduler's recovery triggers.
            scheduler.scheduleJob(TriggerBuilder.newTrigger()
                    .withIdentity(UUID.randomUUID().toString(), GROUP)
                    .forJob(key(run))
                    .startNow()
                    .build());
        } catch (SchedulerException e) {
            throw new IllegalStateException("run " + run + " could not be queued; look at the journal's database", e);
        }
    }

    /** Forgets the job of a run that has ended. */
    @Transactional
    void remove(UUID run) {
        try {
            scheduler.deleteJob(key(run));
        } catch (SchedulerException e) {
            throw new IllegalStateException("the job of run " + run + " could not be removed from the queue", e);
        }
    }

    /** Whether the queue will start the run, or some node has it in work. */
    boolean holds(UUID run) {
        long triggers = jdbc.sql("SELECT (SELECT COUNT(*) FROM qrtz_triggers WHERE job_group = ? AND job_name = ?)"
                        + " + (SELECT COUNT(*) FROM qrtz_fired_triggers WHERE job_group = ? AND job_name = ?)")
                .params(GROUP, run.toString(), GROUP, run.toString())
                .query(Long.class)
                .single();
        return triggers > 0;
    }

    private static JobKey key(UUID run) {
        return JobKey.jobKey(run.toString(), GROUP);
    }
}
