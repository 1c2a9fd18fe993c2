package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.World;
import java.time.Duration;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The same runbook with other settings; each test starts a service of its own. */
@InWorld
class VariantsTest {

    private static final int ORDERS = 500;

    private static World world;

    private PostgresCluster.Content live;

    @BeforeAll
    static void start(World given) {
        world = given;
        world.createShop(ORDERS);
    }

    @BeforeEach
    void aShop() {
        world.reset();
        world.createShop(ORDERS);
        live = world.postgres.content(World.DATABASE);
    }

    @Test
    void withAWrongPassphraseTheRunFailsSaysSoAndLiveDataIsAsItWas() {
        try (ServiceProcess right = world.service("right").start()) {
            assertThat(right.takeBackup("shop").status()).isEqualTo(201);
        }
        try (ServiceProcess wrong = service("wrong", "kubernetes", 30, "dr.encryption.passphrase: not the right one")) {
            JsonNode run = wrong.await(wrong.recover("shop"));

            assertThat(run.get("status").asText()).isEqualTo("failed");
            assertThat(run.get("code").asText()).isEqualTo("wrong_key");
            assertThat(run.get("error").asText()).contains("dr.encryption.passphrase");
            assertThat(world.postgres.content(World.DATABASE)).isEqualTo(live);
            assertThat(world.postgres.databases()).containsExactly(World.DATABASE);
        }
    }

    @Test
    void aStoreWhoseNameIsNotKnownAndOneWhoseTlsFailsFailOver() {
        String stores = """
                dr.stores.r2.endpoint: http://r2.invalid
                dr.stores.b2.endpoint: https://127.0.0.1:%d
                """.formatted(world.b2.port());
        try (ServiceProcess service = service("unreachable", "kubernetes", 30, stores)) {
            assertFailsOver(service, "unreachable", "unreachable");
        }
    }

    @Test
    void aStoreThatRefusesTheKeyAndOneWithoutTheBucketFailOver() {
        String stores = """
                dr.stores.r2.secret-key: not-the-key
                dr.stores.b2.bucket: no-such-bucket
                """;
        try (ServiceProcess service = service("refusing", "kubernetes", 30, stores)) {
            assertFailsOver(service, "refused", "not_found");
        }
    }

    private void assertFailsOver(ServiceProcess service, String r2, String b2) {
        JsonNode backup = service.takeBackup("shop").json();
        assertThat(backup.get("stores")).hasSize(1);
        world.postgres.drop(World.DATABASE);

        JsonNode run = service.await(service.recover("shop"));

        assertThat(run.get("status").asText()).as(run.toPrettyString()).isEqualTo("succeeded");
        assertThat(run.at("/steps/1/attempts/0/outcome").asText())
                .as(run.toPrettyString())
                .isEqualTo(r2);
        assertThat(run.at("/steps/1/attempts/1/outcome").asText())
                .as(run.toPrettyString())
                .isEqualTo(b2);
        assertThat(run.at("/steps/1/source").asText()).isEqualTo("local");
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(live);
    }

    @Test
    void aManualRestartWaitsForAPersonThenAHealthPageThatNeverTurnsGreenFailsTheRunWhichIsRolledBack() {
        try (ServiceProcess service = service("manual", "manual", 3, "")) {
            service.takeBackup("shop");
            world.postgres.execute(World.DATABASE, "DELETE FROM order_lines");
            PostgresCluster.Content damaged = world.postgres.content(World.DATABASE);

            String id = service.recover("shop");
            JsonNode waiting = service.await(id);
            assertThat(waiting.get("status").asText()).isEqualTo("waiting");
            assertThat(waiting.at("/steps/4/status").asText()).isEqualTo("manual_required");
            assertThat(service.post("/api/v1/runs/" + id + "/steps/5/acknowledge", "{\"note\":\" \"}")
                            .status())
                    .isEqualTo(400);
            assertThat(service.post("/api/v1/runs/" + id + "/steps/4/acknowledge", "{\"note\":\"x\"}")
                            .status())
                    .isEqualTo(409);
            assertThat(service.post("/api/v1/runs/" + id + "/steps/5/acknowledge", "{\"note\":\"done by hand\"}")
                            .status())
                    .isEqualTo(202);

            JsonNode failed = service.await(id);
            assertThat(failed.get("status").asText()).isEqualTo("failed");
            assertThat(failed.get("code").asText()).isEqualTo("health_never_green");
            assertThat(failed.get("error").asText()).contains("rollback");
            assertThat(failed.at("/steps/4/note").asText()).isEqualTo("done by hand");
            assertThat(failed.get("success").asBoolean()).isFalse();

            service.post("/api/v1/runs/" + id + "/rollback", "");
            assertThat(service.await(id).get("status").asText()).isEqualTo("rolled_back");
            assertThat(world.postgres.content(World.DATABASE)).isEqualTo(damaged);
        }
    }

