package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.Shell;
import io.drrunbook.world.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What drills say of backups, and what that means for those who need one. */
@InWorld(alone = "kills its PostgreSQL server")
class ProveTest {

    private static final int ORDERS = 300;
    private static final ObjectMapper JSON = new ObjectMapper();

    private static World world;
    private static ServiceProcess service;

    @BeforeAll
    static void start(World given) {
        world = given;
        world.createShop(ORDERS);
        service = world.service(
                        "prove",
                        world.application("shop", "kubernetes", world.shop.healthUrl(), 30),
                        "dr.alerts.interval: 200\ndr.watch.interval: 1000\ndr.drill.checks: [\"select count(*) > 0 from orders\"]")
                .start();
    }

    @BeforeEach
    void aShop() {
        world.reset();
        world.createShop(ORDERS);
    }

    private static JsonNode backup() {
        ServiceProcess.Answer taken = service.takeBackup("shop");
        assertThat(taken.status()).as(taken.toString()).isEqualTo(201);
        return taken.json();
    }

    private static JsonNode drill(JsonNode backup) {
        return service.await(service.start("drill", "shop", backup.get("id").asText()));
    }

    private static JsonNode shown(JsonNode backup) {
        return service.get("/api/v1/backups/" + backup.get("id").asText()).json();
    }

    private static JsonNode status() {
        return service.get("/api/v1/status").json().at("/applications/0");
    }

    private static String verdict(JsonNode run) {
        return StreamSupport.stream(run.get("steps").spliterator(), false)
                .filter(step -> step.has("verdict"))
                .map(step -> step.get("verdict").asText())
                .findFirst()
                .orElseThrow(() -> new AssertionError(run.toPrettyString()));
    }

    /** A manifest as it lies in each store. */
    private static Map<String, JsonNode> manifests(JsonNode backup) throws IOException {
        String name = "shop/" + backup.get("filename").asText() + ".json";
        return Map.of(
                "r2", JSON.readTree(world.r2.get("dr/" + name)),
                "b2", JSON.readTree(world.b2.get("dr/" + name)),
                "local", JSON.readTree(Files.readString(world.local.resolve(name))));
    }

    /** Two rows of one key, as a damaged index lets them in: {@code pg_dump} takes them, no restore can make the key. */
    private static void breakPrimaryKey() {
        String unique = "UPDATE pg_index SET indisunique = %s WHERE indexrelid = 'orders_pkey'::regclass";
        world.postgres.execute(World.DATABASE, unique.formatted("false"));
        world.postgres.execute(World.DATABASE, "INSERT INTO orders SELECT * FROM orders WHERE id = 7");
        world.postgres.execute(World.DATABASE, unique.formatted("true"));
    }

    private static void mendPrimaryKey() {
        world.postgres.execute(
                World.DATABASE,
                "SET session_replication_role = replica; DELETE FROM orders WHERE ctid = (SELECT max(ctid) FROM orders"
                        + " WHERE id = 7)");
    }

