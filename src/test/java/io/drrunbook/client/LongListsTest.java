package io.drrunbook.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A list says all of it, or how much more there is. */
@Tag("quick")
class LongListsTest {

    @TempDir
    private Path directory;

    private final StringWriter out = new StringWriter();
    private ApiStage api;

    @BeforeEach
    void open() throws IOException {
        api = new ApiStage();
    }

    @AfterEach
    void close() {
        api.close();
    }

    @Test
    void ofBackupsIsReadToItsEnd() {
        part("/backups", backups(0, 200), "/api/v1/backups?limit=200&offset=200");
        part("/backups?limit=200&offset=200", backups(200, 200), "/api/v1/backups?limit=200&offset=400");
        part("/backups?limit=200&offset=400", backups(400, 17), null);

        assertThat(dr("backups")).isZero();

        assertThat(out.toString().lines().filter(line -> line.startsWith("00000000-")))
                .hasSize(417);
    }

    @Test
    void ofAuditedBackupsSaysHowManyMoreThereAreAndThatNoneHasEnded() {
        api.on(
                "GET /audit",
                200,
                "{\"under_way\":true,\"totals\":{\"good\":0,\"unread\":900},\"applications\":[{\"application\":\"shop\","
                        + "\"totals\":{\"backups\":450,\"three_two_one\":450},\"backups\":[{\"filename\":\"a.dump\",\"status\":"
                        + "\"COMPLETED\",\"trust\":\"vouched\",\"copies\":2,\"stores\":2,\"off_site\":true,\"in_stores\":[]}]}]}");

        assertThat(dr("audit")).isZero();

        assertThat(out.toString())
                .contains(
                        "a.dump",
                        "and 449 older ones",
                        "the first audit has not ended yet: this is what the stores list");
    }

    @Test
    void ofRunsAndAlertsSaysWhereTheOlderOnesAre() {
        api.on("GET /status", 200, "{\"stores\":[],\"applications\":[],\"unreadable\":[\"a row cannot be read\"]}");
        part("/runs?limit=10", "[" + ApiStage.run("succeeded") + "]", "/api/v1/runs?limit=10&offset=10");
        part("/alerts?open=false&limit=50", "[{\"id\":\"x\",\"message\":\"m\"}]", "/api/v1/alerts?limit=50&offset=50");

        assertThat(dr("status")).isZero();
        assertThat(dr("alerts")).isZero();

        assertThat(out.toString())
                .contains(
                        "a row cannot be read",
                        "and older runs: GET /api/v1/runs?limit=10&offset=10",
                        "and older alerts: GET /api/v1/alerts?limit=50&offset=50");
    }

    @Test
    void ofWhatIsNotInAPredictionIsSaidAndNothingIsMetThen() {
        api.on(
                        "GET /status",
                        200,
                        "{\"stores\":[],\"applications\":[{\"application\":\"shop\",\"readiness\":\"ready\",\"predicted_seconds\":25,"
                                + "\"rto_target_seconds\":3600,\"predicted_met\":null,\"predicted_without\":[\"step 5 (Restart"
                                + " application): a person must restart the application\"]}]}")
                .on("GET /runs?limit=10", 200, "[]");

        assertThat(dr("status")).isZero();

        assertThat(out.toString())
                .contains("predicted recovery: at least 25.0 s, RTO 60:00\n", "not in it: step 5 (Restart application)")
                .doesNotContain("met");
    }

    private void part(String path, String body, String next) {
        api.on("GET " + path, exchange -> {
            if (next != null) {
                exchange.getResponseHeaders().set("Link", "<" + next + ">; rel=\"next\"");
            }
            ApiStage.send(exchange, 200, "application/json", body);
        });
    }

    private static String backups(int from, int count) {
        return IntStream.range(from, from + count)
                .mapToObj(n ->
                        "{\"id\":\"00000000-0000-0000-0000-%012d\",\"application\":\"shop\",\"created_at\":\"2026-11-01T03:00:00Z\"}"
                                .formatted(n))
                .collect(Collectors.joining(",", "[", "]"));
    }

    private int dr(String... arguments) {
        Terminal terminal = new Terminal(
                new BufferedReader(new StringReader("")),
                new PrintWriter(out),
                new PrintWriter(new StringWriter()),
                0,
                false,
                false);
        return new DrClient(Map.of("DR_URL", api.url(), "DR_PASSWORD", "secret"), directory, terminal)
                .execute(arguments);
    }
}
