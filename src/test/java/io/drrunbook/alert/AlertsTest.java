package io.drrunbook.alert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.drrunbook.DrRunbook;
import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.ManifestSeal;
import io.drrunbook.run.Event;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Mode;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunStatus;
import io.drrunbook.run.Step;
import io.drrunbook.run.StepStatus;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.World;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What becomes an alert, and how it gets to people: the service's routes on a PostgreSQL journal, with real receivers. */
@InWorld
class AlertsTest {

    private static final String WEBHOOK_SECRET = "s3cret-of-the-webhook";
    private static final String WEBHOOK_TOKEN = "t0ken-in-the-path";
    private static final String SMS_TOKEN = "t0ken-of-the-gateway";
    private static final int ATTEMPTS = 4;

    @TempDir
    static Path directory;

    private static final AtomicInteger APPLICATIONS = new AtomicInteger();

    private static PostgresCluster postgres;
    private static MailReceiver mail;
    private static CallReceiver webhook;
    private static CallReceiver gateway;
    private static ConfigurableApplicationContext service;
    private static Journal journal;
    private static Alerts alerts;

    /** Of its own for each test, so that none is folded into another's. */
    private String application;

    @BeforeAll
    static void start(PostgresCluster server) throws IOException {
        postgres = server;
        postgres.execute("postgres", "CREATE DATABASE journal");
        mail = new MailReceiver().open();
        webhook = new CallReceiver();
        gateway = new CallReceiver();
        Files.createDirectories(directory.resolve("store"));
        service = new SpringApplicationBuilder(DrRunbook.class)
                .run(
                        "--server.port=0",
                        "--server.address=127.0.0.1",
                        "--spring.jmx.enabled=false",
                        "--spring.datasource.url=" + postgres.jdbcUrl("journal"),
                        "--spring.datasource.username=" + postgres.username(),
                        "--spring.datasource.password=" + postgres.password(),
                        "--dr.work-directory=" + directory.resolve("data/work"),
                        "--dr.admin-password=a-password",
                        "--dr.public-url=https://dr.example.org/",
                        "--dr.stores.local.directory=" + directory.resolve("store"),
                        "--dr.encryption.manifest-key=" + World.MANIFEST_KEY,
                        "--dr.applications.shop.database.host=127.0.0.1",
                        "--dr.applications.shop.database.name=shop",
                        "--dr.applications.shop.database.username=shop",
                        "--dr.applications.shop.health.url=http://127.0.0.1:1/health",
                        "--dr.watch.interval=200",
                        "--dr.alerts.interval=50",
                        "--dr.alerts.timeout=1000",
                        "--dr.alerts.attempts=" + ATTEMPTS,
                        "--dr.alerts.retry-delay=100ms",
                        "--dr.alerts.email.host=127.0.0.1",
                        "--dr.alerts.email.port=" + mail.port(),
                        "--dr.alerts.email.from=dr@example.org",
                        "--dr.alerts.email.to=one@example.org,two@example.org",
                        "--dr.alerts.email.tls=none",
                        "--dr.alerts.email.severity=warning",
                        "--dr.alerts.webhook.url=" + webhook.url() + "/hooks/" + WEBHOOK_TOKEN,
                        "--dr.alerts.webhook.secret=" + WEBHOOK_SECRET,
                        "--dr.alerts.webhook.headers.X-Team=platform",
                        "--dr.alerts.sms.url=" + gateway.url() + "/2010-04-01/Accounts/{account}/Messages.json",
                        "--dr.alerts.sms.account=AC123",
                        "--dr.alerts.sms.token=" + SMS_TOKEN,
                        "--dr.alerts.sms.from=+15005550001",
                        "--dr.alerts.sms.to=+15005550006");
        journal = service.getBean(Journal.class);
        alerts = service.getBean(Alerts.class);
    }

    @AfterAll
    static void stop() {
        service.close();
        mail.close();
        webhook.close();
        gateway.close();
    }

