package io.drrunbook.alert;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.drrunbook.client.DrClient;
import io.drrunbook.world.Certificate;
import io.drrunbook.world.Ports;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.ServiceProcess.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** Alerts of the real service process on its H2 journal: real runs, TLS to every receiver, kills and restarts. */
@Tag("world")
class AlertServiceTest {

    private static final String MAIL_PASSWORD = "s3cret-of-the-mail-server";
    private static final String WEBHOOK_SECRET = "s3cret-of-the-webhook";
    private static final String WEBHOOK_PATH = "/services/T000/B000/t0ken-in-the-path";
    private static final String WEBHOOK_HEADER = "Bearer t0ken-in-a-header";
    private static final String SMS_TOKEN = "t0ken-of-the-gateway";
    private static final String[] SECRETS = {
        MAIL_PASSWORD, WEBHOOK_SECRET, "t0ken-in-the-path", "t0ken-in-a-header", SMS_TOKEN
    };

    @TempDir
    static Path directory;

    private static MailReceiver mail;
    private static CallReceiver webhook;
    private static CallReceiver gateway;
    private static ServiceProcess service;
    private static String journalUrl;

    @BeforeAll
    static void start() throws Exception {
        Certificate certificate = Certificate.make(directory, "ip:127.0.0.1");
        mail = new MailReceiver().startTls(certificate.context(), MAIL_PASSWORD);
        webhook = new CallReceiver(certificate.context());
        gateway = new CallReceiver(certificate.context()).answers(201, "{\"sid\": \"SM4711\"}");
        Path store = Files.createDirectories(directory.resolve("store/shop"));
        Files.writeString(
                store.resolve("backup_full_database_20260101_120000.dump"), "PGDMP, and no archive all the same");
        journalUrl = "jdbc:h2:file:" + directory.resolve("home/data/journal")
                + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;WRITE_DELAY=0;LOCK_TIMEOUT=20000;DB_CLOSE_ON_EXIT=FALSE";
        String settings = """
                dr:
                  work-directory: %1$s/home/data/work
                  admin-password: %2$s
                  public-url: https://dr.example.org
                  stores:
                    r2: {endpoint: "http://127.0.0.1:%3$d", bucket: gone, access-key: key, secret-key: secret}
                    local: {directory: %1$s/store}
                  applications:
                    shop:
                      database: {host: 127.0.0.1, port: 1, name: shop, username: shop}
                      health: {url: "http://127.0.0.1:1/health"}
                  restore: {foreign: when-nothing-else}
                  watch: {interval: 500}
                  alerts:
                    interval: 100
                    timeout: 3000
                    retry-delay: 500ms
                    email: {host: 127.0.0.1, port: %4$d, username: %5$s, password: %6$s, from: dr@example.org, to: [ops@example.org]}
                    webhook: {url: "%7$s%8$s", secret: %9$s, headers: {Authorization: %10$s}}
                    sms: {url: "%11$s/{account}/Messages.json", account: AC1, token: %12$s, from: DR, to: ["+15005550006"]}
                spring.datasource.url: %13$s
                """.formatted(
                        directory,
                        ServiceProcess.PASSWORD,
                        Ports.free(),
                        mail.port(),
                        MailReceiver.USER,
                        MAIL_PASSWORD,
                        webhook.url(),
                        WEBHOOK_PATH,
                        WEBHOOK_SECRET,
                        WEBHOOK_HEADER,
                        gateway.url(),
                        SMS_TOKEN,
                        journalUrl);
        service = new ServiceProcess(directory.resolve("home"), settings)
                .withJvm(
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Djavax.net.ssl.trustStore=" + certificate.keyStore(),
                        "-Djavax.net.ssl.trustStorePassword=" + Certificate.PASSWORD)
                .start();
    }

    @AfterAll
    static void stop() {
        service.close();
        mail.close();
        webhook.close();
        gateway.close();
    }

    @BeforeEach
    void givenAServiceThatRuns() {
        assertThat(service.get("/api/v1/alerts").status()).isEqualTo(200);
    }

    @Test
    void aFailedRecoveryReachesPeopleByEveryChannelOverTls() throws Exception {
        String run = failedRun();

        JsonNode alert = delivered(run, "recovery_failed");

        assertThat(alert.get("severity").asText()).isEqualTo("critical");
        MailReceiver.Letter letter = mail.letters().stream()
                .filter(one -> one.subject().equals("[critical] shop: recovery failed"))
                .findFirst()
                .orElseThrow();
        assertThat(mail.overTls()).containsOnly(true);
        assertThat(letter.text())
                .contains("https://dr.example.org/runs/" + run)
                .containsPattern("1  Select backup +completed")
                .containsPattern("[34]  .* +failed");
        CallReceiver.Call call = webhook.calls("\"kind\":\"recovery_failed\"").get(0);
        assertThat(call.target()).isEqualTo(WEBHOOK_PATH);
        assertThat(call.headers())
                .containsEntry("authorization", WEBHOOK_HEADER)
                .containsEntry("x-dr-signature", call.expectedSignature(WEBHOOK_SECRET));
        assertThat(call.json().at("/run/steps/0/status").asText()).isEqualTo("completed");
        assertThat(gateway.calls()).anySatisfy(text -> {
            assertThat(text.target()).isEqualTo("/AC1/Messages.json");
            assertThat(text.form().get("Body")).startsWith("[critical] shop: recovery failed");
        });
    }

