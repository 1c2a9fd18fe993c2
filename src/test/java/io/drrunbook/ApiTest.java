package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.ServiceProcess.Answer;
import io.drrunbook.world.World;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The API as programs see it: its answers are what its description says, and nonsense changes nothing. */
@InWorld
class ApiTest {

    private static final String NO_RUN = "00000000-0000-0000-0000-000000000000";

    private static World world;
    private static ServiceProcess service;
    private static JsonNode description;
    private static String backup;
    private static String drill;

    @BeforeAll
    static void start(World given) {
        world = given;
        world.createShop(50);
        service = world.service("service").start();
        description = service.get("/api/v1/openapi.json").json();
        Answer taken = service.takeBackup("shop");
        check(taken, "post", "/api/v1/backups");
        backup = taken.json().get("id").asText();
        Answer admitted = service.ask("drill", "shop", backup);
        check(admitted, "post", "/api/v1/runs");
        drill = admitted.json().get("id").asText();
        assertThat(service.await(drill).get("status").asText()).isEqualTo("succeeded");
    }

    @Test
    void whatIsReadIsAsTheDescriptionSays() {
        check(service.get("/api/v1/status"), "get", "/api/v1/status");
        check(service.get("/api/v1/runs"), "get", "/api/v1/runs");
        check(service.get("/api/v1/runs/" + drill), "get", "/api/v1/runs/{id}");
        check(service.get("/api/v1/backups"), "get", "/api/v1/backups");
        check(service.get("/api/v1/backups/" + backup), "get", "/api/v1/backups/{id}");
        check(service.get("/api/v1/retention"), "get", "/api/v1/retention");
        check(service.get("/api/v1/journal"), "get", "/api/v1/journal");
        check(service.get("/api/v1/tokens"), "get", "/api/v1/tokens");
        check(service.get("/api/v1/alerts"), "get", "/api/v1/alerts");
        check(service.get("/api/v1/audit"), "get", "/api/v1/audit");
    }

    @Test
    void whatIsStartedAndMadeIsAsTheDescriptionSays() {
        Answer recovery = service.ask("recovery", "shop", null);
        check(recovery, "post", "/api/v1/runs");
        String id = recovery.json().get("id").asText();
        assertThat(recovery.header().apply("Location")).isEqualTo("/api/v1/runs/" + id);
        assertThat(service.await(id).get("status").asText()).isEqualTo("succeeded");
        check(service.post("/api/v1/runs/" + id + "/rollback", ""), "post", "/api/v1/runs/{id}/rollback");
        service.await(id);
        Answer token = service.post("/api/v1/tokens", "{\"name\":\"t\",\"role\":\"viewer\"}");
        check(token, "post", "/api/v1/tokens");
        check(service.post("/api/v1/audit", ""), "post", "/api/v1/audit");
        Awaitility.await().until(() -> service.get("/api/v1/audit").json().hasNonNull("last_pass_at"));
        check(service.get("/api/v1/audit"), "get", "/api/v1/audit");
        check(service.get("/api/v1/backups"), "get", "/api/v1/backups");
        Answer alerts = service.post("/api/v1/alerts/test", "");
        check(alerts, "post", "/api/v1/alerts/test");
        String alert = alerts.json().get(0).get("id").asText();
        check(service.get("/api/v1/alerts"), "get", "/api/v1/alerts");
        check(service.post("/api/v1/alerts/" + alert + "/acknowledge", ""), "post", "/api/v1/alerts/{id}/acknowledge");
        check(service.get("/api/v1/tokens"), "get", "/api/v1/tokens");
    }

    @Test
    void theDescriptionNamesEveryCallOfTheContractAndHowToLogIn() {
        assertThat(description.get("openapi").asText()).startsWith("3.1");
        assertThat(description.at("/info/title").asText()).isEqualTo("dr-runbook");
        assertThat(description.at("/components/securitySchemes").fieldNames())
                .toIterable()
                .contains("basic", "token");
        assertThat(description.get("paths").fieldNames())
                .toIterable()
                .contains(
                        "/api/v1/runs",
                        "/api/v1/runs/{id}",
                        "/api/v1/runs/{id}/events",
                        "/api/v1/runs/{id}/cancel",
                        "/api/v1/runs/{id}/resume",
                        "/api/v1/runs/{id}/rollback",
                        "/api/v1/runs/{id}/steps/{step}/acknowledge",
                        "/api/v1/backups",
                        "/api/v1/backups/{id}",
                        "/api/v1/alerts",
                        "/api/v1/alerts/{id}/acknowledge",
                        "/api/v1/audit",
                        "/api/v1/status");
    }

