package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.drrunbook.world.FaultyProxy.Fault;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.ServiceProcess.Answer;
import io.drrunbook.world.World;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the service says of itself is so: its log, its journal, its page and its API, through one service. */
@InWorld
class WhatItSaysTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String ADMIN = ServiceProcess.basic("admin", ServiceProcess.PASSWORD);

    private static World world;
    private static ServiceProcess service;
    private static String journal;

    private JsonNode backup;

    @BeforeAll
    static void start(World given) {
        world = given;
        world.createShop(500);
        journal = "jdbc:h2:file:" + world.directory().resolve("said/data/journal")
                + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;WRITE_DELAY=0;LOCK_TIMEOUT=20000;AUTO_SERVER=TRUE";
        service = world.service(
                        "said",
                        world.application("shop", "kubernetes", world.shop.healthUrl(), 30)
                                + world.application("crm", "manual", world.shop.healthUrl(), 30),
                        """
                        spring.datasource.url: %s
                        logging.structured.format.console: logstash
                        dr.journal.compact-interval: 500
                        """.formatted(journal))
                .start();
    }

    @BeforeEach
    void givenABackupInAllStores() {
        world.reset();
        world.createShop(500);
        Answer taken = service.takeBackup("shop");
        assertThat(taken.status()).as(taken.body()).isEqualTo(201);
        backup = taken.json();
    }

    @Test
    void aHandledFailoverIsOneLineOfWarningThatNamesRunAndApplication() {
        int before = service.log().length();
        world.r2Proxy.fault(Fault.CUT);

        JsonNode drill =
                service.await(service.start("drill", "shop", backup.get("id").asText()));

        assertThat(drill.get("status").asText()).as(drill.toPrettyString()).isEqualTo("succeeded");
        JsonNode line = onlyWarningOf("r2 failed", before);
        assertThat(line.path("message").asText()).contains("r2 failed (cut_short)");
        assertThat(line.path("run").asText()).isEqualTo(drill.get("id").asText());
        assertThat(line.path("application").asText()).isEqualTo("shop");
    }

    @Test
    void aStoreThatTakesNoBackupIsOneLineOfWarningToo() {
        int before = service.log().length();
        world.b2Proxy.refuse();

        assertThat(service.takeBackup("shop").status()).isEqualTo(201);

        assertThat(onlyWarningOf("b2 does not take", before).path("message").asText())
                .contains("b2 does not take the backup");
    }

    /** There is nothing worse in the log since then, and no stack trace. */
    private static JsonNode onlyWarningOf(String said, int before) {
        List<JsonNode> lines = service.log()
                .substring(before)
                .lines()
                .filter(line -> line.startsWith("{"))
                .map(WhatItSaysTest::json)
                .toList();
        assertThat(lines).noneMatch(line -> line.path("level").asText().equals("ERROR"));
        assertThat(lines).noneMatch(line -> line.has("stack_trace"));
        List<JsonNode> warnings = lines.stream()
                .filter(line -> line.path("level").asText().equals("WARN"))
                .filter(line -> line.path("message").asText().contains(said))
                .toList();
        assertThat(warnings).hasSize(1);
        return warnings.get(0);
    }

    @Test
    void afterARollbackTimeStandsStillNothingIsMetAndTheLiveDataIsNamed() {
        JsonNode recovery = service.await(service.recover("shop"));
        assertThat(recovery.get("status").asText())
                .as(recovery.toPrettyString())
                .isEqualTo("succeeded");
        assertThat(recovery.get("rto_met").asBoolean()).isTrue();
        assertThat(recovery.get("headline").asText()).contains("is live and the application is healthy");
        String id = recovery.get("id").asText();

        assertThat(service.post("/api/v1/runs/" + id + "/rollback", "").status())
                .isEqualTo(202);
        JsonNode back = service.await(id);

        String restored = "shop__dr_" + id.substring(0, 8);
        assertThat(back.get("status").asText()).isEqualTo("rolled_back");
        assertThat(back.get("duration_seconds")).isEqualTo(recovery.get("duration_seconds"));
        assertThat(back.get("end_time")).isEqualTo(recovery.get("end_time"));
        assertThat(back.get("rto_met").isNull()).isTrue();
        assertThat(back.get("rpo_met").isNull()).isTrue();
        assertThat(back.get("previous_database").isNull()).isTrue();
        assertThat(back.get("restored_database").asText()).isEqualTo(restored);
        assertThat(back.get("rolled_back_at").isNull()).isFalse();
        assertThat(world.postgres.databases()).contains(restored);
        assertThat(Stream.of("/runs/" + id, "/runs/" + id + "/report").map(this::page))
                .allSatisfy(page -> assertThat(page)
                        .contains("the data from before this recovery is live again", restored)
                        .doesNotContain(">met<", "Database as it was before"));
        assertThat(service.get("/actuator/prometheus").body())
                .contains(
                        "dr_rollback_duration_seconds_count",
                        "dr_rto_result_total{application=\"shop\",result=\"met\"}")
                .doesNotContain(
                        "dr_run_duration_seconds_count{application=\"shop\",mode=\"recovery\",status=\"rolled_back\"}");
    }

    @Test
    void oneOddRowOfTheJournalCostsThatRowAndIsNamed() throws SQLException {
        String id = service.start("drill", "shop", backup.get("id").asText());
        service.await(id);
        change("UPDATE runs SET mode = 'ODD' WHERE id = '" + id + "'");
        try {
            Answer status = service.get("/api/v1/status");
            assertThat(status.status()).isEqualTo(200);
            assertThat(status.json().get("applications")).hasSize(2);
            assertThat(status.json().get("unreadable").toString()).contains(id);
            assertThat(service.get("/api/v1/runs").json().toString()).doesNotContain(id);
            assertThat(page("/")).contains("shop", "crm", id);
            Answer one = service.get("/api/v1/runs/" + id);
            assertThat(one.header().apply("Content-Type")).startsWith("application/problem+json");
            assertThat(one.json().get("code").asText()).isEqualTo("journal_row_unreadable");
        } finally {
            change("UPDATE runs SET mode = 'DRILL' WHERE id = '" + id + "'");
        }
        assertThat(service.get("/api/v1/runs/" + id).status()).isEqualTo(200);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(delimiter = '|', textBlock = """
            GET    | /api/v1/nothing               | 404 | application/json
            GET    | /api/v1/runs/nothing          | 404 | application/json
            GET    | /api/v1/runs?limit=many       | 400 | application/json
            GET    | /api/v1/runs?limit=0          | 400 | text/html
            GET    | /api/v1/nothing               | 404 | text/html
            DELETE | /api/v1/status                | 405 | application/json
            POST   | /api/v1/runs                  | 400 | application/json
            POST   | /api/v1/runs/nothing/steps/x/acknowledge | 400 | application/json
            """)
    void everyErrorOfTheApiIsAProblemWithACode(String method, String path, int status, String accept) {
        Answer answer = service.call(
                method, path, "{no json", "Authorization", ADMIN, "Content-Type", "application/json", "Accept", accept);

        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.header().apply("Content-Type")).startsWith("application/problem+json");
        assertThat(answer.json().get("code").asText()).isNotEmpty();
    }

    @Test
    void beforeTheFirstAuditHasEndedWhatTheStoresListIsShown() {
        service.get("/api/v1/status");
        String file = backup.get("filename").asText();

        assertThat(page("/backups")).contains(file, "What is below is what the stores list");
        JsonNode audit = service.get("/api/v1/audit").json();
        assertThat(audit.get("last_pass_at").isNull()).isTrue();
        assertThat(audit.toString()).contains(file);
    }

    @Test
    void whatAPlanOfAnApplicationThatAPersonRestartsPredictsIsALowerBound() {
        assertThat(service.takeBackup("crm").status()).isEqualTo(201);
        service.await(service.start("drill", "crm", null));
        JsonNode plan = service.await(service.start("plan", "crm", null));

        assertThat(plan.get("predicted_rto_seconds").asDouble()).isPositive();
        assertThat(plan.get("predicted_rto_without").toString()).contains("a person must restart the application");
        assertThat(plan.get("rto_met").isNull()).isTrue();
        JsonNode crm = service.get("/api/v1/status").json().at("/applications/0");
        assertThat(crm.get("application").asText()).isEqualTo("crm");
        assertThat(crm.get("predicted_met").isNull()).isTrue();
        assertThat(crm.get("predicted_without").toString()).contains("a person must restart the application");
        assertThat(page("/runs/" + plan.get("id").asText())).contains("at least", "Not in it:");
    }

    @Test
    void aPlanThatNoStoreCouldServeSaysSoInWords() throws IOException {
        world.r2Proxy.fault(Fault.CUT);
        world.b2Proxy.fault(Fault.CUT);
        for (Path file : world.localFiles()) {
            if (file.toString().endsWith(".gpg")) {
                Files.writeString(file, "cut");
            }
        }

        JsonNode plan =
                service.await(service.start("plan", "shop", backup.get("id").asText()));

        assertThat(plan.get("code").asText()).isEqualTo("no_store_left");
        assertThat(plan.get("error").asText())
                .contains("r2 (cut_short): ", "b2 (cut_short): ", "local (")
                .doesNotContain("{", "present=", "[");
    }

    @Test
    void theJournalsFileHasTheSizeOfWhatIsInItAndNoTraceBesideIt() throws IOException {
        for (int i = 0; i < 3; i++) {
            service.await(service.start("plan", "shop", null));
            service.get("/api/v1/journal?after=0");
        }

        Path data = world.directory().resolve("said/data");
        try (Stream<Path> files = Files.list(data)) {
            assertThat(files.map(path -> path.getFileName().toString())).noneMatch(name -> name.contains("trace"));
        }
        Awaitility.await()
                .untilAsserted(() ->
                        assertThat(Files.size(data.resolve("journal.mv.db"))).isLessThan(6_000_000));
    }

    private String page(String path) {
        Answer answer = service.call("GET", path, "", "Authorization", ADMIN, "Accept", "text/html");
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    private static void change(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(journal, "dr", "");
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isEqualTo(1);
        }
    }

    private static JsonNode json(String line) {
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
