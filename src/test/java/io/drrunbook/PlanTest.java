package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Plans and drills: what they find out, and that they touch nothing of the application. */
@InWorld
class PlanTest {

    private static World world;
    private static ServiceProcess service;

    @BeforeAll
    static void start(World given) {
        world = given;
        world.createShop(3000);
        // Only 64 KiB are looked at, so that a plan has to do with the beginning of a backup.
        service = service("service", "dr.plan.first-bytes: 65536\n").start();
    }

    @BeforeEach
    void givenABackup() {
        world.reset();
        world.createShop(3000);
        assertThat(service.takeBackup("shop").status()).isEqualTo(201);
    }

    @Test
    void aPlanProvesEveryStepAndTouchesNothing() throws IOException {
        service.await(service.recover("shop"));
        assertThat(service.takeBackup("shop").status()).isEqualTo(201);
        PostgresCluster.Content before = world.postgres.content(World.DATABASE);
        List<String> databases = world.postgres.databases();
        List<Path> files = world.localFiles();
        long process = world.shop.pid();
        int restarts = world.kubernetes.restarts();

        JsonNode plan = planned("succeeded");

        assertThat(plan.get("steps")).hasSize(7).allSatisfy(step -> {
            assertThat(step.get("status").asText()).isEqualTo("completed");
            assertThat(step.get("predicted_seconds").asDouble()).isPositive();
            assertThat(step.get("predicted_from").asText()).startsWith("run ");
        });
        assertThat(plan.at("/steps/1/copies"))
                .hasSize(3)
                .allSatisfy(copy -> assertThat(copy.get("present").asBoolean()).isTrue());
        assertThat(plan.at("/steps/2/encryption").asText()).isEqualTo("openpgp");
        assertThat(plan.at("/steps/3/tables").asInt()).isEqualTo(4);
        assertThat(plan.at("/steps/4/method").asText()).isEqualTo("kubernetes");
        assertThat(plan.at("/steps/5/last_answer").asText()).startsWith("200");
        assertThat(plan.get("predicted_rto_seconds").asDouble()).isBetween(0.5, 120.0);
        assertThat(plan.get("previous_database").isNull()).isTrue();
        assertThat(world.kubernetes.dryRuns())
                .anySatisfy(call -> assertThat(call).startsWith("PATCH"));
        assertThat(world.kubernetes.restarts()).isEqualTo(restarts);
        assertThat(world.shop.pid()).isEqualTo(process);
        assertThat(world.postgres.databases()).isEqualTo(databases);
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(before);
        assertThat(world.localFiles()).isEqualTo(files);
        try (Stream<Path> left = Files.list(service.directory().resolve("data/work"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void aPlanSucceedsWithOneStoreLeftAndNamesTheOthers() {
        world.r2Proxy.refuse();
        world.b2.clear();

        JsonNode plan = planned("succeeded");

        assertThat(plan.at("/steps/1/source").asText()).isEqualTo("local");
        assertThat(plan.at("/steps/1/copies/0/error").asText()).containsIgnoringCase("refused");
        assertThat(plan.at("/steps/1/copies/1/outcome").asText()).isEqualTo("not_found");
    }

    @Test
    void aPlanFailsWhenNoStoreHasTheObjectThatItsManifestsPromise() {
        world.r2.keys("").stream().filter(key -> key.endsWith(".gpg")).forEach(world.r2::delete);
        world.b2.keys("").stream().filter(key -> key.endsWith(".gpg")).forEach(world.b2::delete);
        world.localFiles().stream()
                .filter(file -> file.toString().endsWith(".gpg"))
                .forEach(file -> assertThat(file.toFile().delete()).isTrue());

        assertThat(planned("failed").get("code").asText()).isEqualTo("no_store_left");
    }

    @Test
    void aPlanFailsWhenARoleIsMissing() {
        world.postgres.execute("postgres", "CREATE ROLE auditor");
        world.postgres.execute(World.DATABASE, "GRANT SELECT ON orders TO auditor");
        Awaitility.await().until(() -> service.takeBackup("shop").status() == 201);
        world.postgres.execute(World.DATABASE, "REVOKE ALL ON orders FROM auditor");
        world.postgres.execute("postgres", "DROP ROLE auditor");

        JsonNode plan = planned("failed");

        assertThat(plan.get("code").asText()).isEqualTo("restore_not_possible");
        assertThat(plan.get("error").asText()).contains("auditor");
    }

    @Test
    void aPlanFailsWhenKubernetesDoesNotPermitTheRestart() {
        world.kubernetes.permitting(false);

        JsonNode plan = planned("failed");

        assertThat(plan.get("code").asText()).isEqualTo("restart_not_permitted");
        assertThat(plan.get("error").asText()).contains("shop", "Role");
    }

    @Test
    void aPlanOfABrokenApplicationStillSucceedsAndSaysWhatTheHealthPageAnswers() {
        world.postgres.drop(World.DATABASE);
        Awaitility.await().until(() -> world.shop.health() == 503);

        JsonNode plan = planned("succeeded");

        assertThat(plan.at("/steps/5/last_answer").asText()).startsWith("503");
        assertThat(world.postgres.databases()).isEmpty();
    }

    @Test
    void aPlanNeedsTheKeysAndATrafficSwitchThatIsThere() {
        String shop = world.application("shop", "manual", world.shop.healthUrl(), 3)
                + "  reroute: {method: http, url: \"http://nowhere.invalid/switch\"}\n";
        try (ServiceProcess other = world.service("reroute", shop, "").start()) {
            JsonNode plan = other.await(other.start("plan", "shop", null));
            assertThat(plan.get("code").asText()).isEqualTo("reroute_unreachable");
            assertThat(plan.get("error").asText()).contains("nowhere.invalid", "unknown host");
            assertThat(plan.at("/steps/4/person_needed").asBoolean()).isTrue();
        }
        try (ServiceProcess other = service(
                        "wrong", "dr.encryption.passphrase: not the one\ndr.plan.first-bytes: 65536\n")
                .start()) {
            assertThat(other.await(other.start("plan", "shop", null))
                            .get("code")
                            .asText())
                    .isEqualTo("wrong_key");
        }
    }

    @Test
    void aDrillSaysWhatARecoveryWouldHaveTaken() {
        service.await(service.recover("shop"));
        assertThat(service.takeBackup("shop").status()).isEqualTo(201);

        JsonNode drill = service.await(service.start("drill", "shop", null));

        assertThat(drill.get("status").asText()).isEqualTo("succeeded");
        double measured = 0;
        for (int step = 0; step < 4; step++) {
            measured += drill.at("/steps/" + step + "/duration_seconds").asDouble();
        }
        assertThat(drill.get("predicted_rto_seconds").asDouble()).isBetween(measured, measured + 30);
        assertThat(service.events(drill.get("id").asText())).contains("a recovery would take");
    }

    @Test
    void drillsComeByThemselvesAndAreCaughtUpWhenTheServiceWasDown() throws SQLException {
        ServiceProcess scheduled = service("scheduled", "dr.drill: {schedule: \"0/2 * * * * ?\"}\n");
        try (scheduled) {
            scheduled.start();
            JsonNode drill = firstRun(scheduled);
            assertThat(drill.get("mode").asText()).isEqualTo("drill");
            assertThat(drill.get("trigger").asText()).isEqualTo("schedule");
            assertThat(drill.get("initiated_by").asText()).isEqualTo("schedule");
            scheduled.stop();
        }
        // From now on once a year, and the last time was missed an hour ago.
        ServiceProcess yearly = service("scheduled", "dr.drill: {schedule: \"0 0 3 1 1 ?\"}\n");
        try (yearly) {
            yearly.start();
            yearly.stop();
            String journal =
                    "jdbc:h2:file:" + yearly.directory() + "/data/journal;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE";
            long before;
            try (Connection connection = DriverManager.getConnection(journal, "dr", "");
                    Statement statement = connection.createStatement()) {
                statement.executeUpdate("UPDATE qrtz_triggers SET next_fire_time = "
                        + (System.currentTimeMillis() - Duration.ofHours(1).toMillis())
                        + " WHERE trigger_group = 'drills'");
                var count = statement.executeQuery("SELECT COUNT(*) FROM runs");
                count.next();
                before = count.getLong(1);
            }
            yearly.start();
            Awaitility.await().until(() -> yearly.get("/api/v1/runs").json().size() == before + 1);
        }
    }

    @Test
    void aDrillThatFindsAnotherRunActiveAgainAndAgainIsToldAsMissed() {
        String manual = world.application("shop", "manual", world.shop.healthUrl(), 3);
        String waiting;
        try (ServiceProcess quiet = world.service("busy", manual, "").start()) {
            waiting = quiet.recover("shop");
            assertThat(quiet.await(waiting).get("status").asText()).isEqualTo("waiting");
        }
        try (ServiceProcess busy = world.service(
                        "busy", manual, "dr.drill: {schedule: \"0/1 * * * * ?\", retry-delay: 100ms, retries: 1}\n")
                .start()) {
            Awaitility.await()
                    .untilAsserted(() -> assertThat(
                                    busy.get("/api/v1/journal?limit=200").body())
                            .contains("drill_missed", waiting));
        }
    }

    @Test
    void aScheduleThatDoesNotParseStopsTheStart() {
        try (ServiceProcess wrong = service("cron", "dr.drill: {schedule: \"every monday\"}\n")) {
            assertThat(wrong.startToEnd()).isNotZero();
            assertThat(wrong.log())
                    .contains("dr.drill.schedule is 'every monday'", "0 0 3 1 * ?")
                    .doesNotContain("Started DrRunbook");
        }
    }

    private static JsonNode firstRun(ServiceProcess scheduled) {
        JsonNode runs =
                Awaitility.await().until(() -> scheduled.get("/api/v1/runs").json(), found -> !found.isEmpty());
        return scheduled.await(runs.get(runs.size() - 1).get("id").asText());
    }

    private static JsonNode planned(String status) {
        JsonNode plan = service.await(service.start("plan", "shop", null));
        assertThat(plan.get("status").asText()).as(plan.toPrettyString()).isEqualTo(status);
        return plan;
    }

    private static ServiceProcess service(String name, String more) {
        return world.service(name, world.application("shop", "kubernetes", world.shop.healthUrl(), 30), more);
    }
}
