package io.drrunbook.run;

import java.util.Map;
import org.apache.camel.ProducerTemplate;
import org.quartz.DisallowConcurrentExecution;
import org.quartz.JobExecutionContext;
import org.springframework.scheduling.quartz.QuartzJobBean;

/** The time for a drill of one application has come; the route says what then happens. */
@DisallowConcurrentExecution
class DrillJob extends QuartzJobBean {

    /** How often this drill was put off already. */
    static final String PUT_OFF = "putOff";

    private final ProducerTemplate producer;

    DrillJob(ProducerTemplate producer) {
        this.producer = producer;
    }

    @Override
    protected void executeInternal(JobExecutionContext context) {
        producer.sendBodyAndHeaders(
                "direct:start-scheduled-drill",
                null,
                Map.of(
                        "application",
                        context.getJobDetail().getKey().getName(),
                        "scheduledAt",
                        context.getScheduledFireTime().toInstant(),
                        PUT_OFF,
                        putOff(context)));
    }

    private static int putOff(JobExecutionContext context) {
        return context.getTrigger().getJobDataMap().containsKey(PUT_OFF)
                ? context.getTrigger().getJobDataMap().getIntegerFromString(PUT_OFF)
                : 0;
    }
}