    @Test
    void withItsJournalInPostgresARecoveryRunsAndTheJournalSurvivesARestart() {
        world.postgres.execute("postgres", "CREATE DATABASE dr_journal");
        try (ServiceProcess service = service("postgres-journal", "kubernetes", 30, journalIn("dr_journal"))) {
            service.takeBackup("shop");
            world.postgres.drop(World.DATABASE);
            String id = service.recover("shop");
            assertThat(service.await(id).get("status").asText()).isEqualTo("succeeded");
            assertThat(world.postgres.content(World.DATABASE)).isEqualTo(live);
            String events = service.events(id);

            service.kill();
            service.start();

            assertThat(service.run(id).get("status").asText()).isEqualTo("succeeded");
            assertThat(service.events(id)).isEqualTo(events);
        }
    }

    @Test
    void whenANodeDiesTheOtherOneGoesOnWithItsRun() {
        world.postgres.execute("postgres", "CREATE DATABASE dr_cluster");
        String cluster = journalIn("dr_cluster") + """
                spring.quartz.properties.org.quartz.jobStore.isClustered: true
                spring.quartz.properties.org.quartz.jobStore.clusterCheckinInterval: 1000
                """;
        try (ServiceProcess one = service("node-1", "kubernetes", 30, cluster);
                ServiceProcess other = service("node-2", "kubernetes", 30, cluster)) {
            one.takeBackup("shop");
            world.postgres.execute(World.DATABASE, "DELETE FROM order_lines");
            world.kubernetes.stuck(true);
            String id = one.recover("shop");
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> other.run(id).at("/steps/4/status").asText().equals("running"));
            // Whichever node has the run in work dies; the other one has never seen it.
            boolean first = one.log().contains("run " + id + " (RECOVERY of shop): step 5");
            ServiceProcess dies = first ? one : other;
            ServiceProcess lives = first ? other : one;
            dies.kill();
            world.kubernetes.stuck(false);

            JsonNode run = lives.await(id);

            assertThat(run.get("status").asText()).as(run.toPrettyString()).isEqualTo("succeeded");
            assertThat(lives.events(id)).contains("rollout restart of [shop]");
            assertThat(world.postgres.content(World.DATABASE)).isEqualTo(live);
            assertThat(lives.log()).contains("step 5");
        }
    }

    @Test
    void aJournalInsideADatabaseThatIsRestoredIsRefusedAtStart() {
        ServiceProcess service = unstarted("journal-in-the-shop", "kubernetes", 30, journalIn(World.DATABASE));

        assertThat(service.startToEnd()).isNotZero();

        assertThat(service.log())
                .contains(
                        "spring.datasource.url puts the journal into the database of shop, which a recovery replaces");
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(live);
    }

    @Test
    void aWrongSettingStopsTheServiceWithOneLineThatNamesItsKey() {
        ServiceProcess service = unstarted("wrong-setting", "kubernetes", 0, "");

        assertThat(service.startToEnd()).isNotZero();

        assertThat(service.log()).contains("dr.applications.shop.health.attempts is not positive: e.g. 30");
    }

    @Test
    void onlyAnAdministratorComesInAndHawtioDrawsWithoutAMessageEverStartingAStep() {
        try (ServiceProcess service = service("guarded", "kubernetes", 30, "")) {
            assertThat(service.anonymously("/api/v1/runs")).isEqualTo(401);
            assertThat(service.anonymously("/actuator/prometheus")).isIn(302, 401);
            assertThat(service.anonymously("/actuator/health")).isEqualTo(200);
            assertThat(service.get("/actuator/hawtio/index.html").body()).contains("<title>");
            JsonNode routes = service.post(
                            "/actuator/hawtio/jolokia",
                            "{\"type\":\"exec\",\"mbean\":\"org.apache.camel:context=dr-runbook,name=\\\"dr-runbook\\\",type=context\","
                                    + "\"operation\":\"dumpRoutesAsXml()\"}")
                    .json();
            assertThat(routes.path("value").asText())
                    .as(routes.toPrettyString())
                    .contains("run-the-runbook", "restore-database", "fetch-from-r2");
            JsonNode send = service.post(
                            "/actuator/hawtio/jolokia",
                            "{\"type\":\"exec\",\"mbean\":\"org.apache.camel:context=dr-runbook,name=\\\"dr-runbook\\\",type=context\","
                                    + "\"operation\":\"sendBody(java.lang.String,java.lang.Object)\","
                                    + "\"arguments\":[\"direct:restore-database\",\"x\"]}")
                    .json();
            assertThat(send.get("status").asInt()).isEqualTo(403);
            assertThat(StreamSupport.stream(service.get("/api/v1/runs").json().spliterator(), false))
                    .isEmpty();
        }
    }

    private static String journalIn(String database) {
        return """
                spring.datasource.url: jdbc:postgresql://localhost:%d/%s
                spring.datasource.username: %s
                spring.datasource.password: %s
                """.formatted(world.postgres.port(), database, world.postgres.username(), world.postgres.password());
    }

    private static ServiceProcess service(String name, String restart, int attempts, String more) {
        return unstarted(name, restart, attempts, more).start();
    }

    private static ServiceProcess unstarted(String name, String restart, int attempts, String more) {
        String url = restart.equals("manual") ? "http://127.0.0.1:1/health" : world.shop.healthUrl();
        return world.service(name, world.application("shop", restart, url, attempts), more);
    }
}
