package io.drrunbook.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.quartz.JobBuilder;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.TriggerKey;
import org.quartz.impl.jdbcjobstore.PostgreSQLDelegate;
import org.quartz.impl.matchers.GroupMatcher;
import org.springframework.scheduling.quartz.SchedulerFactoryBean;

/** Who is called out of turn: what is put off comes at once, and what does not come stands in nobody's way. */
@Tag("quick")
class AppointmentsTest {

    private static final Routine BACKUP =
            new Routine("backup", name -> Optional.empty(), "direct:nobody", Duration.ofMinutes(10), 12);

    private final AtomicInteger begun = new AtomicInteger();
    private final JournalInMemory place = new JournalInMemory();
    private final SchedulerFactoryBean quartz = new SchedulerFactoryBean();
    private final TriggerKey again = TriggerKey.triggerKey("shop again 1", BACKUP.group());
    private Scheduler scheduler;
    private Appointments appointments;

    /** It is not started, so that nothing begins. */
    @BeforeEach
    void theQueueWithTheJobOfAnApplication() throws Exception {
        Properties settings = new Properties();
        settings.put("org.quartz.jobStore.driverDelegateClass", PostgreSQLDelegate.class.getName());
        settings.put("org.quartz.jobStore.acquireTriggersWithinLock", "true");
        settings.put("org.quartz.threadPool.threadCount", "2");
        quartz.setQuartzProperties(settings);
        quartz.setJobFactory((fired, of) -> context -> begun.incrementAndGet());
        quartz.setDataSource(place.database());
        quartz.setAutoStartup(false);
        quartz.afterPropertiesSet();
        scheduler = quartz.getObject();
        appointments = new Appointments(scheduler, place.journal(), place.transaction());
        place.transaction().executeWithoutResult(status -> {
            try {
                scheduler.addJob(
                        JobBuilder.newJob(AppointmentJob.class)
                                .withIdentity(JobKey.jobKey("shop", BACKUP.group()))
                                .storeDurably()
                                .build(),
                        false);
            } catch (SchedulerException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @AfterEach
    void stop() throws SchedulerException {
        quartz.destroy();
    }

    @Test
    void whatWasPutOffComesNowAndKeepsItsTurn() throws SchedulerException {
        appointments.later(new Appointment(BACKUP, "shop", Instant.now(), 0, 3));
        assertThat(scheduler.getTrigger(again).getNextFireTime().toInstant())
                .isAfter(Instant.now().plusSeconds(500));

        assertThat(appointments.sooner(BACKUP, "shop")).isTrue();

        assertThat(scheduler.getTrigger(again).getNextFireTime()).isBeforeOrEqualTo(new Date());
        assertThat(scheduler.getTrigger(again).getJobDataMap())
                .containsEntry(AppointmentJob.TURN, "1")
                .containsEntry(AppointmentJob.PUT_OFF, "3");
    }

    /** As Quartz writes it into its table. */
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "WAITING, true",
        "ACQUIRED, true",
        "BLOCKED, true",
        "COMPLETE, true",
        "PAUSED, false",
        "PAUSED_BLOCKED, false",
        "ERROR, false"
    })
    void onlyWhatComesByItselfIsWaitedFor(String state, boolean comes) {
        appointments.later(new Appointment(BACKUP, "shop", Instant.now(), 0, 0));
        place.jdbc()
                .sql("UPDATE qrtz_triggers SET trigger_state = ?")
                .param(state)
                .update();

        assertThat(appointments.sooner(BACKUP, "shop")).isEqualTo(comes);
    }

    @Test
    void whatHadFailedInQuartzIsTriedOnceMoreWhenItsRegularTimeComes() throws SchedulerException {
        appointments.later(new Appointment(BACKUP, "shop", Instant.now(), 0, 0));
        place.jdbc().sql("UPDATE qrtz_triggers SET trigger_state = 'ERROR'").update();

        appointments.later(new Appointment(BACKUP, "shop", Instant.now(), 0, 0));

        assertThat(scheduler.getTriggerKeys(GroupMatcher.anyTriggerGroup())).containsExactly(again);
        assertThat(appointments.sooner(BACKUP, "shop")).isTrue();
    }

    /** It comes by itself while it is called: its trigger begins between the look at it and the change of it. */
    @Test
    void whatIsCalledWhileItsTimeComesBeginsOnce() throws SchedulerException {
        Routine soon = new Routine("backup", name -> Optional.empty(), "direct:nobody", Duration.ofMillis(5), 12);
        scheduler.start();

        for (int turn = 0; turn < 100; turn++) {
            appointments.later(new Appointment(soon, "shop", Instant.now(), turn, 0));
            Awaitility.await().pollInterval(Duration.ofMillis(1)).until(() -> !appointments.sooner(soon, "shop"));

            assertThat(begun).hasValue(turn + 1);
        }
    }

    @Test
    void whatWasNeverPutOffDoesNotCome() {
        assertThat(appointments.sooner(BACKUP, "shop")).isFalse();
        assertThat(appointments.sooner(BACKUP, "nobody's")).isFalse();
    }
}