    @BeforeEach
    void givenReceiversThatAnswer() {
        application = "application-" + APPLICATIONS.incrementAndGet();
        webhook.answers(200, "ok");
        gateway.answers(201, "{\"sid\":\"SM4711\",\"status\":\"queued\"}");
    }

    @Test
    void aRecoveryThatSucceededIsInformationForThoseWhoWantIt() {
        Run run = admitted(Mode.RECOVERY);
        journal.moved(run.id(), RunStatus.SUCCEEDED, null);

        Alert alert = delivered("recovery_succeeded");

        assertThat(alert.severity()).isEqualTo(Severity.INFORMATION);
        assertThat(alert.runId()).isEqualTo(run.id());
        assertThat(alert.message()).contains(application, "within the RTO of 3600 s");
        assertThat(alert.deliveries()).extracting(Delivery::channel).containsExactly("webhook");
    }

    @Test
    void aRecoveryThatFailedGoesToEverybodyWithItsLogAndALink() throws Exception {
        Run run = failed(Mode.RECOVERY, "no_store_left", "no store has a good copy");

        Alert alert = delivered("recovery_failed");

        assertThat(alert.severity()).isEqualTo(Severity.CRITICAL);
        assertThat(alert.deliveries())
                .extracting(Delivery::channel, Delivery::recipient)
                .containsExactly(
                        tuple("email", "one@example.org"),
                        tuple("email", "two@example.org"),
                        tuple("sms", "+15005550006"),
                        tuple("webhook", "127.0.0.1"));
        String link = "https://dr.example.org/runs/" + run.id();
        MailReceiver.Letter letter = mail.letters().stream()
                .filter(one -> one.subject().contains(application) && one.to().equals("one@example.org"))
                .findFirst()
                .orElseThrow();
        assertThat(letter.subject()).isEqualTo("[critical] " + application + ": recovery failed");
        assertThat(letter.text())
                .contains("no store has a good copy", link, "a reason")
                .containsPattern("1  Select backup +pending")
                .containsPattern("7  Reroute traffic +pending");

        CallReceiver.Call call = webhook.calls(application).get(0);
        assertThat(call.method()).isEqualTo("POST");
        assertThat(call.target()).isEqualTo("/hooks/" + WEBHOOK_TOKEN);
        assertThat(call.headers())
                .containsEntry("content-type", "application/json")
                .containsEntry("x-team", "platform")
                .containsEntry("x-dr-signature", call.expectedSignature(WEBHOOK_SECRET));
        assertThat(Long.parseLong(call.headers().get("x-dr-timestamp")))
                .isCloseTo(Instant.now().getEpochSecond(), within(60L));
        JsonNode json = call.json();
        assertThat(json.get("text").asText())
                .startsWith("[critical] " + application + ": recovery failed")
                .endsWith(link);
        assertThat(json.get("id").asText()).isEqualTo(alert.id().toString());
        assertThat(json.get("severity").asText()).isEqualTo("critical");
        assertThat(json.at("/run/status").asText()).isEqualTo("failed");
        assertThat(json.at("/run/steps")).hasSize(7);

        CallReceiver.Call text = gateway.calls(application).get(0);
        assertThat(text.target()).isEqualTo("/2010-04-01/Accounts/AC123/Messages.json");
        assertThat(text.headers())
                .containsEntry("content-type", "application/x-www-form-urlencoded")
                .containsEntry("authorization", "Basic " + base64("AC123:" + SMS_TOKEN));
        assertThat(text.form()).containsOnlyKeys("From", "To", "Body").containsEntry("From", "+15005550001");
        assertThat(text.form().get("To")).isEqualTo("+15005550006");
        assertThat(text.form().get("Body")).endsWith(link).hasSizeLessThanOrEqualTo(320);
    }

