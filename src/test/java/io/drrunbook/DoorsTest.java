package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.drrunbook.world.Certificate;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.ServiceProcess.Answer;
import io.drrunbook.world.World;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.security.crypto.bcrypt.BCryptPasswordEncoder;

/** Every door of a service that stands behind a proxy, tried by those who should not come in and by those who should. */
@InWorld
class DoorsTest {

    private static final Set<String> ACTIVE = Set.of("queued", "running", "waiting");
    private static final String JOLOKIA = "/actuator/hawtio/jolokia";
    private static final String READ =
            "{\"type\":\"read\",\"mbean\":\"java.lang:type=Memory\",\"attribute\":\"Verbose\"}";
    private static final Map<String, String> PASSWORDS =
            Map.of("admin", ServiceProcess.PASSWORD, "bob", "bob's password", "vera", "vera's password");

    private static World world;
    private static ServiceProcess service;
    private static HttpsServer receiver;

    @BeforeAll
    static void start(World given) throws IOException {
        world = given;
        world.createShop(50);
        Certificate own = Certificate.make(world.directory().resolve("authority"));
        receiver = HttpsServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        receiver.setHttpsConfigurator(new HttpsConfigurator(own.context()));
        receiver.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        receiver.start();
        BCryptPasswordEncoder bcrypt = new BCryptPasswordEncoder(4);
        service = world.service(
                        "service", world.application("shop", "kubernetes", world.shop.healthUrl(), 30), """
                        dr.recovery: {approvals: 1, approval-timeout: 30s, approval-check: 200}
                        dr.users:
                          bob: {role: admin, password: "{bcrypt}%s"}
                          vera: {role: viewer, password: "{bcrypt}%s"}
                        dr.authorities-file: %s
                        dr.alerts: {interval: 200, webhook: {url: "https://127.0.0.1:%d/hook"}}
                        server.forward-headers-strategy: native
                        server.tomcat.remoteip.internal-proxies: '127\\.0\\.0\\.1'
                        """.formatted(
                                        bcrypt.encode(PASSWORDS.get("bob")),
                                        bcrypt.encode(PASSWORDS.get("vera")),
                                        own.pem(),
                                        receiver.getAddress().getPort()))
                .start();
        assertThat(service.takeBackup("shop").status()).isEqualTo(201);
    }

    @AfterAll
    static void stop() {
        receiver.stop(0);
    }

