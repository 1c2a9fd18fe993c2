package io.drrunbook.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/** The journal keeps what it should for as long as it should, proves the rest, and its file does not outgrow it. */
@Tag("quick")
class JournalKeepingTest {

    private final JournalInMemory place = new JournalInMemory();
    private final EventChain chain = place.chain();

    @Test
    void whatIsLeftIsProvenWhenNotesOfProgressWereTakenOut() {
        written(40);

        int removed = chain.remove("progress", Optional.of("progress"), later());

        assertThat(removed).isEqualTo(26);
        assertThat(kinds()).containsOnly("log", "events_removed");
        assertThat(chain.firstBroken()).isEmpty();
        written(10);
        assertThat(chain.firstBroken()).isEmpty();
    }

    @Test
    void whatIsLeftIsProvenWhenEventsWereTakenOutAgainAndAgain() {
        written(30);
        chain.remove("progress", Optional.of("progress"), later());
        written(5);
        chain.remove("events", Optional.empty(), later());
        written(5);
        chain.remove("progress", Optional.of("progress"), later());
        chain.remove("events", Optional.empty(), later());
        written(5);

        assertThat(chain.firstBroken()).isEmpty();
        assertThat(chain.behind(0, 1000)).hasSizeLessThan(12);
    }

    @Test
    void theNewestEventAndWhatIsYoungerStay() {
        written(9);

        assertThat(chain.remove("events", Optional.empty(), Instant.now().minus(Duration.ofHours(1))))
                .isZero();
        assertThat(chain.remove(
                        "progress", Optional.of("progress"), Instant.now().minus(Duration.ofHours(1))))
                .isZero();
        assertThat(chain.lastId()).isEqualTo(9);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            an event deleted by hand                | DELETE FROM events WHERE id = 35
            an event changed by hand                | UPDATE events SET content = '{}' WHERE id = 36
            an anchor changed by hand               | UPDATE events SET content = REPLACE(content, '"first":1', '"first":2') WHERE kind = 'events_removed'
            an anchor deleted by hand               | DELETE FROM events WHERE kind = 'events_removed'
            an event put back where one was removed | INSERT INTO events (id, at, kind, content, hash) VALUES (5, '2026-01-01T00:00:00Z', 'log', '{}', 'x')
            """)
    void aGapOrChangeThatTheJournalDidNotMakeItselfShows(String what, String change) {
        written(30);
        chain.remove("events", Optional.empty(), later());
        written(10);
        assertThat(chain.firstBroken()).isEmpty();

        place.jdbc().sql(change).update();

        assertThat(chain.firstBroken()).as(what).isPresent();
    }

    @Test
    void nothingIsTakenOutOfAJournalThatWasChangedFromOutside() {
        written(30);
        place.jdbc().sql("UPDATE events SET content = '{}' WHERE id = 12").update();
        place.jdbc()
                .sql("UPDATE events SET at = '2020-01-01T00:00:00Z' WHERE id < 20")
                .update();
        DrSettings settings = settings();

        new JournalKeeping(chain, settings).thin();

        assertThat(chain.behind(0, 1000)).hasSize(30);
    }

    @Test
    void theFileOfTheJournalDoesNotGrowBeyondWhatIsInItWhileItIsInUse(@TempDir Path folder) throws Exception {
        String url = "jdbc:h2:file:" + folder.resolve("journal") + ";WRITE_DELAY=0";
        try (Connection connection = new DriverManagerDataSource(JournalAddress.complete(url)).getConnection()) {
            Flyway.configure()
                    .dataSource(new SingleConnectionDataSource(connection, true))
                    .load()
                    .migrate();
            JournalFile file = new JournalFile(new SingleConnectionDataSource(connection, true));
            long untended = writes(connection, folder);
            file.compact();
            long largest = 0;
            for (int i = 0; i < 5; i++) {
                writes(connection, folder);
                file.compact();
                largest = Math.max(largest, size(folder));
            }

            assertThat(untended).as("what one round leaves behind").isGreaterThan(3_000_000);
            assertThat(largest).as("after five more rounds").isLessThan(3 * untended);
        }
        try (var files = Files.list(folder)) {
            assertThat(files.map(path -> path.getFileName().toString())).containsExactly("journal.mv.db");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "jdbc:h2:file:./data/journal, jdbc:h2:file:./data/journal;TRACE_LEVEL_FILE=0",
        "jdbc:h2:./journal;WRITE_DELAY=0, jdbc:h2:./journal;WRITE_DELAY=0;TRACE_LEVEL_FILE=0",
        "jdbc:h2:./journal;trace_level_file=1, jdbc:h2:./journal;trace_level_file=1",
        "jdbc:h2:tcp://host/journal, jdbc:h2:tcp://host/journal",
        "jdbc:postgresql://host/j, jdbc:postgresql://host/j?connectTimeout=10&socketTimeout=60&tcpKeepAlive=true",
        "jdbc:postgresql:j?socketTimeout=5, jdbc:postgresql:j?socketTimeout=5&connectTimeout=10&tcpKeepAlive=true"
    })
    void thereIsNoTraceFileAndNoEndlessWaitUnlessSomebodyAsksForOne(String url, String used) {
        assertThat(JournalAddress.complete(url)).isEqualTo(used);
    }

    @Test
    @Timeout(20)
    void aJournalsServerThatTakesConnectionsAndStaysSilentIsGivenUp() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String url = JournalAddress.complete(
                    "jdbc:postgresql://127.0.0.1:" + silent.getLocalPort() + "/journal?socketTimeout=1");

            assertThatThrownBy(() -> new DriverManagerDataSource(url).getConnection())
                    .rootCause()
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }

    private static DrSettings settings() {
        return new Binder(new MapConfigurationPropertySource(Map.of("dr.journal.keep-events", "1d")))
                .bindOrCreate("dr", DrSettings.class);
    }

    private void written(int events) {
        for (int i = 0; i < events; i++) {
            place.event(i % 3 == 0 ? "log" : "progress", Map.of("n", i));
        }
    }

    private List<String> kinds() {
        return chain.behind(0, 1000).stream().map(Event::kind).toList();
    }

    private static Instant later() {
        return Instant.now().plus(Duration.ofHours(1));
    }

    /** As the journal writes: a commit for each event. */
    private static long writes(Connection connection, Path folder) throws SQLException, IOException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("DELETE FROM events");
            for (int i = 0; i < 500; i++) {
                statement.execute("INSERT INTO events (id, at, kind, content, hash) VALUES (" + i
                        + ", 'now', 'progress', '{\"step\":2,\"done\":" + i + "}', '" + "0".repeat(64) + "')");
            }
        }
        return size(folder);
    }

    private static long size(Path folder) throws IOException {
        return Files.size(folder.resolve("journal.mv.db"));
    }
}
