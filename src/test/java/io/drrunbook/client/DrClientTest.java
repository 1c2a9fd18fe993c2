package io.drrunbook.client;

import static io.drrunbook.client.ApiStage.RUN;
import static io.drrunbook.client.ApiStage.event;
import static io.drrunbook.client.ApiStage.events;
import static io.drrunbook.client.ApiStage.problem;
import static io.drrunbook.client.ApiStage.run;
import static io.drrunbook.client.ApiStage.step;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drrunbook.world.Ports;
import io.drrunbook.world.Shell;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("quick")
class DrClientTest {

    private static final String EVENTS = "GET /runs/" + RUN + "/events";
    private static final String[] RECOVER = {"recover", "--application", "shop", "--reason", "disk lost"};

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final Map<String, String> environment = new TreeMap<>();

    @TempDir
    Path directory;

    private ApiStage api;
    private String typed = "";
    private int columns;

    @BeforeEach
    void givenAService() throws IOException {
        api = new ApiStage();
        environment.put("DR_URL", api.url());
        environment.put("DR_PASSWORD", "pass:wörd");
    }

    @AfterEach
    void close() {
        api.close();
    }

    @ParameterizedTest
    @CsvSource({"succeeded,0", "failed,1", "cancelled,1", "waiting,3"})
    void aRecoveryEndsWithTheCodeOfItsRun(String status, int code) {
        api.runEndsAs(status);

        assertThat(dr(recover("--yes"))).as(err.toString()).isEqualTo(code);

        ObjectNode request = api.request("POST /runs").json();
        assertThat(request.get("mode").asText()).isEqualTo("recovery");
        assertThat(request.get("confirm").asText()).isEqualTo("shop");
        assertThat(request.get("reason").asText()).isEqualTo("disk lost");
        assertThat(request.get("backup_id").isNull()).isTrue();
    }

    @Test
    void theEndIsATableOfSevenStepsWithItsObjectives() {
        api.runEndsAs("succeeded");

        dr(recover("--yes"));

        assertThat(out.toString())
                .containsPattern("1 +Select backup +completed +0.5 s")
                .containsPattern("7 +Reroute traffic +completed +0.5 s")
                .contains("RTO        12:03 of 60:00, met", "Data loss  09:00 of 15:00, met", "./dr rollback " + RUN)
                .doesNotContain("null");
    }

    @Test
    void whatARunHasFoundStandsBeforeItsStepsWithTheSqlThatMendsIt() {
        ObjectNode found = run("succeeded");
        found.withArray("findings")
                .addObject()
                .put("kind", "foreign_key_not_valid")
                .put("object", "foreign key k of public.t\u001b[2J")
                .put("detail", "rows point to nothing")
                .put("sql", "SELECT 1;\nALTER TABLE t VALIDATE CONSTRAINT k;");
        api.on("POST /runs", 202, run("queued")).on(EVENTS, exchange -> events(exchange, event(1, "done", found)));

        assertThat(dr(recover("--yes"))).isEqualTo(ExitCode.SUCCEEDED);

        assertThat(out.toString())
                .contains(
                        "recovery of shop: succeeded with 1 finding",
                        "! foreign key not valid: foreign key k of public.t",
                        "    ALTER TABLE t VALIDATE CONSTRAINT k;")
                .doesNotContain("\033");
        assertThat(out.toString().indexOf("! foreign key"))
                .isLessThan(out.toString().indexOf("Select backup"));
    }

    @Test
    void aCondemnedBackupIsAskedForOnlyByAWordOfItsOwn() {
        api.runEndsAs("succeeded");

        dr(recover("--yes", "--backup", RUN, "--anyway"));

        assertThat(api.request("POST /runs").json().get("anyway").asBoolean()).isTrue();
    }

    @Test
    void whatARunWaitsForAndHowToGoOnIsSaid() {
        ObjectNode waiting = run("waiting");
        ((ObjectNode) waiting.at("/steps/4")).put("status", "manual_required").put("instruction", "restart web1");
        api.on("POST /runs", 202, run("queued")).on(EVENTS, exchange -> events(exchange, event(1, "done", waiting)));

        assertThat(dr(recover("--yes"))).isEqualTo(ExitCode.WAITS_FOR_A_PERSON);

        assertThat(out.toString()).contains("restart web1", "./dr ack " + RUN + " 5 --note TEXT");
    }