    @Test
    void aDrillShowsAtTheBackupThatItHasProven() {
        JsonNode proven = service.get("/api/v1/backups/" + backup).json();
        assertThat(proven.get("last_proven_at").asText())
                .isEqualTo(service.run(drill).get("end_time").asText());
        JsonNode shop = service.get("/api/v1/status").json().at("/applications/0");
        assertThat(shop.at("/last_drill/id").asText()).isEqualTo(drill);
        assertThat(shop.get("rpo_met").asBoolean()).isTrue();
        assertThat(shop.get("newest_backup").get("stores")).hasSize(3);
    }

    @Test
    void aBackupThatFailsIsInTheJournalFromWhereItBecomesAnAlert() {
        long before = lastEvent();
        world.postgres.execute("postgres", "ALTER DATABASE shop ALLOW_CONNECTIONS false");
        try {
            assertThat(service.takeBackup("shop").status()).isEqualTo(502);
        } finally {
            world.postgres.execute("postgres", "ALTER DATABASE shop ALLOW_CONNECTIONS true");
        }
        assertThat(service.get("/api/v1/journal?after=" + before).body()).contains("backup_failed", "shop");
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(service.get("/api/v1/alerts").body()).contains("backup_failed"));
    }

    @Test
    void longListsComeInPagesThatLeadToTheNext() {
        JsonNode all = service.get("/api/v1/journal?limit=200").json();
        JsonNode first = service.get("/api/v1/journal?limit=2").json();
        JsonNode second = service.get("/api/v1/journal?limit=2&after=2").json();
        assertThat(first).hasSize(2);
        assertThat(second.get(0)).isEqualTo(all.get(2));
        service.await(service.start("drill", "shop", null));
        Answer page = service.get("/api/v1/runs?limit=1&mode=drill");
        assertThat(page.json()).hasSize(1);
        String link = page.header().apply("Link");
        assertThat(link).matches("</api/v1/runs\\?.*>; rel=\"next\"").contains("mode=drill", "offset=1");
        Answer next = service.get(link.substring(1, link.indexOf('>')));
        assertThat(next.json().at("/0/id").asText())
                .isNotEqualTo(page.json().at("/0/id").asText());
        assertThat(service.get("/api/v1/runs?status=failed").json()).isEmpty();
    }

    @ParameterizedTest(name = "{0} {1} {2}: {3} {4}")
    @CsvSource(delimiter = '|', textBlock = """
            POST | /api/v1/runs | {"mode":"drill"                                                       | 400 | bad_request
            POST | /api/v1/runs | []                                                                     | 400 | bad_request
            POST | /api/v1/runs | {"mode":"drill","application":"shop"}                                  | 400 | reason_missing
            POST | /api/v1/runs | {"mode":"drill","application":"shop","reason":"  "}                    | 400 | reason_missing
            POST | /api/v1/runs | {"mode":"party","application":"shop","reason":"r"}                     | 400 | mode_unknown
            POST | /api/v1/runs | {"mode":"drill","application":"ship","reason":"r"}                     | 404 | application_unknown
            POST | /api/v1/runs | {"mode":"drill","application":"../shop","reason":"r"}                  | 404 | application_unknown
            POST | /api/v1/runs | {"mode":"drill","application":"shop","reason":"r","backup_id":"../x"}  | 404 | backup_unknown
            POST | /api/v1/runs | {"mode":"drill","application":"shop","reason":"r","backup_id":"00000000-0000-0000-0000-000000000000"} | 404 | backup_unknown
            POST | /api/v1/runs | {"mode":"recovery","application":"shop","reason":"r"}                  | 400 | confirmation_wrong
            POST | /api/v1/runs | {"mode":"recovery","application":"shop","reason":"r","confirm":"Shop"} | 400 | confirmation_wrong
            POST | /api/v1/backups | {"application":"../../etc"}                                         | 404 | application_unknown
            POST | /api/v1/runs/not-a-uuid/cancel | {}                                                   | 404 | run_unknown
            POST | /api/v1/tokens | {"name":"x","role":"god"}                                            | 400 | role_unknown
            POST | /api/v1/tokens | {"name":"","role":"viewer"}                                          | 400 | token_name_wrong
            POST | /api/v1/nonsense | {}                                                                 | 404 | not_found
            PUT  | /api/v1/runs | {}                                                                     | 405 | method_not_allowed
            """)
    void nonsenseIsRefusedWithItsCodeAndStandsInTheJournal(
            String method, String path, String body, int status, String code) {
        long before = lastEvent();

        Answer answer = service.call(method, path, body, headers("application/json"));

        assertThat(answer.status()).as(answer.toString()).isEqualTo(status);
        assertThat(answer.header().apply("Content-Type")).startsWith("application/problem+json");
        assertThat(answer.json().get("code").asText()).isEqualTo(code);
        assertThat(valid("#/components/schemas/Problem", answer.json())).isEmpty();
        assertThat(service.get("/api/v1/journal?after=" + before).body())
                .contains("\"refused\"", "\"code\":\"" + code + "\"");
    }

    @Test
    void whatIsReadWronglyIsRefusedToo() {
        assertThat(service.get("/api/v1/runs/" + NO_RUN).status()).isEqualTo(404);
        assertThat(service.get("/api/v1/backups/..%2f..%2fetc").status()).isIn(400, 404);
        assertThat(service.get("/api/v1/runs?limit=0").json().get("code").asText())
                .isEqualTo("page_wrong");
        assertThat(service.get("/api/v1/runs?limit=many").json().get("code").asText())
                .isEqualTo("bad_request");
        assertThat(service.get("/api/v1/runs?mode=party").json().get("code").asText())
                .isEqualTo("mode_unknown");
        assertThat(service.get("/api/v1/runs?status=odd").json().get("code").asText())
                .isEqualTo("status_unknown");
    }

    @Test
    void aLargeBodyIsRefusedBeforeItIsReadAlsoWhenItDoesNotSayHowLargeItIs() {
        String large = "{\"mode\":\"drill\",\"application\":\"shop\",\"reason\":\"" + "x".repeat(10_000_000) + "\"}";
        Answer answer = service.call("POST", "/api/v1/runs", large, headers("application/json"));
        assertThat(answer.status()).isEqualTo(413);
        assertThat(answer.json().get("code").asText()).isEqualTo("body_too_large");
        Answer chunked = service.stream("/api/v1/runs", large);
        assertThat(chunked.status()).isEqualTo(413);
        assertThat(chunked.json().get("code").asText()).isEqualTo("body_too_large");
        assertThat(service.call("POST", "/api/v1/runs", "mode=drill", headers("text/plain"))
                        .status())
                .isEqualTo(415);
    }

    // --- asking ---

    private static String[] headers(String type) {
        return new String[] {
            "Authorization", ServiceProcess.basic("admin", ServiceProcess.PASSWORD), "Content-Type", type
        };
    }

    private static long lastEvent() {
        long last = 0;
        JsonNode page = service.get("/api/v1/journal?limit=200").json();
        while (!page.isEmpty()) {
            last = page.get(page.size() - 1).get("id").asLong();
            page = service.get("/api/v1/journal?limit=200&after=" + last).json();
        }
        return last;
    }

    /** The answer's status and body are described, and the body holds nothing that is not. */
    private static void check(Answer answer, String method, String path) {
        String pointer = "/paths/" + path.replace("/", "~1") + "/" + method + "/responses/" + answer.status()
                + "/content/application~1json/schema";
        JsonNode schema = description.at(pointer);
        assertThat(schema.isMissingNode())
                .as(method + " " + path + " " + answer.status())
                .isFalse();
        assertThat(valid("#" + pointer.replace("{", "%7B").replace("}", "%7D"), answer.json()))
                .as(method + " " + path)
                .isEmpty();
    }

    private static Set<ValidationMessage> valid(String pointer, JsonNode answer) {
        ObjectNode schema = description.deepCopy();
        for (JsonNode each : schema.at("/components/schemas")) {
            if (!each.has("additionalProperties")) {
                ((ObjectNode) each).put("additionalProperties", false);
            }
        }
        schema.put("$ref", pointer);
        return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
                .getSchema(schema)
                .validate(answer);
    }
}