    @Test
    void eachReceiptIsInTheJournal() {
        Run run = failed(Mode.RECOVERY, "no_backup", "there is none");

        Alert alert = delivered("recovery_failed");

        assertThat(delivery(alert, "sms").receipt()).isEqualTo("HTTP 201 sid SM4711");
        assertThat(delivery(alert, "webhook").receipt()).isEqualTo("HTTP 200 ok");
        assertThat(delivery(alert, "email").receipt())
                .startsWith("taken by 127.0.0.1:" + mail.port() + ", message id <");
        List<JsonNode> journaled = journaled(alert, "alert_delivered");
        assertThat(journaled)
                .extracting(event -> event.get("receipt").asText())
                .containsExactlyInAnyOrderElementsOf(
                        alert.deliveries().stream().map(Delivery::receipt).toList());
        assertThat(journal.events(run.id(), 0, 100).stream().map(Event::kind)).contains("alert_delivered");
        assertThat(journal.firstBrokenEvent()).isEmpty();
    }

    @Test
    void aLongMessageIsCutForATextMessageAndItsLinkIsKept() {
        Run run = failed(Mode.RECOVERY, "unexpected", "a very long story & more. ".repeat(100));

        delivered("recovery_failed");

        assertThat(gateway.calls(application).get(0).form().get("Body"))
                .hasSize(320)
                .endsWith("... https://dr.example.org/runs/" + run.id());
    }

    @Test
    void repeatsOfOneCauseAreCountedAndToldOnce() {
        failed(Mode.RECOVERY, "no_backup", "there is none");
        delivered("recovery_failed");
        failed(Mode.RECOVERY, "no_backup", "there is none");
        failed(Mode.RECOVERY, "no_backup", "there is still none");

        Alert folded = Awaitility.await().until(() -> only("recovery_failed"), alert -> alert.count() == 3);

        assertThat(folded.message()).contains("there is still none");
        assertThat(folded.lastAt()).isAfter(folded.at());
        failed(Mode.RECOVERY, "disk_full", "another cause");
        Awaitility.await().until(() -> of("recovery_failed").size() == 2);
        Awaitility.await()
                .untilAsserted(() -> assertThat(webhook.calls(application)).hasSize(2));
    }

    @Test
    void aRepeatAfterTheFoldingTimeIsToldAgain() {
        failed(Mode.DRILL, "no_backup", "there is none");
        Alert first = delivered("drill_failed");
        jdbc().sql("UPDATE alerts SET last_at = ? WHERE id = ?")
                .params(first.at().minus(Duration.ofMinutes(61)).atOffset(ZoneOffset.UTC), first.id())
                .update();

        failed(Mode.DRILL, "no_backup", "there is none");

        Awaitility.await()
                .untilAsserted(() -> assertThat(webhook.calls(application)).hasSize(2));
    }

    @Test
    void whatSomebodyHasSeenIsNotCountedUpInSilence() {
        failed(Mode.RECOVERY, "no_backup", "there is none");
        alerts.acknowledge(delivered("recovery_failed").id(), "admin");

        failed(Mode.RECOVERY, "no_backup", "there is none");

        Awaitility.await()
                .untilAsserted(() -> assertThat(webhook.calls(application)).hasSize(2));
    }

    @Test
    void aSuccessResolvesTheFailureBeforeAndTheNextFailureIsANewAlert() {
        failed(Mode.RECOVERY, "no_backup", "there is none");
        Run second = admitted(Mode.RECOVERY);
        journal.moved(second.id(), RunStatus.SUCCEEDED, null);
        Awaitility.await().until(() -> only("recovery_failed").resolvedAt() != null);

        failed(Mode.RECOVERY, "no_backup", "there is none");

        Awaitility.await()
                .untilAsserted(() -> assertThat(of("recovery_failed"))
                        .hasSize(2)
                        .filteredOn(alert -> alert.resolvedAt() == null)
                        .hasSize(1));
    }

    @Test
    void aPlanThatFailsAndACancelledRunAreNoAlerts() {
        failed(Mode.PLAN, "no_backup", "there is none");
        Run run = admitted(Mode.RECOVERY);
        journal.moved(run.id(), RunStatus.CANCELLED, new Journal.Failure("cancelled", "by admin"));
        failed(Mode.DRILL, "no_backup", "there is none");

        delivered("drill_failed");

        assertThat(ofApplication()).extracting(Alert::kind).containsExactly("drill_failed");
    }