    @Test
    void aStoreThatIsDownIsAnAlertAndOnlyTheCriticalGoToThePhone() {
        JsonNode alert = Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(() -> alerts("store_down"), found -> !found.isEmpty())
                .get(0);

        assertThat(alert.get("message").asText()).contains("store r2 is down");
        assertThat(alert.get("deliveries"))
                .extracting(delivery -> delivery.get("channel").asText())
                .containsExactly("email", "webhook");
    }

    @Test
    void whatWasNotDeliveredWhenTheServiceWasKilledIsDeliveredOnceBehindTheRestart() {
        webhook.away();
        JsonNode test = service.post("/api/v1/alerts/test", "").json().get(0);
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(() -> service.get("/api/v1/alerts/" + test.get("id").asText())
                        .json()
                        .at("/deliveries/2/error")
                        .asText()
                        .equals("connection refused"));
        service.kill();
        webhook.back();
        service.start();

        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(() -> allDelivered(
                        service.get("/api/v1/alerts/" + test.get("id").asText()).json()));

        assertThat(webhook.calls(test.get("id").asText())).hasSize(1);
        assertThat(mail.letters())
                .filteredOn(letter -> letter.text().contains(test.get("id").asText()))
                .hasSize(1);
        assertThat(alerts("store_down")).as("nothing is raised again").hasSize(1);
    }

    @Test
    void anAlertIsAcknowledgedOverTheApiAndRefusalsHaveTheirCodes() {
        JsonNode test = service.post("/api/v1/alerts/test", "").json().get(0);
        String path = "/api/v1/alerts/" + test.get("id").asText();

        Answer answer = service.post(path + "/acknowledge", "");

        assertThat(answer.status()).isEqualTo(202);
        assertThat(answer.json().get("acknowledged_by").asText()).isEqualTo("admin");
        assertThat(service.post(path + "/acknowledge", "").status()).isEqualTo(202);
        assertThat(service.get("/api/v1/alerts?open=true").body())
                .doesNotContain(test.get("id").asText());
        for (String unknown : List.of("3f0e", "6f1c2b9e-5f43-4f0e-9d37-0b6a3c1d2e4f")) {
            Answer refusal = service.post("/api/v1/alerts/" + unknown + "/acknowledge", "");
            assertThat(refusal.status()).isEqualTo(404);
            assertThat(refusal.json().get("code").asText()).isEqualTo("alert_unknown");
        }
        assertThat(service.get("/api/v1/alerts?limit=0").status()).isEqualTo(400);
        assertThat(service.anonymously("/api/v1/alerts")).isEqualTo(401);
    }

    @Test
    void theCommandSendsATestAndWaitsForTheReceipts() {
        Map<String, String> environment = Map.of("DR_URL", service.url(), "DR_PASSWORD", ServiceProcess.PASSWORD);
        int before = webhook.calls("\"kind\":\"test\"").size();

        assertThat(DrClient.run(environment, "alert-test")).isZero();
        assertThat(DrClient.run(environment, "alerts", "--open")).isZero();

        assertThat(webhook.calls("\"kind\":\"test\"")).hasSize(before + 1);
    }

    @Test
    void noSecretIsInTheConsoleTheLogOrTheJournal() throws IOException {
        delivered(failedRun(), "recovery_failed");
        webhook.away();
        service.post("/api/v1/alerts/test", "");
        Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(() -> service.log().contains("connection refused"));
        webhook.back();

        String beans = service.post("/actuator/jolokia", "{\"type\":\"read\",\"mbean\":\"org.apache.camel:*\"}")
                .body();

        assertThat(beans).contains("alert-receiver", "dr-alerts-email").doesNotContain(SECRETS);
        assertThat(service.log()).doesNotContain(SECRETS);
        assertThat(service.get("/api/v1/alerts").body()).doesNotContain(SECRETS);
        service.stop();
        List<String> events = JdbcClient.create(new DriverManagerDataSource(journalUrl, "dr", ""))
                .sql("SELECT kind || content FROM events")
                .query(String.class)
                .list();
        service.start();
        assertThat(events)
                .anySatisfy(
                        event -> assertThat(event).startsWith("alert_delivered").contains("sid SM4711"))
                .allSatisfy(event -> assertThat(event).doesNotContain(SECRETS));
    }

    private static String failedRun() {
        String run = service.recover("shop");
        assertThat(service.await(run).get("status").asText()).isEqualTo("failed");
        return run;
    }

    /** The alert of that kind that has counted the run, once everybody has it. */
    private static JsonNode delivered(String run, String kind) {
        return Awaitility.await()
                .atMost(Duration.ofMinutes(2))
                .until(
                        () -> alerts(kind).stream()
                                .filter(alert -> alert.get("run_id").asText().equals(run) && allDelivered(alert))
                                .findFirst(),
                        java.util.Optional::isPresent)
                .orElseThrow();
    }

    private static boolean allDelivered(JsonNode alert) {
        List<String> statuses = new ArrayList<>();
        alert.get("deliveries")
                .forEach(delivery -> statuses.add(delivery.get("status").asText()));
        return statuses.stream().allMatch("delivered"::equals);
    }

    private static List<JsonNode> alerts(String kind) {
        List<JsonNode> found = new ArrayList<>();
        service.get("/api/v1/alerts?limit=200").json().forEach(alert -> {
            if (alert.get("kind").asText().equals(kind)) {
                found.add(alert);
            }
        });
        return found;
    }
}
