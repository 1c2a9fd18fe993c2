package io.drrunbook.run;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.transaction.support.TransactionTemplate;

/** A journal of its own for a test that needs no service: H2 in memory, made as the service makes it. */
public final class JournalInMemory {

    private final DataSource database;
    private final JdbcClient jdbc;
    private final EventChain chain;
    private final Journal journal;
    private final TransactionTemplate transaction;

    public JournalInMemory() {
        database = new DriverManagerDataSource("jdbc:h2:mem:" + UUID.randomUUID()
                + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DB_CLOSE_DELAY=-1;TRACE_LEVEL_FILE=0");
        Flyway.configure().dataSource(database).load().migrate();
        jdbc = JdbcClient.create(database);
        transaction = new TransactionTemplate(new DataSourceTransactionManager(database));
        chain = new EventChain(jdbc, new DataSourceTransactionManager(database));
        journal = new Journal(
                jdbc,
                chain,
                JsonMapper.builder().addModule(new JavaTimeModule()).build(),
                new UnreadableRows());
    }

    public Journal journal() {
        return journal;
    }

    DataSource database() {
        return database;
    }

    TransactionTemplate transaction() {
        return transaction;
    }

    public JdbcClient jdbc() {
        return jdbc;
    }

    EventChain chain() {
        return chain;
    }

    /** An event as the journal writes it. */
    void event(String kind, Map<String, ?> content) {
        transaction.executeWithoutResult(status -> journal.event(null, kind, content));
    }

    /** A run that has ended; each step is done and took that many seconds. */
    public UUID ended(Mode mode, String application, RunStatus status, Instant start, long secondsOfAStep) {
        Run run = run(mode, application, start);
        journal.admit(run);
        journal.moved(run.id(), status, null);
        for (int step = 1; step <= 7; step++) {
            boolean done = mode == Mode.RECOVERY || step <= 4;
            jdbc.sql("UPDATE steps SET status = ?, started_at = ?, ended_at = ? WHERE run_id = ? AND step = ?")
                    .params(
                            done ? "COMPLETED" : "SKIPPED",
                            start.toString(),
                            start.plusSeconds(secondsOfAStep).toString(),
                            run.id(),
                            step)
                    .update();
        }
        return run.id();
    }

    /** A run that was just admitted. */
    static Run run(Mode mode, String application, Instant start) {
        return Run.admitted(mode, application, null, "a reason", "ada", "http", start, 3600, 900);
    }
}
