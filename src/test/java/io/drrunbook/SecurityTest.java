package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drrunbook.world.BrowserSession;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.ServiceProcess.Answer;
import io.drrunbook.world.World;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;

/** Who gets in, how far, and what the journal says of it: a real service, asked over HTTP as an attacker would. */
@InWorld
class SecurityTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String JOLOKIA = "/actuator/hawtio/jolokia";
    private static final Map<String, String> PASSWORDS = new TreeMap<>(Map.of(
            "admin", ServiceProcess.PASSWORD,
            "ada", "ada's password",
            "otto", "otto's password",
            "vera", "vera's password",
            "lena", "lena's password"));

    private static World world;
    private static ServiceProcess service;

    @BeforeAll
    static void start(World given) {
        BCryptPasswordEncoder bcrypt = new BCryptPasswordEncoder(4);
        world = given;
        world.createShop(50);
        service = world.service(
                        "service", world.application("shop", "kubernetes", world.shop.healthUrl(), 30), """
                        dr.users:
                          ada: {role: admin, password: "{bcrypt}%s"}
                          otto: {role: operator, password: "{bcrypt}%s"}
                          vera: {role: viewer, password: "{bcrypt}%s"}
                          lena: {role: operator, password: "{bcrypt}%s"}
                        """.formatted(
                                        bcrypt.encode(PASSWORDS.get("ada")),
                                        bcrypt.encode(PASSWORDS.get("otto")),
                                        bcrypt.encode(PASSWORDS.get("vera")),
                                        bcrypt.encode(PASSWORDS.get("lena"))))
                .start();
        assertThat(service.takeBackup("shop").status()).isEqualTo(201);
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({
        "GET, /, 302, 200, 200, 200",
        "GET, /actuator, 302, 200, 200, 200",
        "GET, /actuator/health, 200, 200, 200, 200",
        "GET, /actuator/health/liveness, 200, 200, 200, 200",
        "GET, /actuator/health/readiness, 200, 200, 200, 200",
        "GET, /actuator/info, 302, 200, 200, 200",
        "GET, /actuator/prometheus, 401, 200, 200, 200",
        "GET, /actuator/hawtio/, 302, 200, 200, 200",
        "GET, /actuator/jolokia, 401, 200, 200, 200",
        "GET, /actuator/hawtio/jolokia, 401, 200, 200, 200",
        "GET, /actuator/env, 302, 404, 404, 404",
        "GET, /actuator/heapdump, 302, 404, 404, 404",
        "GET, /actuator/loggers, 302, 404, 404, 404",
        "POST, /actuator/loggers/root, 403, 403, 403, 403",
        "POST, /actuator/shutdown, 403, 403, 403, 403",
        "GET, /actuator/hawtio/proxy/http/127.0.0.1/22/, 302, 403, 403, 403",
        "POST, /actuator/hawtio/proxy/http/127.0.0.1/22/, 403, 403, 403, 403",
        "GET, /api/v1/openapi.json, 401, 200, 200, 200",
        "GET, /api/v1/status, 401, 200, 200, 200",
        "GET, /api/v1/runs, 401, 200, 200, 200",
        "GET, /api/v1/runs/00000000-0000-0000-0000-000000000000, 401, 404, 404, 404",
        "GET, /api/v1/runs/00000000-0000-0000-0000-000000000000/events, 401, 404, 404, 404",
        "GET, /api/v1/backups, 401, 200, 200, 200",
        "GET, /api/v1/alerts, 401, 200, 200, 200",
        "GET, /api/v1/journal, 401, 403, 403, 200",
        "GET, /api/v1/tokens, 401, 403, 403, 200",
        "POST, /api/v1/tokens, 401, 403, 403, 400",
        "DELETE, /api/v1/tokens/00000000-0000-0000-0000-000000000000, 401, 403, 403, 404",
        "POST, /api/v1/runs, 401, 403, 400, 400",
        "POST, /api/v1/backups, 401, 403, 400, 400",
        "POST, /api/v1/runs/00000000-0000-0000-0000-000000000000/cancel, 401, 403, 404, 404",
        "POST, /api/v1/runs/00000000-0000-0000-0000-000000000000/resume, 401, 403, 404, 404",
        "POST, /api/v1/runs/00000000-0000-0000-0000-000000000000/rollback, 401, 403, 403, 404",
        "POST, /api/v1/runs/00000000-0000-0000-0000-000000000000/approve, 401, 403, 403, 404",
        "POST, /api/v1/alerts/00000000-0000-0000-0000-000000000000/acknowledge, 401, 403, 404, 404",
    })
    void everyUrlAnswersEachRoleAsItShould(
            String method, String path, int nobody, int viewer, int operator, int admin) {
        // POST without Authorization also lacks the CSRF token; both keep it out.
        Answer outside = service.call(method, path, "", "Accept", "text/html, */*;q=0.1");
        assertThat(outside.status()).as("nobody: " + outside).isIn(nobody, method.equals("GET") ? nobody : 403);
        assertThat(as("vera", method, path, "{").status()).as("viewer").isEqualTo(viewer);
        assertThat(as("otto", method, path, "{").status()).as("operator").isEqualTo(operator);
        assertThat(as("ada", method, path, "{").status()).as("admin").isEqualTo(admin);
    }

    @Test
    void noCallOfTheApiThatIsDescribedIsOpenToAStrangerAndNoneThatWritesToAViewer() {
        JsonNode paths = as("ada", "GET", "/api/v1/openapi.json", "").json().get("paths");
        assertThat(paths).hasSizeGreaterThan(15);
        paths.fields()
                .forEachRemaining(path -> path.getValue().fieldNames().forEachRemaining(name -> {
                    String method = name.toUpperCase(Locale.ROOT);
                    String url = path.getKey()
                            .replace("{id}", "00000000-0000-0000-0000-000000000000")
                            .replace("{step}", "5");
                    assertThat(service.call(method, url, "").status())
                            .as(method + " " + url)
                            .isIn(401, 403);
                    if (!method.equals("GET")) {
                        assertThat(as("vera", method, url, "{}").status())
                                .as("viewer: " + method + " " + url)
                                .isEqualTo(403);
                    }
                }));
    }

    @Test
    void anOperatorDrillsAndAViewerDoesNotAndOnlyAnAdministratorRecovers() {
        assertThat(refusal("vera", "drill").get("code").asText()).isEqualTo("forbidden");
        JsonNode recovery = refusal("otto", "recovery");
        assertThat(recovery.get("code").asText()).isEqualTo("forbidden");
        assertThat(recovery.get("detail").asText()).contains("admin", "otto");
        Answer drill = as("otto", "POST", "/api/v1/runs", request("drill"));
        assertThat(drill.status()).isEqualTo(202);
        assertThat(drill.json().get("initiated_by").asText()).isEqualTo("otto");
        assertThat(service.await(drill.json().get("id").asText()).get("status").asText())
                .isEqualTo("succeeded");
        assertThat(journal())
                .anySatisfy(event -> assertThat(event)
                        .contains("refused", "\"by\":\"otto\"", "\"code\":\"forbidden\"", "\"mode\":\"recovery\""));
    }

    @Test
    void afterFiveWrongPasswordsANameIsLockedAlsoForTheRightOneAndOthersAreNot() {
        for (int i = 0; i < 5; i++) {
            assertThat(wrong("lena").status()).isEqualTo(401);
        }
        Answer locked = as("lena", "GET", "/api/v1/runs", "");
        assertThat(locked.status()).isEqualTo(401);
        assertThat(locked.json().get("code").asText()).isEqualTo("locked");
        assertThat(locked.body()).contains("900 s");
        assertThat(as("otto", "GET", "/api/v1/runs", "").status()).isEqualTo(200);
        assertThat(journal())
                .anySatisfy(event -> assertThat(event)
                        .contains("login_failed", "\"by\":\"lena\"", "127.0.0.1", "\"locked_seconds\":900"));
        assertThat(journal()).anySatisfy(event -> assertThat(event).contains("\"login\"", "\"by\":\"otto\""));
    }

    @Test
    void anUnknownNameIsNotWrittenDownBecauseItMayBeAPassword() {
        wrong("hunter2-typed-into-the-wrong-field");
        assertThat(journal())
                .anySatisfy(event -> assertThat(event).contains("login_failed", "unknown user"))
                .noneSatisfy(event -> assertThat(event).contains("hunter2"));
    }

    @Test
    void aTokenOpensWhatItsRoleMayUntilItIsRevokedAndIsNowhereInTheClear() throws IOException {
        Answer made = as("ada", "POST", "/api/v1/tokens", "{\"name\":\"prometheus\",\"role\":\"viewer\"}");
        assertThat(made.status()).isEqualTo(201);
        String token = made.json().get("token").asText();
        String[] bearer = {"Authorization", "Bearer " + token};
        assertThat(service.call("GET", "/actuator/prometheus", "", bearer).status())
                .isEqualTo(200);
        assertThat(service.call("POST", "/api/v1/backups", "{}", bearer).status())
                .isEqualTo(403);
        assertThat(as("ada", "GET", "/api/v1/tokens", "").body())
                .contains("prometheus")
                .doesNotContain(token);
        assertThat(as("ada", "DELETE", "/api/v1/tokens/" + made.json().get("id").asText(), "")
                        .status())
                .isEqualTo(200);
        assertThat(service.call("GET", "/actuator/prometheus", "", bearer).status())
                .isEqualTo(401);
        assertThat(service.log()).doesNotContain(token);
        assertThat(journal())
                .anySatisfy(event -> assertThat(event).contains("token_made", "ada"))
                .anySatisfy(event -> assertThat(event).contains("token_revoked", "ada"))
                .noneSatisfy(event -> assertThat(event).contains(token));
        byte[] database = Files.readAllBytes(service.directory().resolve("data/journal.mv.db"));
        assertThat(new String(database, StandardCharsets.ISO_8859_1)).doesNotContain(token);
    }

    @Test
    void aTokenEndsByItself() {
        Answer made =
                as("ada", "POST", "/api/v1/tokens", "{\"name\":\"short\",\"role\":\"viewer\",\"lifetime_seconds\":1}");
        String[] bearer = {"Authorization", "Bearer " + made.json().get("token").asText()};
        Awaitility.await()
                .until(() -> service.call("GET", "/api/v1/runs", "", bearer).status() == 401);
        assertThat(service.call("GET", "/api/v1/runs", "", "Authorization", "Bearer nonsense")
                        .status())
                .isEqualTo(401);
    }

    @Test
    void aBrowsersSessionCannotWriteWithoutItsCsrfToken() {
        BrowserSession session = BrowserSession.logIn(service, "ada", PASSWORDS.get("ada"));
        assertThat(session.post("/api/v1/backups", "{}", false).statusCode()).isEqualTo(403);
        assertThat(session.post("/api/v1/backups", "{", true).statusCode()).isEqualTo(400);
        assertThat(session.setCookies()).contains("HttpOnly").containsIgnoringCase("SameSite=Lax");
        assertThat(journal())
                .anySatisfy(event -> assertThat(event).contains("\"code\":\"csrf\""))
                .anySatisfy(event -> assertThat(event).contains("\"login\"", "\"way\":\"page\"", "ada"));
    }

    @Test
    void everyAnswerCarriesHeadersThatKeepABrowserHonest() {
        Answer answer = as("ada", "GET", "/", "");
        assertThat(answer.header().apply("Content-Security-Policy"))
                .contains("default-src 'self'", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(answer.header().apply("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.header().apply("X-Frame-Options")).isEqualTo("SAMEORIGIN");
        assertThat(answer.header().apply("Referrer-Policy")).isEqualTo("no-referrer");
        assertThat(answer.header().apply("Cache-Control")).contains("no-store");
    }

    @Test
    void healthTellsStrangersNoDetails() {
        assertThat(service.call("GET", "/actuator/health", "").body())
                .isEqualTo("{\"status\":\"UP\",\"groups\":[\"liveness\",\"readiness\"]}");
        assertThat(as("vera", "GET", "/actuator/health", "").body()).contains("db");
    }

    // --- Hawtio ---

    @ParameterizedTest
    @ValueSource(
            strings = {
                "exec:sh?args=-c%20id",
                "direct:restore-database",
                "direct:run-the-runbook",
                "direct:take-backup",
                "file:/tmp?fileName=x",
                "direct:start-recovery?x=1",
                "direct:///start-recovery",
                "direct://start-recovery/",
                " direct:start-recovery",
                "language:simple:${bean:x}",
            })
    void sendingToAnythingButATriggerIsRefusedBeforeJolokiaSeesIt(String endpoint) {
        ObjectNode send = send(endpoint, "reason", Map.of());
        assertThat(jolokia("ada", send.toString()).status()).isEqualTo(403);
        ArrayNode bulk = JSON.createArrayNode()
                .add(JSON.createObjectNode().put("type", "version"))
                .add(send);
        Answer refused = jolokia("ada", bulk.toString());
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.json().get("code").asText()).isEqualTo("jolokia_refused");
    }

    @Test
    void tricksWithTheFormOfARequestDoNotGetPastTheGate() {
        String send = send("exec:id", "x", Map.of()).toString();
        assertThat(jolokia("ada", send.replaceFirst("\\{", "{\"type\":\"read\","))
                        .status())
                .as("type twice")
                .isEqualTo(403);
        assertThat(jolokia("ada", send.replace("\"exec\"", "\"EXEC\"")).status())
                .as("upper case")
                .isEqualTo(403);
        assertThat(jolokia("ada", "[[" + send + "]]").status()).as("nested").isEqualTo(403);
        assertThat(jolokia(
                                "ada",
                                "{\"type\":\"read\",\"mbean\":\"java.lang:type=Memory\",\"target\":{\"url\":\"service:jmx:rmi:///x\"}}")
                        .status())
                .as("another JVM")
                .isEqualTo(403);
        assertThat(jolokia("ada", "not json").status()).isEqualTo(403);
        for (String path : List.of(
                JOLOKIA + "/exec/org.apache.camel:context=dr-runbook,type=context,name=!%22dr-runbook!%22/sendBody/x/y",
                JOLOKIA + "/read/java.lang:type=Memory",
                JOLOKIA + "?p=exec/java.lang:type=Memory/gc",
                "/actuator/jolokia/exec/java.lang:type=Memory/gc")) {
            assertThat(as("ada", "GET", path, "").status()).as(path).isIn(400, 403);
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            write an attribute      | {"type":"write","mbean":"java.lang:type=Memory","attribute":"Verbose","value":true}
            collect garbage         | {"type":"exec","mbean":"java.lang:type=Memory","operation":"gc"}
            a logger's level        | {"type":"exec","mbean":"java.util.logging:type=Logging","operation":"setLoggerLevel","arguments":["x","ALL"]}
            dump the heap           | {"type":"exec","mbean":"com.sun.management:type=HotSpotDiagnostic","operation":"dumpHeap","arguments":["x",true]}
            a diagnostic command    | {"type":"exec","mbean":"com.sun.management:type=DiagnosticCommand","operation":"vmSystemProperties"}
            system properties       | {"type":"read","mbean":"java.lang:type=Runtime","attribute":"SystemProperties"}
            arguments of the JVM    | {"type":"read","mbean":"java.lang:type=Runtime","attribute":"InputArguments"}
            stop the context        | {"type":"exec","mbean":"org.apache.camel:context=dr-runbook,type=context,name=\\"dr-runbook\\"","operation":"stop"}
            stop a route            | {"type":"exec","mbean":"org.apache.camel:context=dr-runbook,type=routes,name=\\"select-backup\\"","operation":"stop()"}
            change a route          | {"type":"exec","mbean":"org.apache.camel:context=dr-runbook,type=routes,name=\\"select-backup\\"","operation":"updateRouteFromXml","arguments":["<route/>"]}
            try an endpoint         | {"type":"exec","mbean":"org.apache.camel:context=dr-runbook,type=context,name=\\"dr-runbook\\"","operation":"canSendToEndpoint(java.lang.String)","arguments":["exec:id"]}
            make an endpoint        | {"type":"exec","mbean":"org.apache.camel:context=dr-runbook,type=context,name=\\"dr-runbook\\"","operation":"createEndpoint","arguments":["exec:id"]}
            ask an endpoint         | {"type":"exec","mbean":"org.apache.camel:context=dr-runbook,type=context,name=\\"dr-runbook\\"","operation":"requestBody","arguments":["exec:id","x"]}
            register for news       | {"type":"notification","command":"register"}
            """)
    void evenAnAdministratorDoesNothingOverJolokiaButReadAndStart(String what, String request) {
        Answer answer = jolokia("ada", request);
        int status = answer.status() == 200 ? answer.json().get("status").asInt() : answer.status();
        assertThat(status).as(what + ": " + answer).isIn(403, 404);
    }

    @Test
    void everyOperationOfEveryBeanIsRefusedUnlessItReadsOrStarts() {
        JsonNode domains = jolokia("ada", "{\"type\":\"list\"}").json().get("value");
        List<String> allowed = new ArrayList<>();
        domains.fields()
                .forEachRemaining(domain -> domain.getValue()
                        .fields()
                        .forEachRemaining(bean -> bean.getValue()
                                .path("op")
                                .fieldNames()
                                .forEachRemaining(operation -> {
                                    String name = domain.getKey() + ":" + bean.getKey();
                                    boolean reads = operation.matches(
                                                    "(dump|get|list|browse|explain|canInvoke|componentNames).*")
                                            && name.matches("(org\\.apache\\.camel|hawtio|jolokia).*");
                                    boolean starts =
                                            operation.matches("(canSendToEndpoint|send|start(Recovery|Drill|Plan))")
                                                    && name.matches("io\\.drrunbook:type=(Runbook|Triggers)");
                                    if (!reads && !starts && !refuses(name, operation)) {
                                        allowed.add(name + " " + operation);
                                    }
                                })));
        assertThat(allowed).isEmpty();
    }

    @Test
    void aViewerReadsInTheConsoleAndStartsNothing() {
        String read =
                "{\"type\":\"read\",\"mbean\":\"org.apache.camel:context=*,type=context,*\",\"attribute\":\"State\"}";
        assertThat(jolokia("vera", read).json().get("status").asInt()).isEqualTo(200);
        assertThat(jolokia(
                                "vera",
                                send("direct:start-drill", "why", Map.of("application", "shop"))
                                        .toString())
                        .status())
                .isEqualTo(403);
        assertThat(jolokia("vera", operation("startDrill", "shop", "", "why")).status())
                .isEqualTo(403);
    }

    @Test
    void theConsoleStartsRunsByTheOperationsOfABeanAndByMessages() {
        Answer missing = jolokia("ada", operation("startRecovery", "shop", "", " ", "shop"));
        assertThat(missing.body()).contains("reason is empty");
        Answer unconfirmed = jolokia("ada", operation("startRecovery", "shop", "", "why", "ship"));
        assertThat(unconfirmed.body()).contains("confirm must repeat");
        assertThat(jolokia("otto", operation("startRecovery", "shop", "", "why", "shop"))
                        .body())
                .contains("needs the role admin");

        JsonNode recovery = started(jolokia("ada", operation("startRecovery", "shop", "", "by operation", "shop")));
        assertThat(recovery.get("trigger").asText()).isEqualTo("console");
        assertThat(recovery.get("initiated_by").asText()).isEqualTo("ada");
        assertThat(recovery.get("mode").asText()).isEqualTo("recovery");
        assertThat(recovery.get("status").asText()).as(recovery.toString()).isEqualTo("succeeded");

        ObjectNode message = send("direct:start-drill", "by message", Map.of("application", "shop"));
        Answer sent = jolokia("otto", message.toString());
        assertThat(sent.json().get("status").asInt()).as(sent.body()).isEqualTo(200);
        JsonNode drill = service.await(
                service.get("/api/v1/runs?limit=1").json().at("/0/id").asText());
        assertThat(drill.get("mode").asText()).isEqualTo("drill");
        assertThat(drill.get("reason").asText()).isEqualTo("by message");
        assertThat(drill.get("initiated_by").asText()).isEqualTo("otto");
        assertThat(journal())
                .anySatisfy(event -> assertThat(event).contains("refused", "console", "confirmation_wrong", "ada"));
    }

    @Test
    void theCountersOfRoutesAndStepsMoveAndEveryRouteIsDescribed() {
        String context = "org.apache.camel:context=dr-runbook,type=context,name=\"dr-runbook\"";
        String stats = jolokia(
                        "vera",
                        JSON.createObjectNode()
                                .put("type", "exec")
                                .put("mbean", context)
                                .put("operation", "dumpRoutesStatsAsXml(boolean,boolean)")
                                .set(
                                        "arguments",
                                        JSON.createArrayNode().add(true).add(true))
                                .toString())
                .json()
                .path("value")
                .asText();
        assertThat(stats).contains("<routeStat id=\"select-backup\"", "<processorStat id=");
        String read = JSON.createObjectNode()
                .put("type", "read")
                .put("mbean", "org.apache.camel:context=dr-runbook,type=steps,*")
                .put("attribute", "ExchangesTotal")
                .toString();
        JsonNode before = jolokia("vera", read).json().get("value");
        service.await(service.start("drill", "shop", null));
        JsonNode after = jolokia("vera", read).json().get("value");
        assertThat(after).hasSize(7);
        assertThat(total(after)).isGreaterThanOrEqualTo(total(before) + 4);
        JsonNode descriptions = jolokia(
                        "vera",
                        "{\"type\":\"read\",\"mbean\":\"org.apache.camel:context=dr-runbook,type=routes,*\",\"attribute\":\"Description\"}")
                .json()
                .get("value");
        assertThat(descriptions)
                .hasSizeGreaterThan(60)
                .allSatisfy(
                        route -> assertThat(route.get("Description").asText()).hasSizeGreaterThan(20));
    }

    // --- asking ---

    private static long total(JsonNode counters) {
        long total = 0;
        for (JsonNode counter : counters) {
            total += counter.get("ExchangesTotal").asLong();
        }
        return total;
    }

    private static JsonNode started(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        String text = answer.json().get("value").asText();
        assertThat(text).as(answer.body()).matches("run [0-9a-f-]{36} is queued;.*");
        return service.await(text.substring(4, 40));
    }

    private static boolean refuses(String bean, String operation) {
        ObjectNode request =
                JSON.createObjectNode().put("type", "exec").put("mbean", bean).put("operation", operation + "()");
        Answer answer = jolokia("ada", request.toString());
        int status = answer.status() == 200 ? answer.json().get("status").asInt() : answer.status();
        return status == 403;
    }

    private static String operation(String name, String... arguments) {
        ObjectNode request = JSON.createObjectNode()
                .put("type", "exec")
                .put("mbean", "io.drrunbook:type=Runbook")
                .put("operation", name);
        List.of(arguments).forEach(request.putArray("arguments")::add);
        return request.toString();
    }

    private static ObjectNode send(String endpoint, String body, Map<String, String> headers) {
        ObjectNode request = JSON.createObjectNode()
                .put("type", "exec")
                .put("mbean", "org.apache.camel:context=dr-runbook,type=context,name=\"dr-runbook\"")
                .put("operation", "sendBodyAndHeaders(java.lang.String, java.lang.Object, java.util.Map)");
        ArrayNode arguments = request.putArray("arguments").add(endpoint).add(body);
        arguments.addPOJO(headers);
        return request;
    }

    private static Answer jolokia(String user, String request) {
        return as(user, "POST", JOLOKIA, request);
    }

    private static JsonNode refusal(String user, String mode) {
        Answer answer = as(user, "POST", "/api/v1/runs", request(mode));
        assertThat(answer.status()).isEqualTo(403);
        return answer.json();
    }

    private static String request(String mode) {
        return JSON.createObjectNode()
                .put("mode", mode)
                .put("application", "shop")
                .put("reason", "a test")
                .put("confirm", "shop")
                .toString();
    }

    private static Answer wrong(String user) {
        return service.call("GET", "/api/v1/runs", "", "Authorization", ServiceProcess.basic(user, "wrong"));
    }

    private static Answer as(String user, String method, String path, String body) {
        String[] headers = {
            "Authorization", ServiceProcess.basic(user, PASSWORDS.get(user)), "Content-Type", "application/json"
        };
        return service.call(method, path, method.equals("GET") ? "" : body, headers);
    }

    private static List<String> journal() {
        List<String> events = new ArrayList<>();
        JsonNode page;
        long last = 0;
        do {
            page = as("ada", "GET", "/api/v1/journal?limit=200&after=" + last, "")
                    .json();
            page.forEach(event -> events.add(event.toString()));
            last = page.isEmpty() ? last : page.get(page.size() - 1).get("id").asLong();
        } while (!page.isEmpty());
        return events;
    }
}
