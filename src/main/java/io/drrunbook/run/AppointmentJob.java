package io.drrunbook.run;

import java.util.List;
import org.apache.camel.ProducerTemplate;
import org.quartz.DisallowConcurrentExecution;
import org.quartz.JobDataMap;
import org.quartz.JobExecutionContext;
import org.quartz.JobKey;
import org.springframework.scheduling.quartz.QuartzJobBean;

/** The Quartz job behind an appointment; the routine's route says what then happens. */
@DisallowConcurrentExecution
class AppointmentJob extends QuartzJobBean {

    /** In the trigger: as in {@link Appointment}. */
    static final String TURN = "turn";

    static final String PUT_OFF = "putOff";

    private final ProducerTemplate producer;
    private final List<Routine> routines;

    AppointmentJob(ProducerTemplate producer, List<Routine> routines) {
        this.producer = producer;
        this.routines = routines;
    }

    @Override
    protected void executeInternal(JobExecutionContext context) {
        JobKey job = context.getJobDetail().getKey();
        Routine routine = routines.stream()
                .filter(one -> one.group().equals(job.getGroup()))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("nothing is known that would be done as job " + job));
        Appointment appointment = new Appointment(
                routine,
                job.getName(),
                context.getScheduledFireTime().toInstant(),
                number(TURN, context.getTrigger().getJobDataMap()),
                number(PUT_OFF, context.getTrigger().getJobDataMap()));
        producer.sendBody(routine.route(), appointment);
    }

    private static int number(String name, JobDataMap trigger) {
        return trigger.containsKey(name) ? trigger.getIntegerFromString(name) : 0;
    }
}