    @Test
    void aBackupThatPassesIsVerifiedInEveryStoreWithTimeAndRun() throws IOException {
        JsonNode backup = backup();
        assertThat(shown(backup).get("status").asText()).isEqualTo("COMPLETED");

        JsonNode run = drill(backup);

        assertThat(run.get("status").asText()).as(run.toPrettyString()).isEqualTo("succeeded");
        assertThat(verdict(run)).isEqualTo("proven");
        assertThat(run.at("/steps/3/indexes_checked").asInt()).isGreaterThan(5);
        assertThat(run.at("/steps/3/constraints_checked").asInt()).isEqualTo(2);
        assertThat(run.at("/steps/3/sequences_checked").asInt()).isEqualTo(2);
        assertThat(run.at("/steps/3/assertions_passed").asInt()).isEqualTo(1);
        manifests(backup).forEach((store, manifest) -> {
            assertThat(manifest.get("status").asText()).as(store).isEqualTo("VERIFIED");
            assertThat(manifest.at("/proof/run").asText())
                    .as(store)
                    .isEqualTo(run.get("id").asText());
            assertThat(manifest.at("/proof/passed").asBoolean()).as(store).isTrue();
        });
        JsonNode shown = shown(backup);
        assertThat(shown.get("status").asText()).isEqualTo("VERIFIED");
        assertThat(shown.get("trust").asText()).isEqualTo("vouched");
        assertThat(shown.get("stores")).hasSize(3);
        JsonNode status = Awaitility.await()
                .until(
                        ProveTest::status,
                        now -> now.get("proven_by")
                                .asText()
                                .equals(run.get("id").asText()));
        assertThat(status.get("last_proven_at").asText()).isNotEmpty();
        // Nothing else speaks against a recovery.
        assertThat(status.get("reasons"))
                .as(status.toPrettyString())
                .singleElement()
                .asString()
                .contains("is a superuser");
        String metrics = service.get("/actuator/prometheus").body();
        assertThat(metrics)
                .contains("dr_readiness{application=\"shop\"} 1.0")
                .containsPattern("dr_backup_proven_timestamp_seconds\\{application=\"shop\"\\} 1\\.\\d+E9");
        assertThat(service.get("/").body()).contains("Backup last proven");
        world.postgres.drop(World.DATABASE);
        assertThat(service.await(service.recover("shop")).get("status").asText())
                .as("a manifest that was written anew still vouches")
                .isEqualTo("succeeded");
    }

    @Test
    void whenTheNewestHasFailedItsDrillARecoveryTakesTheNewestProvenOneAndSaysWhatThatCosts() throws IOException {
        JsonNode proven = backup();
        assertThat(verdict(drill(proven))).isEqualTo("proven");
        awaitNextSecond();
        JsonNode unproven = backup();
        PostgresCluster.Content asBackedUp = world.postgres.content(World.DATABASE);
        awaitNextSecond();
        breakPrimaryKey();
        JsonNode bad = backup();
        mendPrimaryKey();

        JsonNode drill = drill(bad);

        assertThat(drill.get("status").asText()).isEqualTo("failed");
        assertThat(verdict(drill)).as(drill.toPrettyString()).isEqualTo("backup_bad");
        manifests(bad).forEach((store, manifest) -> {
            assertThat(manifest.get("status").asText()).as(store).isEqualTo("FAILED");
            assertThat(manifest.at("/proof/reason").asText())
                    .as(store)
                    .contains("orders_pkey", "could not create unique index");
        });
        assertThat(shown(bad).get("why_not_restorable").asText())
                .contains(drill.get("id").asText(), "could not create unique index");
        ServiceProcess.Answer refused =
                service.ask("recovery", "shop", bad.get("id").asText());
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.json().get("code").asText()).isEqualTo("backup_not_restorable");
        assertThat(refused.json().get("detail").asText()).contains("--anyway");
        assertThat(verdict(drill(bad))).as("a drill may look at it again").isEqualTo("backup_bad");
        Awaitility.await().until(() -> service.get("/api/v1/alerts").body().contains("\"kind\":\"backup_condemned\""));
        JsonNode status = Awaitility.await()
                .until(ProveTest::status, now -> now.get("reasons").toString().contains("failed its drill"));
        assertThat(status.get("readiness").asText()).isEqualTo("at_risk");
        assertThat(status.get("reasons").toString()).contains("failed its drill; a recovery takes the proven one");
        world.postgres.drop(World.DATABASE);

        JsonNode recovery = service.await(service.recover("shop"));

