package io.drrunbook.run;

import io.drrunbook.settings.DrSettings;
import org.apache.camel.Body;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Component;

/** Starts a drill whose time has come. */
@Component("scheduledDrill")
class ScheduledDrill {

    private static final Logger LOG = LoggerFactory.getLogger(ScheduledDrill.class);

    private final Admission admission;
    private final Appointments appointments;

    ScheduledDrill(Admission admission, Appointments appointments) {
        this.admission = admission;
        this.appointments = appointments;
    }

    @Bean
    static Routine drills(DrSettings settings) {
        DrSettings.Drill drill = settings.drill();
        return new Routine(
                "drill", settings::drillSchedule, "direct:start-scheduled-drill", drill.retryDelay(), drill.retries());
    }

    /** Asks admission as everybody does. */
    public void start(@Body Appointment due) {
        appointments.keep(due, () -> {
            Run run = admission.admit(new RunRequest(
                    Mode.DRILL, due.application(), null, "scheduled drill", null, Person.schedule(), "schedule"));
            LOG.info("scheduled drill of {}: run {}", due.application(), run.id());
        });
    }
}
