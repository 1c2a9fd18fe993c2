package io.drrunbook.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** A run that the service dies of again in the same step is not picked up for ever. */
@Tag("quick")
class PickUpsTest {

    private final AnnotationConfigApplicationContext spring = new AnnotationConfigApplicationContext();
    private Journal journal;
    private PickUps pickUps;
    private Run run;

    @BeforeEach
    void aRunInAJournal() {
        DataSource database = new DriverManagerDataSource(
                "jdbc:h2:mem:" + UUID.randomUUID() + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DB_CLOSE_DELAY=-1");
        Flyway.configure().dataSource(database).load().migrate();
        spring.register(
                JournalTest.Transactions.class, EventChain.class, UnreadableRows.class, Journal.class, PickUps.class);
        spring.registerBean(DataSource.class, () -> database);
        spring.registerBean(JdbcClient.class, () -> JdbcClient.create(database));
        spring.registerBean(DataSourceTransactionManager.class, () -> new DataSourceTransactionManager(database));
        spring.registerBean(ObjectMapper.class, () -> new ObjectMapper());
        spring.refresh();
        journal = spring.getBean(Journal.class);
        pickUps = spring.getBean(PickUps.class);
        run = Run.admitted(Mode.RECOVERY, "shop", null, "a reason", "admin", "http", Journal.now(), 3600, 900);
        journal.admit(run);
    }

    @AfterEach
    void stop() {
        spring.close();
    }

    /** What happens to it, in words; then whether it goes on after the last crash. */
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "step1 crash, goes on",
        "step1 crash crash, is given up",
        "step1 crash done1 step2 crash, goes on",
        "step1 crash done1 step2 crash crash, is given up",
        "step1 done1 step2 done2 step3 crash back step2 crash, goes on",
        "step1 stop crash, goes on",
        "step1 crash stop, goes on",
        "step1 crash stop crash, is given up",
        "step1 stop stop stop stop, goes on",
        "step1 backup crash backup crash, goes on",
        "step1 crash crash resume crash, goes on",
    })
    void afterThat(String story, String outcome) {
        int times = 0;
        for (String word : story.split(" ")) {
            switch (word) {
                case "crash" -> times = pickUps.again(now());
                case "stop" -> {
                    pickUps.orderlyStop(run.id());
                    times = pickUps.again(now());
                }
                case "back" -> List.of(4, 3, 2).forEach(n -> journal.stepEnded(run.id(), n, StepStatus.PENDING, null));
                case "backup" -> journal.backupChosen(run.id(), UUID.randomUUID(), 0);
                case "resume" -> journal.remember(run.id(), PickUps.KEY, Map.of());
                default -> {
                    int step = Integer.parseInt(word.substring(4));
                    if (word.startsWith("step")) {
                        journal.stepBegan(run.id(), step);
                    } else {
                        journal.stepEnded(run.id(), step, StepStatus.COMPLETED, null);
                    }
                }
            }
        }

        assertThat(times > PickUps.MOST ? "is given up" : "goes on").isEqualTo(outcome);
        assertThat(journal.events(run.id(), 0, 1000))
                .filteredOn(event -> event.kind().equals("picked_up"))
                .hasSize((int) Stream.of(story.split(" "))
                        .filter(word -> word.equals("crash") || word.equals("stop"))
                        .count());
    }

    private Run now() {
        return journal.find(run.id()).orElseThrow();
    }
}