    @Test
    void aRunThatWaitsForAPersonSaysWhatForAndIsResolvedWhenItGoesOn() {
        Run run = admitted(Mode.RECOVERY);
        journal.stepBegan(run.id(), 5);
        journal.stepDetail(run.id(), 5, "instruction", "restart web1 and web2");
        journal.stepEnded(run.id(), 5, StepStatus.MANUAL_REQUIRED, null);
        journal.moved(run.id(), RunStatus.WAITING, null);

        assertThat(delivered("waiting_for_person").message())
                .isEqualTo("the recovery of " + application + " waits for a person: restart web1 and web2");

        journal.moved(run.id(), RunStatus.QUEUED, null);
        Awaitility.await().until(() -> only("waiting_for_person").resolvedAt() != null);
        journal.moved(run.id(), RunStatus.SUCCEEDED, null);
    }

    @Test
    void aFailoverSaysWhichStoreFailedHow() {
        Run run = admitted(Mode.RECOVERY);
        journal.stepBegan(run.id(), 2);
        Map<String, String> r2 = Map.of("source", "r2", "outcome", "unreachable", "error", "connection refused");
        journal.stepDetail(run.id(), 2, "attempts", List.of(r2));
        journal.stepDetail(run.id(), 2, "attempts", List.of(r2, Map.of("source", "b2")));
        journal.moved(run.id(), RunStatus.SUCCEEDED, null);

        Alert alert = delivered("failover_used");

        assertThat(alert.severity()).isEqualTo(Severity.WARNING);
        assertThat(alert.count()).isEqualTo(1);
        assertThat(alert.message()).contains("from b2, because r2 failed: connection refused");
    }

    @Test
    void aMissedDrillAndAFailedBackupAreToldInTheWordsOfTheJournal() {
        journal.event(
                null,
                "drill_missed",
                Map.of(
                        "application", application,
                        "scheduled_at", "2026-02-01T03:00:00Z",
                        "message", "the drill of 3 o'clock was missed: the service was down"));
        journal.event(null, "backup_failed", Map.of("application", application, "message", "pg_dump says no"));

        assertThat(delivered("drill_missed").message()).contains("the service was down");
        assertThat(delivered("backup_failed").severity()).isEqualTo(Severity.CRITICAL);
        Run drill = admitted(Mode.DRILL);
        journal.moved(drill.id(), RunStatus.SUCCEEDED, null);
        Awaitility.await().until(() -> only("drill_missed").resolvedAt() != null);
    }

    @Test
    void aRecoveryThatHasUsedMostOfItsRtoIsToldWhileItRunsAndResolvedWhenItEnds() {
        application = "shop";
        Run run = admitted(Mode.RECOVERY, Instant.now().minus(Duration.ofMinutes(49)));
        try {
            Alert alert = Awaitility.await()
                    .until(() -> late(run), found -> !found.isEmpty())
                    .get(0);
            assertThat(alert.severity()).isEqualTo(Severity.CRITICAL);
            assertThat(alert.message()).contains("is about to miss its RTO of 3600 s");
            Awaitility.await()
                    .untilAsserted(() -> assertThat(webhook.calls("\"kind\":\"rto_at_risk\""))
                            .filteredOn(call -> call.body().contains(run.id().toString()))
                            .hasSize(1));
        } finally {
            journal.moved(run.id(), RunStatus.SUCCEEDED, null);
        }
        Awaitility.await().until(() -> late(run).get(0).resolvedAt() != null);
    }

    @Test
    void aRecoveryThatByEarlierRunsWillTakeTooLongIsToldAtOnce() {
        application = "shop";
        Run earlier = admitted(Mode.DRILL);
        journal.stepBegan(earlier.id(), 4);
        journal.stepEnded(earlier.id(), 4, StepStatus.COMPLETED, null);
        journal.moved(earlier.id(), RunStatus.SUCCEEDED, null);
        jdbc().sql("UPDATE steps SET started_at = ended_at - INTERVAL '2 hours' WHERE run_id = ? AND step = 4")
                .param(earlier.id())
                .update();
        Run run = admitted(Mode.RECOVERY);
        try {
            Awaitility.await()
                    .untilAsserted(() -> assertThat(late(run))
                            .singleElement()
                            .satisfies(alert ->
                                    assertThat(alert.message()).containsPattern("needs at least 7\\d\\d\\d s more")));
        } finally {
            journal.moved(run.id(), RunStatus.SUCCEEDED, null);
            jdbc().sql("UPDATE steps SET started_at = ended_at WHERE run_id = ? AND step = 4")
                    .param(earlier.id())
                    .update();
        }
    }