        assertThat(recovery.get("status").asText())
                .as(recovery.toPrettyString())
                .isEqualTo("succeeded");
        assertThat(recovery.get("backup_id").asText())
                .isEqualTo(proven.get("id").asText());
        assertThat(service.events(recovery.get("id").asText()))
                .contains("is not taken: the drill", "the newest that a drill has proven")
                .containsPattern(
                        "loses \\d+ s more of data than the newest would have, and \\d+ s more than the unproven "
                                + unproven.get("filename").asText());
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(asBackedUp);
        JsonNode later = service.await(service.start("drill", "shop", null));
        assertThat(later.get("backup_id").asText())
                .as("a drill takes the newest good one, to find out")
                .isEqualTo(unproven.get("id").asText());
    }

    @Test
    void whenNoneIsProvenTheNewestGoodOneIsTaken() {
        backup();
        awaitNextSecond();
        JsonNode good = backup();
        awaitNextSecond();
        breakPrimaryKey();
        JsonNode bad = backup();
        mendPrimaryKey();
        assertThat(verdict(drill(bad))).isEqualTo("backup_bad");

        JsonNode recovery = service.await(service.recover("shop"));

        assertThat(recovery.get("backup_id").asText()).isEqualTo(good.get("id").asText());
        assertThat(service.events(recovery.get("id").asText())).contains("is taken unproven");
    }

    @Test
    void aStoreThatIsDownWhenTheVerdictFallsIsNamedAndTheBackupCountsAsJudgedAllTheSame() throws IOException {
        slowInDrills("pg_sleep(3)");
        JsonNode backup = backup();
        String run = service.start("drill", "shop", backup.get("id").asText());
        awaitSleep();
        world.b2Proxy.refuse();
        JsonNode drill = service.await(run);
        world.b2Proxy.heal();

        assertThat(verdict(drill)).as(drill.toPrettyString()).isEqualTo("proven");
        assertThat(service.events(run)).contains("not yet in {b2=");
        assertThat(manifests(backup).get("b2").get("status").asText()).isEqualTo("COMPLETED");
        assertThat(manifests(backup).get("r2").get("status").asText()).isEqualTo("VERIFIED");
        assertThat(shown(backup).get("status").asText()).isEqualTo("VERIFIED");
    }

    @Test
    void aServerThatIsKilledDuringADrillCondemnsNothing() {
        slowInDrills("pg_sleep(100)");
        JsonNode backup = backup();
        String run = service.start("drill", "shop", backup.get("id").asText());
        awaitSleep();
        world.postgres.kill();
        world.postgres.restart();

        JsonNode drill = service.await(run);

        assertThat(drill.get("status").asText()).isEqualTo("failed");
        assertThat(verdict(drill)).as(drill.toPrettyString()).isEqualTo("surroundings_failed");
        assertThat(shown(backup).get("status").asText()).isEqualTo("COMPLETED");
    }

    @Test
    void aRecoveryCancelsADrillThatNobodyAskedForAndNoOther() {
        backup();
        slowInDrills("pg_sleep(8)");
        JsonNode slow = backup();
        String asked = service.start("drill", "shop", slow.get("id").asText());
        awaitSleep();
        assertThat(service.ask("recovery", "shop", null).status()).isEqualTo(409);
        service.post("/api/v1/runs/" + asked + "/cancel", "{}");
        service.await(asked);
        String policy = """
                dr.drill: {prove-within: 24h, prove-schedule: "* * * * * ?", retry-delay: 1h}
                """;
        try (ServiceProcess proving = world.service(
                        "in-the-way", world.application("shop", "kubernetes", world.shop.healthUrl(), 30), policy)
                .start()) {
            awaitSleep();

            JsonNode recovery = proving.await(proving.recover("shop"));

            assertThat(recovery.get("status").asText())
                    .as(recovery.toPrettyString())
                    .isEqualTo("succeeded");
            JsonNode drill = drills(proving, 1).get(0);
            assertThat(drill.get("trigger").asText()).isEqualTo("policy");
            assertThat(drill.get("status").asText()).isEqualTo("cancelled");
        }
    }

    /** A disk of its own that really is full: the live database fits, a second one does not. */
    @Test
    void aDiskThatIsFullInADrillCondemnsNothing() throws IOException {
        Path disk = Files.createDirectory(world.directory().resolve("disk"));
        Shell.run(List.of("mount", "-t", "tmpfs", "-o", "size=28m", "tmpfs", disk.toString()));
        try {
            Shell.run(List.of("chmod", "755", world.directory().toString()));
            Shell.run(List.of("chown", "postgres", disk.toString()));
            world.postgres.execute(
                    "postgres",
                    "CREATE TABLESPACE small LOCATION '" + disk + "'",
                    "ALTER DATABASE " + World.DATABASE + " WITH ALLOW_CONNECTIONS false",
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + World.DATABASE + "'",
                    "ALTER DATABASE " + World.DATABASE + " SET TABLESPACE small",
                    "ALTER DATABASE " + World.DATABASE + " WITH ALLOW_CONNECTIONS true");
            world.postgres.execute(
                    World.DATABASE,
                    "CREATE TABLE ballast (body text)",
                    "ALTER TABLE ballast ALTER body SET STORAGE EXTERNAL",
                    "INSERT INTO ballast SELECT repeat(md5(i::text), 3000) FROM generate_series(1, 100) i");
            JsonNode backup = backup();

            JsonNode drill = drill(backup);

            assertThat(drill.get("error").asText()).contains("No space left on device");
            assertThat(verdict(drill)).isEqualTo("surroundings_failed");
            assertThat(shown(backup).get("status").asText()).isEqualTo("COMPLETED");
        } finally {
            world.postgres.drop(World.DATABASE);
            world.postgres.databases().forEach(world.postgres::drop);
            world.postgres.execute("postgres", "DROP TABLESPACE IF EXISTS small");
            Shell.run(List.of("umount", disk.toString()));
        }
    }

    @Test
    void aForeignBackupIsCondemnedInTheJournalAndNotChosenAnyMore() throws IOException {
        JsonNode ours = backup();
        String dump = world.postgres.pgDump(World.DATABASE);
        Path whole = Files.writeString(world.directory().resolve("foreign.sql"), dump);
        Shell.run(List.of("gzip", "-f", whole.toString()));
        byte[] gzip = Files.readAllBytes(whole.resolveSibling("foreign.sql.gz"));
        String name = "backup_full_database_20990101_000000.sql.gz";
        Files.write(world.local.resolve("shop/" + name), Arrays.copyOf(gzip, gzip.length / 2));
        JsonNode foreign = StreamSupport.stream(
                        service.get("/api/v1/backups").json().spliterator(), false)
                .filter(each -> each.get("filename").asText().equals(name))
                .findFirst()
                .orElseThrow();
        assertThat(foreign.get("why_not_restorable").isNull()).isTrue();

        JsonNode drill = drill(foreign);

        assertThat(verdict(drill)).as(drill.toPrettyString()).isEqualTo("backup_bad");
        assertThat(shown(foreign).get("why_not_restorable").asText()).contains("found it bad");
        assertThat(Files.exists(world.local.resolve("shop/" + name + ".json"))).isFalse();
        JsonNode recovery = service.await(service.recover("shop"));
        assertThat(recovery.get("backup_id").asText()).isEqualTo(ours.get("id").asText());
        Files.write(world.local.resolve("shop/" + name), gzip);
        assertThat(shown(foreign).get("why_not_restorable").isNull())
                .as("another file under the same name is another backup")
                .isTrue();
    }

    /** Bytes that differ from the manifest's are the store's fault, also when every store has them wrong. */
    @Test
    void copiesThatAreAllDamagedAreTheStoresFault() throws IOException {
        JsonNode backup = backup();
        String key = "shop/" + backup.get("filename").asText();
        byte[] damaged = world.r2.get("dr/" + key);
        damaged[damaged.length / 2] ^= 1;
        world.r2.put("dr/" + key, damaged);
        world.b2.put("dr/" + key, damaged);
        Files.write(world.local.resolve(key), damaged);

        JsonNode drill = drill(backup);

        assertThat(drill.get("code").asText()).isEqualTo("no_store_left");
        assertThat(verdict(drill)).isEqualTo("surroundings_failed");
        assertThat(shown(backup).get("status").asText()).isEqualTo("COMPLETED");
    }

    @Test
    void thePolicyProvesTheNewestBackupOnceAndTriesAgainWhatFailedForItsSurroundings() {
        world.postgres.execute("postgres", "CREATE ROLE shop_owner");
        world.postgres.execute(World.DATABASE, "ALTER TABLE orders OWNER TO shop_owner");
        JsonNode backup = backup();
        world.postgres.execute(World.DATABASE, "REASSIGN OWNED BY shop_owner TO postgres");
        world.postgres.execute("postgres", "DROP ROLE shop_owner");
        String policy = """
                dr.drill: {prove-within: 24h, prove-pause: 0s, prove-schedule: "* * * * * ?", retry-delay: 2s, retries: 5}
                dr.watch.interval: 500
                """;
        try (ServiceProcess proving = world.service(
                        "policy", world.application("shop", "kubernetes", world.shop.healthUrl(), 30), policy)
                .start()) {
            JsonNode failed = drills(proving, 1).get(0);
            assertThat(failed.get("trigger").asText()).isEqualTo("policy");
            assertThat(failed.get("initiated_by").asText()).isEqualTo("schedule");
            assertThat(failed.get("error").asText()).contains("has no role shop_owner");
            assertThat(verdict(failed)).isEqualTo("surroundings_failed");
            world.postgres.execute("postgres", "CREATE ROLE shop_owner");

            Awaitility.await()
                    .until(() -> proving.get(
                                    "/api/v1/backups/" + backup.get("id").asText())
                            .json()
                            .get("status")
                            .asText()
                            .equals("VERIFIED"));
            awaitNextSecond();
            int before = drills(proving).size();
            assertThat(proving.takeBackup("shop").status()).isEqualTo(201);
            assertThat(verdict(drills(proving, before + 1).get(0))).isEqualTo("proven");
            Awaitility.await()
                    .during(Duration.ofSeconds(3))
                    .atMost(Duration.ofSeconds(6))
                    .until(() -> drills(proving), drills -> drills.size() == before + 1);
        } finally {
            world.postgres.execute("postgres", "DROP ROLE IF EXISTS shop_owner");
        }
    }

    @Test
    void aBackupThatWaitsTooLongForItsProofIsAnAlertAndAKeyThatDoesNotFitMakesARecoveryImpossible() {
        backup();
        String settings = """
                dr.drill: {prove-within: 1s, prove-schedule: "0 0 0 1 1 ? 2099"}
                dr.encryption.passphrase: not the right one
                dr.alerts.interval: 200
                dr.watch.interval: 500
                """;
        try (ServiceProcess waiting = world.service(
                        "waiting", world.application("shop", "kubernetes", world.shop.healthUrl(), 30), settings)
                .start()) {
            Awaitility.await().until(() -> waiting.get("/api/v1/alerts").body().contains("\"kind\":\"proof_overdue\""));
            JsonNode status = waiting.get("/api/v1/status").json().at("/applications/0");
            assertThat(status.get("readiness").asText())
                    .as(status.toPrettyString())
                    .isEqualTo("not_ready");
            assertThat(status.get("reasons").toString())
                    .contains("no drill has proven a backup of shop since", "no key here opens the newest good backup");
            String run = waiting.start("drill", "shop", null);
            JsonNode drill = waiting.await(run);
            assertThat(drill.get("code").asText()).isEqualTo("wrong_key");
            assertThat(verdict(drill)).isEqualTo("surroundings_failed");
        }
    }

    private static List<JsonNode> drills(ServiceProcess service, int ended) {
        return Awaitility.await().until(() -> ended(service), drills -> drills.size() >= ended);
    }

    private static List<JsonNode> ended(ServiceProcess service) {
        return drills(service).stream()
                .filter(run -> !run.get("end_time").isNull())
                .toList();
    }

    /** Newest first. */
    private static List<JsonNode> drills(ServiceProcess service) {
        return StreamSupport.stream(
                        service.get("/api/v1/runs?mode=drill").json().spliterator(), false)
                .toList();
    }

    /** A check that is quick everywhere but in a side database. */
    private static void slowInDrills(String sleep) {
        world.postgres.execute(
                World.DATABASE,
                "CREATE FUNCTION slow(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN IF current_database() LIKE"
                        + " '%\\_\\_dr\\_%' THEN PERFORM " + sleep + "; END IF; RETURN true; END $$",
                "CREATE TABLE slow_ones (word text CHECK (public.slow(word)))",
                "INSERT INTO slow_ones VALUES ('once')");
    }

    private static void awaitSleep() {
        Awaitility.await()
                .until(
                        () -> world.postgres.query(
                                "postgres", "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'"),
                        pids -> !pids.isEmpty());
    }

    /** Names of backups are told apart by the second. */
    private static void awaitNextSecond() {
        long now = System.currentTimeMillis() / 1000;
        Awaitility.await().pollInterval(Duration.ofMillis(50)).until(() -> System.currentTimeMillis() / 1000 > now);
    }
}