    @Test
    void aPipeGetsPlainLinesWithoutEscapesOrReturns() {
        playARunWithProgress();

        dr(recover("--yes"));

        assertThat(out.toString())
                .contains("step 2 Download backup: running", "step 2 Download backup: completed in 0.5 s", "from r2")
                .doesNotContain("\r", "\033");
    }

    @Test
    void aTerminalGetsABarWithBytesAndTheRtoClock() {
        columns = 100;
        playARunWithProgress();

        dr(recover("--yes"));

        assertThat(out.toString())
                .contains("[############............] 50%", "50.0 MB of 100.0 MB", "RTO 12:03 of 60:00", "\r\033[K");
    }

    @ParameterizedTest
    @ValueSource(ints = {40, 60, 80})
    void noLineOfTheBarIsWiderThanTheTerminal(int width) {
        columns = width;
        playARunWithProgress();

        dr(recover("--yes"));

        assertThat(out.toString().split("\r\033\\[K"))
                .filteredOn(line -> line.contains("RTO 12:03"))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line).hasSizeLessThan(width));
    }

    @Test
    void aTestOfTheAlertsFailsWhenOneChannelDoesAndSaysWhy() {
        String alert = """
                {"id":"%s","kind":"test","deliveries":[
                 {"channel":"email","recipient":"ops@example.org","status":"delivered","receipt":"message id <1>","error":null},
                 {"channel":"webhook","recipient":"hooks.example.org","status":"pending","receipt":null,"error":%s}]}""";
        api.on("POST /alerts/test", 202, "[" + alert.formatted(RUN, "null") + "]")
                .on("GET /alerts/" + RUN, 200, alert.formatted(RUN, "\"connection refused\""));

        assertThat(dr("alert-test")).isEqualTo(ExitCode.FAILED);

        assertThat(out.toString())
                .containsPattern("email +ops@example.org +delivered +message id <1>")
                .containsPattern("webhook +hooks.example.org +tried again +connection refused");
    }

    @Test
    void aTestOfTheAlertsWithoutAChannelSaysWhatToSet() {
        api.on("POST /alerts/test", 202, "[{\"id\":\"" + RUN + "\",\"deliveries\":[]}]");

        assertThat(dr("alert-test")).isEqualTo(ExitCode.SUCCEEDED);

        assertThat(out.toString()).contains("no channel is configured", "dr.alerts.email");
    }

    @Test
    void alertsAreATableWithTheirState() {
        api.on("GET /alerts?open=false&limit=50", 200, """
                [{"id":"%s","severity":"critical","kind":"recovery_failed","application":"shop","count":3,
                  "last_at":"2026-01-01T10:00:00.123Z","message":"no store left","resolved_at":null,
                  "acknowledged_at":"2026-01-01T10:05:00Z","acknowledged_by":"admin"}]""".formatted(RUN));

        assertThat(dr("alerts")).isEqualTo(ExitCode.SUCCEEDED);

        assertThat(out.toString())
                .containsPattern(
                        RUN + " +critical +recovery_failed +shop +2026-01-01T10:00:00Z +3 +acknowledged by admin");
    }

    @Test
    void whatAToolPrintsCannotCommandTheTerminal() {
        columns = 100;
        ObjectNode log = new ObjectMapper().createObjectNode().put("message", "evil \033]0;title\007 text");
        api.on("POST /runs", 202, run("queued"))
                .on(EVENTS, exchange -> events(exchange, event(1, "log", log), event(2, "done", run("succeeded"))));

        dr(recover("--yes"));

        assertThat(out.toString()).contains("evil", "text").doesNotContain("\033]", "\007");
    }

    @Test
    void aStreamThatBreaksIsTakenUpWhereItStopped() {
        AtomicInteger reads = new AtomicInteger();
        api.on("POST /runs", 202, run("queued"))
                .on("GET /runs/" + RUN, 200, run("running"))
                .on(EVENTS, exchange -> {
                    if (reads.incrementAndGet() == 1) {
                        events(exchange, event(41, "step", step(1, "running")));
                    } else {
                        events(exchange, event(42, "done", run("succeeded")));
                    }
                });

        assertThat(dr(recover("--yes"))).isEqualTo(ExitCode.SUCCEEDED);

        assertThat(api.requests().stream().filter(request -> request.call().equals(EVENTS)))
                .extracting(ApiStage.Request::lastEventId)
                .containsExactly(null, "41");
    }

    @Test
    void withoutEventsTheRunIsPolled() {
        AtomicInteger polls = new AtomicInteger();
        api.on("POST /runs", 202, run("queued"))
                .on(EVENTS, 500, "")
                .on(
                        "GET /runs/" + RUN,
                        exchange -> ApiStage.send(
                                exchange,
                                200,
                                "application/json",
                                run(polls.incrementAndGet() == 1 ? "running" : "failed")
                                        .toString()));

        assertThat(dr(recover("--yes"))).isEqualTo(ExitCode.FAILED);
    }

    @Test
    void aServiceThatDiesAndDoesNotComeBackIsUnreachable() {
        api.on("POST /runs", exchange -> {
            ApiStage.send(exchange, 202, "application/json", run("queued").toString());
            api.close();
        });

        assertThat(dr(recover("--yes", "--patience", "0"))).isEqualTo(ExitCode.UNREACHABLE);

        assertThat(err.toString()).contains("goes on by itself", "./dr status " + RUN, "[service_unreachable]");
    }

    @Test
    void nobodyAtTheUrlIsUnreachable() {
        environment.put("DR_URL", "http://127.0.0.1:" + Ports.free());

        assertThat(dr("status")).isEqualTo(ExitCode.UNREACHABLE);

        assertThat(err.toString()).contains("./dr serve", "DR_URL");
    }

    @ParameterizedTest
    @CsvSource({
        "400,reason_missing",
        "401,unauthorized",
        "403,forbidden",
        "404,application_unknown",
        "409,run_active",
        "422,no_backup"
    })
    void aRefusalIsTwoAndShowsDetailAndCode(int status, String code) {
        api.on("POST /runs", status, problem(status, code, "this and that"));

        assertThat(dr(recover("--yes"))).isEqualTo(ExitCode.REFUSED);

        assertThat(err.toString()).contains("this and that [" + code + "]");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aProxyWithoutAServiceBehindItIsUnreachable() {
        api.on("GET /status", 503, "<html>");

        assertThat(dr("status")).isEqualTo(ExitCode.UNREACHABLE);
    }

    @Test
    void inAPipeARecoveryWithoutYesIsRefusedBeforeTheServiceIsAsked() {
        assertThat(dr(RECOVER)).isEqualTo(ExitCode.REFUSED);

        assertThat(err.toString()).contains("--yes", "[confirmation_missing]");
        assertThat(api.requests()).isEmpty();
    }

    @Test
    void inATerminalARecoveryAsksForTheNameOfTheApplication() {
        columns = 100;
        typed = "shop\n";
        api.runEndsAs("succeeded");

        assertThat(dr(RECOVER)).isEqualTo(ExitCode.SUCCEEDED);

        assertThat(out.toString()).contains("replaces the live database of shop", "Type the application's name");
    }

    @Test
    void anotherNameThanTheApplicationsConfirmsNothing() {
        columns = 100;
        typed = "store\n";

        assertThat(dr(RECOVER)).isEqualTo(ExitCode.REFUSED);

        assertThat(api.requests()).isEmpty();
    }

    @Test
    void aRecoveryWithoutAReasonIsRefused() {
        assertThat(dr("recover", "--application", "shop", "--yes")).isEqualTo(ExitCode.REFUSED);

        assertThat(err.toString()).contains("--reason", "[reason_missing]");
    }

    @Test
    void theOnlyApplicationNeedsNoName() {
        api.runEndsAs("succeeded").on("GET /backups", 200, "[{\"application\":\"shop\"},{\"application\":\"shop\"}]");

        assertThat(dr("recover", "--reason", "disk lost", "--yes")).isEqualTo(ExitCode.SUCCEEDED);

        ObjectNode request = api.request("POST /runs").json();
        assertThat(request.get("application").isNull()).isTrue();
        assertThat(request.get("confirm").asText()).isEqualTo("shop");
    }

    @Test
    void ofSeveralApplicationsOneMustBeNamed() {
        api.on("GET /backups", 200, "[{\"application\":\"shop\"},{\"application\":\"blog\"}]");

        assertThat(dr("recover", "--reason", "disk lost", "--yes")).isEqualTo(ExitCode.REFUSED);

        assertThat(err.toString()).contains("blog, shop", "--application");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plan", "drill"})
    void aRehearsalNeedsNeitherConfirmationNorReason(String mode) {
        api.runEndsAs("succeeded");

        assertThat(dr(mode, "--application", "shop")).isEqualTo(ExitCode.SUCCEEDED);

        ObjectNode request = api.request("POST /runs").json();
        assertThat(request.get("mode").asText()).isEqualTo(mode);
        assertThat(request.get("reason").asText()).isNotBlank();
        assertThat(request.get("confirm").isNull()).isTrue();
    }

    @Test
    void aPlanShowsHowLongARecoveryWouldTakeAndWhereThatIsKnownFrom() {
        ObjectNode plan = run("succeeded");
        plan.put("mode", "plan").put("predicted_rto_seconds", 4000.5);
        ObjectNode restore = (ObjectNode) plan.at("/steps/3");
        restore.put("predicted_seconds", 3900).put("predicted_from", "drill 1f2e of 2026-11-01T03:00:00.123Z");
        ((ObjectNode) plan.at("/steps/4")).put("person_needed", true).put("predicted_from", "no earlier run");
        ((ObjectNode) plan.at("/steps/6")).put("predicted_rto_from", "steps 1 to 4 as in drill 1f2e");
        api.on("POST /runs", 202, plan)
                .on("GET /runs/" + RUN + "/events", exchange -> events(exchange, event(9, "done", plan)));

        assertThat(dr("plan", "--application", "shop")).isEqualTo(ExitCode.SUCCEEDED);

        assertThat(out.toString())
                .contains(
                        "as in drill 1f2e of 2026-11-01T03:00:00Z",
                        "a person is needed, duration not known (no earlier run)",
                        "of 60:00, predicted: the RTO would be MISSED",
                        "steps 1 to 4 as in drill 1f2e")
                .doesNotContain("RTO        ");
    }

    @ParameterizedTest
    @CsvSource({"resume,resume,succeeded", "rollback,rollback,rolled_back", "cancel,cancel,cancelled"})
    void aRunIsResumedRolledBackAndCancelledAndFollowed(String command, String path, String status) {
        api.runEndsAs(status).on("POST /runs/" + RUN + "/" + path, 202, run("queued"));

        assertThat(dr(command, RUN)).as(err.toString()).isEqualTo(ExitCode.SUCCEEDED);
    }

    @Test
    void anAcknowledgementCarriesItsNote() {
        String call = "POST /runs/" + RUN + "/steps/5/acknowledge";
        api.runEndsAs("succeeded").on(call, 202, run("queued"));

        assertThat(dr("ack", RUN, "5", "--note", "restarted web1")).isEqualTo(ExitCode.SUCCEEDED);

        assertThat(api.request(call).json().get("note").asText()).isEqualTo("restarted web1");
    }

    @Test
    void jsonIsTheAnswerOfTheApiAndNothingElse() throws IOException {
        playARunWithProgress();

        dr(recover("--yes", "--json"));

        assertThat(new ObjectMapper().readTree(out.toString())).isEqualTo(run("succeeded"));
    }

    private static final String AUDIT = """
            {"asked_at":"2026-01-01T00:00:10Z","started_at":"%s","ended_at":"%s","last_pass_at":"2026-01-01T00:00:20Z",
             "under_way":%s,"error":null,
             "totals":{"backups":1,"three_two_one":1,"copies":2,"good":1,"unread":1,"damaged":%d,"unknown":0},
             "applications":[{"application":"shop","totals":{"backups":1,"three_two_one":1},"backups":[
               {"backup_id":"7","filename":"shop.dump","status":"VERIFIED","trust":"vouched","size_bytes":1400000,
                "copies":2,"stores":3,"off_site":true,"identical":null,"three_two_one":true,"in_stores":[
                 {"store":"r2","state":"good","size_bytes":1400000,"hashed_at":"2026-01-01T00:00:00Z","note":null},
                 {"store":"b2","state":"wrong_size","size_bytes":7,"hashed_at":null,"note":"has 7 bytes"}]}]}]}
            """;

    @Test
    void theAuditSaysWhereEachBackupLiesAndEndsWithOneWhenACopyIsDamaged() {
        String time = "2026-01-01T00:00:00Z";
        api.on("GET /audit", 200, AUDIT.formatted(time, time, false, 1));

        assertThat(dr("audit")).isEqualTo(ExitCode.FAILED);

        assertThat(out.toString())
                .contains("shop: 1 backups, 1 of them 3-2-1", "shop.dump (VERIFIED)")
                .contains("2 of 3 stores have it, off-site too, not all read yet")
                .contains("r2: good, 1.4 MB, read ", "b2: wrong size, 7 B: has 7 bytes", "1 damaged");
    }

    @Test
    void anAuditThatIsStartedNowIsWaitedForAndAnEarlierOneDoesNotCount() {
        AtomicInteger asked = new AtomicInteger();
        String before = "2026-01-01T00:00:01Z";
        String behind = "2026-01-01T00:00:11Z";
        api.on("POST /audit", 202, AUDIT.formatted(before, before, false, 1))
                .on(
                        "GET /audit",
                        exchange -> ApiStage.send(
                                exchange,
                                200,
                                "application/json",
                                switch (asked.incrementAndGet()) {
                                    case 1 -> AUDIT.formatted(before, before, false, 1);
                                    case 2 -> AUDIT.formatted(behind, before, true, 1);
                                    default -> AUDIT.formatted(behind, behind, false, 0);
                                }));

        assertThat(dr("audit", "--now", "--json")).isEqualTo(ExitCode.SUCCEEDED);

        assertThat(asked).hasValue(3);
        assertThat(out.toString()).contains("\"damaged\" : 0");
    }

    @Test
    void backupsAreListedWithTheirStores() {
        api.on(
                "GET /backups?application=shop",
                200,
                "[{\"id\":\"7\",\"application\":\"shop\",\"created_at\":\"2026-01-01T00:00:00Z\",\"size_bytes\":1400000,"
                        + "\"status\":\"COMPLETED\",\"stores\":[\"r2\",\"local\"],\"why_not_restorable\":null}]");

        assertThat(dr("backups", "--application", "shop")).isEqualTo(ExitCode.SUCCEEDED);

        assertThat(out.toString()).contains("1.4 MB", "COMPLETED", "r2,local");
    }

    @Test
    void aFailedBackupIsAFailure() {
        api.on("POST /backups", 502, problem(502, "tool_failed", "pg_dump ended with 1"));

        assertThat(dr("backup", "--application", "shop")).isEqualTo(ExitCode.FAILED);

        assertThat(err.toString()).contains("pg_dump ended with 1 [tool_failed]");
    }

    @Test
    void aBackupIsFollowedToItsEndWhichMayBeAFailure() {
        String begun = "{\"id\":\"7\",\"application\":\"shop\",\"status\":\"IN_PROGRESS\"}";
        String failed = "{\"id\":\"7\",\"status\":\"FAILED\",\"why_not_restorable\":\"no store takes the backup\"}";
        api.on("POST /backups", 202, begun).on("GET /backups/7", 200, failed);

        assertThat(dr("backup", "--application", "shop")).isEqualTo(ExitCode.FAILED);

        assertThat(out.toString()).contains("backup 7 of shop");
        assertThat(err.toString()).contains("no store takes the backup");
    }

    @Test
    void aPathIsNoRun() {
        assertThat(dr("cancel", "../../actuator/shutdown")).isEqualTo(ExitCode.REFUSED);

        assertThat(api.requests()).isEmpty();
    }

    @Test
    void theUserAndPasswordAreSentAsBasicAuthentication() {
        api.on("GET /status", 200, "[]");
        environment.put("DR_USER", "operator");

        dr("status");

        String expected = Base64.getEncoder().encodeToString("operator:pass:wörd".getBytes(StandardCharsets.UTF_8));
        assertThat(api.request("GET /status").authorization()).isEqualTo("Basic " + expected);
    }

    @Test
    void aWrongPasswordIsRefusedWithWhatToCheck() {
        api.on("GET /status", 401, "");

        assertThat(dr("status")).isEqualTo(ExitCode.REFUSED);

        assertThat(err.toString()).contains("DR_PASSWORD").doesNotContain("pass:wörd");
    }

    @Test
    void aTokenIsSentInsteadOfAPassword() {
        api.on("GET /status", 200, "[]");
        environment.put("DR_TOKEN", "a.b.c");

        dr("status");

        assertThat(api.request("GET /status").authorization()).isEqualTo("Bearer a.b.c");
    }

    @Test
    void theInitialPasswordIsUsedWhenNoneIsGiven() throws IOException {
        api.on("GET /status", 200, "[]");
        environment.remove("DR_PASSWORD");
        Files.createDirectories(directory.resolve("data"));
        Files.writeString(directory.resolve("data/initial-admin-password"), "made-at-start\n");

        dr("status");

        String expected = Base64.getEncoder().encodeToString("admin:made-at-start".getBytes(StandardCharsets.UTF_8));
        assertThat(api.request("GET /status").authorization()).isEqualTo("Basic " + expected);
    }

    @Test
    void withoutAnyPasswordTheCommandSaysWhatToSet() {
        environment.remove("DR_PASSWORD");

        assertThat(dr("status")).isEqualTo(ExitCode.REFUSED);

        assertThat(err.toString()).contains("DR_PASSWORD", "DR_TOKEN", "[password_missing]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plan",
                "recover",
                "drill",
                "status",
                "backups",
                "audit",
                "backup",
                "rollback",
                "resume",
                "cancel",
                "ack"
            })
    void everyCommandHasHelpWithAnExample(String command) {
        assertThat(dr(command, "--help")).isZero();

        assertThat(out.toString()).contains("Usage: dr " + command, "Example: ./dr " + command);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "destroy", "recover --aplication shop", "ack " + RUN, "rollback"})
    void wrongUsageIsTwo(String arguments) {
        assertThat(dr(arguments.isEmpty() ? new String[0] : arguments.split(" ")))
                .isEqualTo(ExitCode.REFUSED);

        assertThat(api.requests()).isEmpty();
        assertThat(err.toString()).isNotEmpty();
    }

    private void playARunWithProgress() {
        api.on("POST /runs", 202, run("queued")).on(EVENTS, exchange -> {
            ObjectMapper json = new ObjectMapper();
            events(
                    exchange,
                    ": still here\n\n",
                    event(1, "step", step(2, "running")),
                    event(
                            2,
                            "progress",
                            json.createObjectNode()
                                    .put("step", 2)
                                    .put("done", 50_000_000)
                                    .put("total", 100_000_000)
                                    .put("unit", "bytes")),
                    event(3, "log", json.createObjectNode().put("step", 2).put("message", "from r2")),
                    event(4, "step", step(2, "completed")),
                    event(5, "done", run("succeeded")));
        });
    }

    private static String[] recover(String... more) {
        String[] all = Arrays.copyOf(RECOVER, RECOVER.length + more.length);
        System.arraycopy(more, 0, all, RECOVER.length, more.length);
        return all;
    }

    @Test
    void statusSaysHowReadyEachApplicationIsAndWhichRunsThereWere() {
        api.on(
                        "GET /status",
                        200,
                        "{\"stores\":[{\"store\":\"r2\",\"up\":false,\"error\":\"refused\",\"backups\":0}],\"applications\":["
                                + "{\"application\":\"shop\",\"readiness\":\"at_risk\",\"reasons\":[\"store r2 is down\"],"
                                + "\"backup_age_seconds\":1200,\"rpo_target_seconds\":900,\"rpo_met\":false,\"last_drill\":{\"id\":\"x\","
                                + "\"status\":\"succeeded\",\"start_time\":\"2026-11-01T03:00:00.5Z\",\"duration_seconds\":61,"
                                + "\"rto_target_seconds\":3600}}]}")
                .on("GET /runs?limit=10", 200, "[]");

        assertThat(dr("status")).isZero();

        assertThat(out.toString())
                .contains(
                        "shop: AT RISK",
                        "- store r2 is down",
                        "20 min old, RPO 15 min, MISSED",
                        "store r2: DOWN, refused")
                .contains("last drill: succeeded at 2026-11-01T03:00:00Z, 01:01 of 60:00", "no run yet");
    }

    @Test
    void retentionSaysWhatGoesNextAndWhyTheRestStays() {
        String backup = "{\"store\":\"local\",\"application\":\"shop\",\"backup_id\":\"" + RUN
                + "\",\"age_seconds\":3456000,\"stays\":";
        api.on(
                "GET /retention",
                200,
                "{\"stores\":[{\"store\":\"r2\",\"keep_seconds\":31536000,\"error\":\"refused\"},{\"store\":\"b2\","
                        + "\"keep_seconds\":null,\"error\":null}],\"backups\":[" + backup + "null}," + backup
                        + "\"it is the newest good one\"}]}");

        assertThat(dr("retention")).isZero();

        assertThat(out.toString())
                .contains("store r2: keeps backups for 365 d; DOWN, nothing is deleted: refused")
                .contains("store b2: keeps backups for ever")
                .containsPattern("local +shop +" + RUN + " +40 d +is deleted")
                .containsPattern("40 d +stays: it is the newest good one");
        api.on("GET /retention", 200, "{\"stores\":[],\"backups\":[]}");
        assertThat(dr("retention")).isZero();
        assertThat(out.toString()).contains("no backup is past its time");
    }

    @Test
    void aTokenIsMadeShownOnceAndRevoked() {
        String token = "{\"id\":\"" + RUN + "\",\"name\":\"prometheus\",\"role\":\"viewer\",\"created_by\":\"ada\","
                + "\"token\":\"dr_secret\"}";
        api.on("POST /tokens", 201, token)
                .on("DELETE /tokens/" + RUN, 200, token)
                .on("GET /tokens", 200, "[" + token + "]");

        assertThat(dr("tokens", "--make", "prometheus", "--days", "2")).isZero();
        assertThat(out.toString().strip()).isEqualTo("dr_secret");
        ObjectNode request = api.request("POST /tokens").json();
        assertThat(request.get("role").asText()).isEqualTo("viewer");
        assertThat(request.get("lifetime_seconds").asLong()).isEqualTo(172_800);
        assertThat(dr("tokens")).isZero();
        assertThat(out.toString()).contains("prometheus", "viewer", "ada");
        assertThat(dr("tokens", "--revoke", RUN)).isZero();
    }

    @Test
    void theCompletionScriptIsBashAndKnowsEveryCommand() throws IOException {
        assertThat(dr("completion")).isZero();

        Path script = Files.writeString(directory.resolve("completion"), out.toString());
        Shell.sh("bash -n '" + script + "'");
        assertThat(out.toString())
                .contains(
                        "recover",
                        "drill",
                        "plan",
                        "status",
                        "rollback",
                        "alert-test",
                        "serve",
                        "hash-password",
                        "--reason");
    }

    private int dr(String... arguments) {
        Terminal terminal = new Terminal(
                new BufferedReader(new StringReader(typed)),
                new PrintWriter(out),
                new PrintWriter(err),
                columns,
                columns > 0,
                false);
        return new DrClient(environment, directory, terminal).execute(arguments);
    }
}