    @Test
    void aStoreThatIsDownIsToldOnceResolvedWhenItIsBackAndFoldedWhenItFlaps() throws IOException {
        application = null;
        Files.move(directory.resolve("store"), directory.resolve("gone"));
        Alert down = delivered("store_down");
        assertThat(down.message()).contains("store local is down", "does not exist");

        Files.move(directory.resolve("gone"), directory.resolve("store"));
        Awaitility.await().until(() -> only("store_down").resolvedAt() != null);
        Files.move(directory.resolve("store"), directory.resolve("gone"));
        Alert again = Awaitility.await().until(() -> only("store_down"), alert -> alert.resolvedAt() == null);
        Files.move(directory.resolve("gone"), directory.resolve("store"));

        assertThat(again.count()).isEqualTo(2);
        assertThat(webhook.calls("\"kind\":\"store_down\"")).hasSize(1);
    }

    @Test
    void aBackupOlderThanTheRpoIsToldUntilThereIsANewOne() throws IOException {
        application = "shop";
        assertThat(delivered("rpo_at_risk").severity()).isEqualTo(Severity.WARNING);

        Path folder = Files.createDirectories(directory.resolve("store/shop"));
        Path backup = Files.writeString(folder.resolve("backup_full_database.dump"), "PGDMP");
        Path manifest = Files.write(
                folder.resolve("backup_full_database.dump.json"),
                service.getBean(ManifestSeal.class)
                        .sign(new Manifest(
                                UUID.randomUUID(),
                                "shop",
                                Manifest.FULL_DATABASE,
                                "backup_full_database.dump",
                                5,
                                List.of(new Manifest.StoredObject("backup_full_database.dump", 5, "00", null)),
                                5,
                                Manifest.Status.COMPLETED,
                                Instant.now(),
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                null,
                                List.of(),
                                null,
                                null)));
        Awaitility.await().until(() -> only("rpo_at_risk").resolvedAt() != null);
        Files.delete(manifest);
        Files.delete(backup);
    }

    @Test
    void aReceiverThatIsAwayGetsTheAlertWhenItIsBack() {
        webhook.away();
        failed(Mode.RECOVERY, "no_backup", "there is none");
        Alert waiting = Awaitility.await()
                .until(
                        () -> only("recovery_failed"),
                        alert -> delivery(alert, "webhook").error() != null);
        assertThat(delivery(waiting, "webhook").status()).isEqualTo(Delivery.Status.PENDING);
        assertThat(delivery(waiting, "webhook").error()).isEqualTo("connection refused");
        webhook.back();

        Alert alert = delivered("recovery_failed");

        assertThat(delivery(alert, "webhook").attempts()).isGreaterThan(1);
        assertThat(delivery(alert, "webhook").error()).isNull();
        assertThat(webhook.calls(application)).hasSize(1);
    }

    @Test
    void aReceiverThatAlwaysRefusesIsGivenUpAndTheJournalSaysWhyWithoutASecret() {
        webhook.answers(500, "I got the secret " + WEBHOOK_SECRET + " at /hooks/" + WEBHOOK_TOKEN);
        failed(Mode.RECOVERY, "no_backup", "there is none");

        Alert alert = Awaitility.await()
                .until(
                        () -> only("recovery_failed"),
                        now -> delivery(now, "webhook").status() == Delivery.Status.FAILED);

        assertThat(delivery(alert, "webhook").attempts()).isEqualTo(ATTEMPTS);
        assertThat(delivery(alert, "webhook").error()).contains("answered HTTP 500 I got the secret *** at ***");
        assertThat(journaled(alert, "alert_failed"))
                .singleElement()
                .satisfies(event -> assertThat(event.get("attempts").asInt()).isEqualTo(ATTEMPTS));
        assertThat(webhook.calls(application)).hasSize(ATTEMPTS);
    }