    // --- paths ---

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/actuator/%6aolokia",
                "/actuator/hawtio/%6aolokia",
                "/%61ctuator/jolokia",
                "/actuator//jolokia",
                "//actuator/jolokia",
                "/actuator/jolokia;x",
                "/actuator;x=1/jolokia",
                "/;/actuator/jolokia",
                "/assets/../actuator/jolokia",
                "/assets/%2e%2e/actuator/jolokia",
                "/assets/..;/actuator/jolokia",
                "/actuator/./jolokia",
                "/actuator/%2e/jolokia",
                "/actuator/jolokia/.",
                "/actuator/jolokia.",
                "/actuator/%256aolokia",
                "/actuator%2fjolokia",
                "/actuator\\jolokia",
                "/actuator/%5cjolokia",
                "/actuator/jolokia%00",
            })
    void noOtherSpellingOfJolokiasPathIsAnsweredAndNoneMakesATrace(String path) throws IOException {
        String before = service.log();
        for (String login :
                List.of("", "Authorization: " + ServiceProcess.basic("admin", PASSWORDS.get("admin")) + "\r\n")) {
            assertThat(statusOf("POST " + path, login, READ)).as(path).isEqualTo(400);
            assertThat(statusOf("GET " + path, login, "")).as(path).isEqualTo(400);
        }
        assertThat(service.log().substring(before.length())).doesNotContain("\tat ", "Exception");
    }

    @Test
    void theNameOfAnObjectIsNeverEvaluated() {
        world.r2.put("dr/shop/${bean:rollBack?method=check}.dump", "PGDMP".getBytes(StandardCharsets.UTF_8));
        world.r2.put("dr/shop/$simple{sysenv.HOME}.json", "{}".getBytes(StandardCharsets.UTF_8));
        Answer backups = as("admin", "GET", "/api/v1/backups", "");
        assertThat(backups.status()).isEqualTo(200);
        assertThat(backups.json()).hasSizeGreaterThanOrEqualTo(1);
        assertThat(backups.body()).doesNotContain("$simple", "${");
        assertThat(service.log()).contains("an object whose key contains an expression is passed over");
    }

    // --- other sites ---

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Origin         | https://evil.example
            Origin         | null
            Origin         | http://127.0.0.1
            Origin         | http://127.0.0.1.evil.example
            Sec-Fetch-Site | cross-site
            Sec-Fetch-Site | same-site
            """)
    void aPageOfAnotherSiteStartsNothingWithABrowsersPassword(String header, String value) {
        for (String path : List.of("/api/v1/runs", JOLOKIA, "/runs/00000000-0000-0000-0000-000000000000/cancel")) {
            Answer answer = as("admin", "POST", path, READ, header, value);
            assertThat(answer.status()).as(path).isEqualTo(403);
            assertThat(answer.json().get("code").asText()).as(path).isEqualTo("other_site");
        }
    }

    @Test
    void aPageOfTheServiceNeedsItsTokenAlsoWithBasicAndAProgramDoesNot() {
        Answer page = as("admin", "POST", "/api/v1/runs", "{}", "Origin", service.url());
        assertThat(page.status()).isEqualTo(403);
        assertThat(page.json().get("code").asText()).isEqualTo("csrf");
        assertThat(as("admin", "POST", "/api/v1/runs", "{}", "Sec-Fetch-Site", "same-origin")
                        .status())
                .isEqualTo(403);
        assertThat(service.call(
                                "POST",
                                "/api/v1/runs",
                                "{}",
                                "Authorization",
                                "Digest username=admin",
                                "Content-Type",
                                "application/json")
                        .json()
                        .get("code")
                        .asText())
                .isEqualTo("csrf");
        assertThat(as("admin", "POST", "/api/v1/runs", "{}").status()).isEqualTo(400);
        assertThat(as(
                                "admin",
                                "POST",
                                JOLOKIA,
                                READ,
                                "Sec-Fetch-Site",
                                "same-origin",
                                "Cookie",
                                "XSRF-TOKEN=t",
                                "X-XSRF-TOKEN",
                                "t",
                                "X-Forwarded-Proto",
                                "https",
                                "Origin",
                                service.url().replace("http", "https"))
                        .json()
                        .get("status")
                        .asInt())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /actuator/jolokia", "GET, /actuator/hawtio/jolokia", "POST, /actuator/jolokia",
                "POST, /actuator/hawtio/jolokia",
        "GET, /actuator/hawtio/index.html", "GET, /api/v1/status", "GET, /actuator/health",
                "OPTIONS, /actuator/jolokia",
        "OPTIONS, /api/v1/runs", "GET, /", "GET, /assets/page.css"
    })
    void noAnswerTellsABrowserThatAnotherSiteMayReadIt(String method, String path) {
        Answer answer = as(
                "admin",
                method,
                path,
                method.equals("POST") ? READ : "",
                "Origin",
                "https://evil.example",
                "Access-Control-Request-Method",
                "POST");
        assertThat(answer.header().apply("Access-Control-Allow-Origin")).isEmpty();
        assertThat(answer.header().apply("Access-Control-Allow-Credentials")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "Accept, */*, true",
        "User-Agent, curl/8.0, true",
        "Accept, 'text/html,*/*', false",
        "User-Agent, Mozilla/5.0 (X11; Linux), false",
        "Sec-Fetch-Mode, no-cors, false",
        "Origin, https://evil.example, false",
    })
    void onlyAProgramIsAskedForBasic(String header, String value, boolean asked) {
        Answer answer = service.call("GET", "/api/v1/runs", "", header, value);
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.header().apply("WWW-Authenticate").startsWith("Basic"))
                .isEqualTo(asked);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "x", ""})
    void onlyJsonIsReadWhereProgramsCall(String type) {
        String run = "/api/v1/runs/00000000-0000-0000-0000-000000000000";
        for (String path : List.of("/api/v1/runs", "/api/v1/backups", run + "/cancel", run + "/approve", JOLOKIA)) {
            String[] headers = type.isEmpty()
                    ? new String[] {"Authorization", ServiceProcess.basic("admin", PASSWORDS.get("admin"))}
                    : new String[] {
                        "Authorization", ServiceProcess.basic("admin", PASSWORDS.get("admin")), "Content-Type", type
                    };
            Answer answer = service.call("POST", path, READ, headers);
            assertThat(answer.status()).as(path).isEqualTo(415);
            assertThat(answer.json().get("code").asText()).as(path).isEqualTo("content_type_wrong");
        }
    }

    // --- Jolokia ---

    @Test
    void aViewersSmallRequestDoesNotMakeALargeAnswer() {
        String everything = "{\"type\":\"read\",\"mbean\":\"*:*\"}";
        String bulk = "[" + (everything + ",").repeat(399) + everything + "]";
        long began = System.nanoTime();
        Answer refused = as("vera", "POST", JOLOKIA, bulk);
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.body()).contains("too much is asked for at once");
        Answer once = as("vera", "POST", JOLOKIA + "?maxDepth=0&maxObjects=0&maxCollectionSize=0", everything);
        assertThat(once.status()).isEqualTo(200);
        assertThat(once.body().length()).isLessThan(8_000_000);
        assertThat(as("vera", "POST", JOLOKIA, "{\"type\":\"list\"}")
                        .json()
                        .get("status")
                        .asInt())
                .isEqualTo(200);
        assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
    }

    // --- behind a proxy ---

    @Test
    void behindAProxyThatEndsTlsCookiesAreSecureAndTheJournalHasTheAddressOfWhoeverAsked() {
        Answer page = service.call("GET", "/login", "", "X-Forwarded-Proto", "https", "X-Forwarded-For", "203.0.113.9");
        assertThat(page.header().apply("Set-Cookie")).contains("Secure");
        assertThat(page.header().apply("Strict-Transport-Security")).contains("max-age");
        for (int i = 0; i < 5; i++) {
            assertThat(wrong("bob", "203.0.113.9").status()).isEqualTo(401);
        }
        assertThat(wrong("bob", "203.0.113.9").json().get("code").asText()).isEqualTo("locked");
        assertThat(as("bob", "GET", "/api/v1/runs", "", "X-Forwarded-For", "203.0.113.10")
                        .status())
                .isEqualTo(200);
        assertThat(journal()).anySatisfy(event -> assertThat(event).contains("login_failed", "203.0.113.9", "bob"));
    }

    @Test
    void anAlertReachesAReceiverWithACertificateOfTheCompanysOwnAuthority() {
        String id = as("admin", "POST", "/api/v1/alerts/test", "{}")
                .json()
                .at("/0/id")
                .asText();
        JsonNode alert = Awaitility.await()
                .until(
                        () -> as("admin", "GET", "/api/v1/alerts/" + id, "").json(),
                        now -> now.at("/deliveries/0/status").asText().equals("delivered"));
        assertThat(alert.at("/deliveries/0/receipt").asText()).contains("204");
    }

    // --- two people ---

    @Test
    void noOnePersonAloneRecoversRollsBackOrGoesOn() {
        String token = as("admin", "POST", "/api/v1/tokens", "{\"name\":\"mine\",\"role\":\"admin\"}")
                .json()
                .get("token")
                .asText();
        String second = service.call(
                        "POST",
                        "/api/v1/tokens",
                        "{\"name\":\"of a token\",\"role\":\"admin\"}",
                        "Authorization",
                        "Bearer " + token,
                        "Content-Type",
                        "application/json")
                .json()
                .get("token")
                .asText();
        String run = service.recover("shop");
        for (String mine : List.of(token, second)) {
            Answer approval = service.call("POST", path(run, "approve"), "", "Authorization", "Bearer " + mine);
            assertThat(approval.status()).as(approval.body()).isEqualTo(403);
            assertThat(approval.json().get("code").asText()).isEqualTo("approval_by_same_person");
            assertThat(approval.body()).contains("admin");
        }
        world.kubernetes.stuck(true);
        approved(run);
        assertThat(ended(run).get("status").asText()).isEqualTo("failed");
        world.kubernetes.stuck(false);

        JsonNode resumed = as("admin", "POST", path(run, "resume"), "").json();
        assertThat(resumed.get("status").asText()).isEqualTo("waiting");
        assertThat(as("admin", "POST", path(run, "approve"), "").status()).isEqualTo(403);
        assertThat(as("admin", "POST", path(run, "cancel"), "")
                        .json()
                        .get("status")
                        .asText())
                .isEqualTo("failed");
        assertThat(as("admin", "POST", path(run, "resume"), "").status()).isEqualTo(202);
        approved(run);
        JsonNode succeeded = ended(run);
        assertThat(succeeded.get("status").asText()).as(succeeded.toString()).isEqualTo("succeeded");

        assertThat(as("bob", "POST", path(run, "rollback"), "")
                        .json()
                        .get("status")
                        .asText())
                .isEqualTo("waiting");
        assertThat(as("bob", "POST", path(run, "approve"), "").status()).isEqualTo(403);
        assertThat(as("bob", "POST", path(run, "cancel"), "")
                        .json()
                        .get("end_time")
                        .asText())
                .isEqualTo(succeeded.get("end_time").asText());
        assertThat(as("admin", "POST", path(run, "rollback"), "").status()).isEqualTo(202);
        approved(run);
        assertThat(ended(run).get("status").asText()).isEqualTo("rolled_back");
        assertThat(service.events(run)).contains("its rollback waits for", "no rollback: cancelled by bob");
    }

    // --- asking ---

    private static void approved(String run) {
        Answer answer = as("bob", "POST", path(run, "approve"), "");
        assertThat(answer.status()).as(answer.body()).isEqualTo(202);
    }

    private static JsonNode ended(String run) {
        return Awaitility.await()
                .atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(200))
                .until(
                        () -> service.run(run),
                        now -> !ACTIVE.contains(now.get("status").asText()));
    }

    private static String path(String run, String action) {
        return "/api/v1/runs/" + run + "/" + action;
    }

    private static Answer wrong(String user, String address) {
        return service.call(
                "GET",
                "/api/v1/runs",
                "",
                "Authorization",
                ServiceProcess.basic(user, "wrong"),
                "X-Forwarded-For",
                address);
    }

    private static Answer as(String user, String method, String path, String body, String... more) {
        List<String> headers = new ArrayList<>(List.of(
                "Authorization", ServiceProcess.basic(user, PASSWORDS.get(user)), "Content-Type", "application/json"));
        headers.addAll(List.of(more));
        return service.call(method, path, body, headers.toArray(String[]::new));
    }

    /** As it stands there: HttpClient would refuse some of these paths, or put them right. */
    private static int statusOf(String request, String headers, String body) throws IOException {
        URI url = URI.create(service.url());
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream()
                    .write((request + " HTTP/1.1\r\nHost: " + url.getAuthority() + "\r\nConnection: close\r\n" + headers
                                    + "Content-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                                    + body)
                            .getBytes(StandardCharsets.ISO_8859_1));
            BufferedReader answer =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            return Integer.parseInt(answer.readLine().split(" ")[1]);
        }
    }

    private static List<String> journal() {
        List<String> events = new ArrayList<>();
        long last = 0;
        JsonNode page;
        do {
            page = as("admin", "GET", "/api/v1/journal?limit=200&after=" + last, "")
                    .json();
            page.forEach(event -> events.add(event.toString()));
            last = page.isEmpty() ? last : page.get(page.size() - 1).get("id").asLong();
        } while (!page.isEmpty());
        return events;
    }
}
