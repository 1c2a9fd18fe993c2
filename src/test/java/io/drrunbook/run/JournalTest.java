package io.drrunbook.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.annotation.EnableTransactionManagement;

/** The journal keeps its promises on both of its databases. */
@InWorld
class JournalTest {

    private static PostgresCluster postgres;

    @BeforeAll
    static void start(PostgresCluster server) {
        postgres = server;
    }

    @ParameterizedTest
    @ValueSource(strings = {"h2", "postgresql"})
    void aRunIsReadBackAsItWasWritten(String kind) {
        try (Place place = new Place(kind)) {
            Run run = run("shop");
            place.journal.admit(run);
            place.journal.stepBegan(run.id(), 1);
            place.journal.stepDetail(run.id(), 1, "backup_filename", "a.dump");
            place.journal.stepEnded(run.id(), 1, StepStatus.COMPLETED, null);
            place.journal.remember(run.id(), "oid", 4711L);

            Run read = place.journal.find(run.id()).orElseThrow();

            assertThat(read.startTime()).isEqualTo(run.startTime());
            assertThat(read.steps()).hasSize(7);
            assertThat(read.step(1).status()).isEqualTo(StepStatus.COMPLETED);
            assertThat(read.step(1).detail()).containsEntry("backup_filename", "a.dump");
            assertThat(place.journal.memory(run.id())).containsEntry("oid", 4711);
            assertThat(place.journal.firstBrokenEvent()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"h2", "postgresql"})
    void howLongARecoveryTookStaysAsItWasWhileItIsRolledBackAndAfterwards(String kind) {
        try (Place place = new Place(kind)) {
            Run run = run("shop");
            place.journal.admit(run);
            place.journal.moved(run.id(), RunStatus.SUCCEEDED, null);
            Run recovered = place.journal.find(run.id()).orElseThrow();

            place.journal.moved(run.id(), RunStatus.WAITING, null);
            place.journal.rollbackAsked(run.id(), "ada");
            for (RunStatus status : List.of(RunStatus.QUEUED, RunStatus.RUNNING, RunStatus.ROLLED_BACK)) {
                place.journal.moved(run.id(), status, null);
                Run now = place.journal.find(run.id()).orElseThrow();
                assertThat(now.status()).isEqualTo(status);
                assertThat(now.endTime()).isNotNull().isEqualTo(recovered.endTime());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"h2", "postgresql"})
    void onlyOneRunOfAnApplicationIsActive(String kind) {
        try (Place place = new Place(kind)) {
            Run first = run("shop");
            place.journal.admit(first);
            place.journal.admit(run("another"));

            assertThatThrownBy(() -> place.journal.admit(run("shop")))
                    .isInstanceOfSatisfying(
                            RefusedException.class,
                            refusal -> assertThat(refusal.code()).isEqualTo("run_active"));

            place.journal.moved(first.id(), RunStatus.FAILED, new Journal.Failure("no_backup", "there is none"));
            place.journal.admit(run("shop"));
            assertThatThrownBy(() -> place.journal.reopened(first.id(), RunStatus.QUEUED))
                    .isInstanceOf(RefusedException.class);
            assertThat(place.journal.firstBrokenEvent()).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"h2", "postgresql"})
    void aChangedOrMissingEventShows(String kind) {
        try (Place place = new Place(kind)) {
            IntStream.range(0, 10).forEach(i -> place.journal.event(null, "log", Map.of("message", "line " + i)));
            JdbcClient jdbc = JdbcClient.create(place.database);

            jdbc.sql("UPDATE events SET content = '{\"message\":\"line 99\"}' WHERE id = 4")
                    .update();
            assertThat(place.journal.firstBrokenEvent()).contains(4L);

            jdbc.sql("DELETE FROM events WHERE id = 3").update();
            assertThat(place.journal.firstBrokenEvent()).contains(3L);

            jdbc.sql("DELETE FROM events").update();
            assertThat(place.journal.firstBrokenEvent()).contains(1L);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"h2", "postgresql"})
    void whoAppendsAtTheSameTimeDoesNotBreakTheChain(String kind) throws Exception {
        try (Place place = new Place(kind)) {
            ExecutorService writers = Executors.newFixedThreadPool(4);
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                Map<String, Integer> content = Map.of("n", i);
                all.add(writers.submit(() -> place.journal.event(null, "log", content)));
            }
            for (Future<?> one : all) {
                one.get();
            }
            writers.shutdown();

            assertThat(place.journal.firstBrokenEvent()).isEmpty();
        }
    }

    private static Run run(String application) {
        return Run.admitted(Mode.RECOVERY, application, null, "a reason", "admin", "http", Journal.now(), 3600, 900);
    }

    /** A journal in a database of its own. */
    private static final class Place implements AutoCloseable {

        private final DataSource database;
        private final AnnotationConfigApplicationContext spring = new AnnotationConfigApplicationContext();
        private final Journal journal;

        Place(String kind) {
            String name = "journal_" + UUID.randomUUID().toString().replace('-', '_');
            if (kind.equals("h2")) {
                database = new DriverManagerDataSource("jdbc:h2:mem:" + name
                        + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DB_CLOSE_DELAY=-1;LOCK_TIMEOUT=20000");
            } else {
                postgres.execute("postgres", "CREATE DATABASE " + name);
                database =
                        new DriverManagerDataSource(postgres.jdbcUrl(name), postgres.username(), postgres.password());
            }
            Flyway.configure().dataSource(database).load().migrate();
            spring.register(Transactions.class, EventChain.class, UnreadableRows.class, Journal.class);
            spring.registerBean(DataSource.class, () -> database);
            spring.registerBean(JdbcClient.class, () -> JdbcClient.create(database));
            spring.registerBean(DataSourceTransactionManager.class, () -> new DataSourceTransactionManager(database));
            spring.registerBean(
                    ObjectMapper.class,
                    () -> JsonMapper.builder().addModule(new JavaTimeModule()).build());
            spring.refresh();
            journal = spring.getBean(Journal.class);
        }

        @Override
        public void close() {
            spring.close();
        }
    }

    /** As Spring Boot sets them up in the service. */
    @EnableTransactionManagement(proxyTargetClass = true)
    static class Transactions {}
}