    @Test
    void aGatewayThatHangsHoldsUpNoOtherChannelAndIsCutOff() {
        gateway.answers(0, "");
        failed(Mode.RECOVERY, "no_backup", "there is none");

        Alert others = Awaitility.await()
                .until(
                        () -> only("recovery_failed"),
                        alert -> delivery(alert, "webhook").status() == Delivery.Status.DELIVERED
                                && delivery(alert, "email").status() == Delivery.Status.DELIVERED);

        assertThat(delivery(others, "sms").status()).isEqualTo(Delivery.Status.PENDING);
        Alert cutOff = Awaitility.await()
                .until(
                        () -> only("recovery_failed"),
                        alert -> delivery(alert, "sms").error() != null);
        assertThat(delivery(cutOff, "sms").error()).isEqualTo("no answer in time");
        gateway.answers(201, "{\"sid\":\"SM1\"}");
        assertThat(delivery(delivered("recovery_failed"), "sms").attempts()).isGreaterThan(1);
    }

    @Test
    void aTestGoesToEveryRecipientWhateverTheyWant() {
        Alert test = alerts.test("admin").get(0);

        Awaitility.await()
                .until(() -> alerts.find(test.id()).orElseThrow().deliveries().stream()
                        .allMatch(delivery -> delivery.status() == Delivery.Status.DELIVERED));

        assertThat(test.deliveries()).extracting(Delivery::channel).containsExactly("email", "email", "sms", "webhook");
        assertThat(mail.letters())
                .filteredOn(letter -> letter.text().contains(test.id().toString()))
                .extracting(MailReceiver.Letter::to)
                .containsExactlyInAnyOrder("one@example.org", "two@example.org");
    }

    @Test
    void anAcknowledgementIsJournaledOnceAndAnUnknownAlertRefused() {
        failed(Mode.RECOVERY, "no_backup", "there is none");
        Alert alert = delivered("recovery_failed");
        assertThat(alerts.list(true, 200, 0)).extracting(Alert::id).contains(alert.id());

        alerts.acknowledge(alert.id(), "admin");
        Alert twice = alerts.acknowledge(alert.id(), "somebody else");

        assertThat(twice.acknowledgedBy()).isEqualTo("admin");
        assertThat(twice.acknowledgedAt()).isNotNull();
        assertThat(alerts.list(true, 200, 0)).extracting(Alert::id).doesNotContain(alert.id());
        assertThat(journaled(alert, "alert_acknowledged"))
                .singleElement()
                .satisfies(event -> assertThat(event.get("by").asText()).isEqualTo("admin"));
        assertThatThrownBy(() -> alerts.acknowledge(UUID.randomUUID(), "admin"))
                .isInstanceOfSatisfying(
                        RefusedException.class,
                        refusal -> assertThat(refusal.code()).isEqualTo("alert_unknown"));
    }

    @Test
    void whileAnotherNodeHoldsTheCursorNothingIsRaisedAndNothingWaits() throws SQLException {
        JournalFollower follower = service.getBean(JournalFollower.class);
        try (Connection other = postgres.connect("journal")) {
            other.setAutoCommit(false);
            other.createStatement().execute("SELECT * FROM alert_cursor FOR UPDATE");
            failed(Mode.RECOVERY, "no_backup", "there is none");

            follower.follow();

            assertThat(ofApplication()).isEmpty();
            other.rollback();
        }
        assertThat(delivered("recovery_failed").count()).isEqualTo(1);
    }

    @Test
    void aMessageFromOutsideIsNotSentToAnyUrl() {
        int before = webhook.calls().size();

        Exchange sent = service.getBean(ProducerTemplate.class)
                .send(
                        "direct:call-alert-receiver",
                        exchange -> exchange.getMessage().setHeader(Exchange.HTTP_URI, webhook.url()));

        assertThat(sent.getException()).hasMessageContaining("only alerts are sent here");
        assertThat(webhook.calls()).hasSize(before);
    }

