package io.drrunbook.run;

import java.util.UUID;
import org.quartz.DisallowConcurrentExecution;
import org.quartz.JobExecutionContext;
import org.springframework.scheduling.quartz.QuartzJobBean;

/** The Quartz job of one run; a second start of the same run waits for the first. */
@DisallowConcurrentExecution
class RunJob extends QuartzJobBean {

    private final RunExecution execution;

    RunJob(RunExecution execution) {
        this.execution = execution;
    }

    @Override
    protected void executeInternal(JobExecutionContext context) {
        execution.execute(UUID.fromString(context.getJobDetail().getKey().getName()));
    }
}