    @Test
    void noEndpointAndNoEventShowsASecret() {
        failed(Mode.RECOVERY, "no_backup", "there is none");
        delivered("recovery_failed");

        List<String> endpoints = service.getBean(CamelContext.class).getEndpoints().stream()
                .map(Object::toString)
                .toList();
        assertThat(endpoints)
                .anyMatch(endpoint -> endpoint.contains("smtp:"))
                .anyMatch(endpoint -> endpoint.contains("http:") && endpoint.contains("alert-receiver"));
        assertThat(String.join(" ", endpoints)).doesNotContain(WEBHOOK_SECRET, WEBHOOK_TOKEN, SMS_TOKEN, "AC123");
        assertThat(journal.eventsBehind(0, 10_000).stream().map(Event::content))
                .isNotEmpty()
                .allSatisfy(content -> assertThat(content).doesNotContain(WEBHOOK_SECRET, WEBHOOK_TOKEN, SMS_TOKEN));
    }

    private Run admitted(Mode mode) {
        return admitted(mode, Instant.now());
    }

    private Run admitted(Mode mode, Instant startTime) {
        List<Step> steps = Step.numbers()
                .mapToObj(n -> new Step(n, Step.name(n), StepStatus.PENDING, null, null, null, Map.of()))
                .toList();
        Run run = new Run(
                UUID.randomUUID(),
                mode,
                application,
                RunStatus.RUNNING,
                null,
                null,
                "a reason",
                "admin",
                "http",
                startTime.truncatedTo(ChronoUnit.MICROS),
                null,
                null,
                null,
                3600,
                900,
                null,
                null,
                false,
                null,
                steps);
        journal.admit(run);
        return run;
    }

    private Run failed(Mode mode, String code, String message) {
        Run run = admitted(mode);
        journal.moved(run.id(), RunStatus.FAILED, new Journal.Failure(code, message));
        return run;
    }

    /** The one alert of that kind, once everybody has it. */
    private Alert delivered(String kind) {
        return Awaitility.await()
                .until(
                        () -> of(kind),
                        found -> found.size() == 1
                                && found.get(0).deliveries().stream()
                                        .allMatch(delivery -> delivery.status() == Delivery.Status.DELIVERED))
                .get(0);
    }

    private Alert only(String kind) {
        List<Alert> found = of(kind);
        return found.size() == 1
                ? found.get(0)
                : new Alert(
                        UUID.randomUUID(),
                        "none",
                        Severity.INFORMATION,
                        null,
                        null,
                        "",
                        Instant.MIN,
                        Instant.MIN,
                        0,
                        null,
                        null,
                        null,
                        List.of());
    }

    private List<Alert> of(String kind) {
        return ofApplication().stream()
                .filter(alert -> alert.kind().equals(kind))
                .toList();
    }

    private List<Alert> late(Run run) {
        return of("rto_at_risk").stream()
                .filter(alert -> run.id().equals(alert.runId()))
                .toList();
    }

    private List<Alert> ofApplication() {
        return alerts.list(false, 500, 0).stream()
                .filter(alert -> Objects.equals(alert.application(), application))
                .toList();
    }

    private static Delivery delivery(Alert alert, String channel) {
        return alert.deliveries().stream()
                .filter(delivery -> delivery.channel().equals(channel))
                .findFirst()
                .orElse(new Delivery(channel, "", Delivery.Status.PENDING, 0, null, null, null));
    }

    private static List<JsonNode> journaled(Alert alert, String kind) {
        ObjectMapper json = service.getBean(ObjectMapper.class);
        return journal.eventsBehind(0, 10_000).stream()
                .filter(event -> event.kind().equals(kind))
                .map(event -> {
                    try {
                        return json.readTree(event.content());
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                })
                .filter(event ->
                        event.path("alert_id").asText().equals(alert.id().toString()))
                .toList();
    }

    private static JdbcClient jdbc() {
        return service.getBean(JdbcClient.class);
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
