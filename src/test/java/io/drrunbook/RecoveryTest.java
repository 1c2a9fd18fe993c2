package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.ManifestSeal;
import io.drrunbook.world.FaultyProxy.Fault;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.ServiceProcess.Answer;
import io.drrunbook.world.Shell;
import io.drrunbook.world.World;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.apache.commons.io.FileUtils;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The runbook, end to end: a real service process, PostgreSQL server, S3 servers, files and shop. */
@InWorld
class RecoveryTest {

    private static final int ORDERS = 2000;

    /** Fifty clients without a pause would leave two cores nothing to recover with. */
    private static final long THINK_NANOS = Duration.ofMillis(20).toNanos();

    private static World world;
    private static ServiceProcess service;

    private PostgresCluster.Content backedUp;
    private JsonNode backup;

    @BeforeAll
    static void start(World given) {
        world = given;
        world.createShop(ORDERS);
        service = world.service("service").start();
    }

    @BeforeEach
    void givenAShopWithABackupInAllStores() {
        world.reset();
        world.createShop(ORDERS);
        backedUp = world.postgres.content(World.DATABASE);
        Answer answer = service.takeBackup("shop");
        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        backup = answer.json();
        assertThat(texts(backup.get("stores"))).containsExactlyInAnyOrder("r2", "b2", "local");
    }

    @Test
    void aDestroyedShopComesBackFromR2() {
        world.postgres.drop(World.DATABASE);
        assertThat(world.shop.health()).isEqualTo(503);
        long oldProcess = world.shop.pid();

        JsonNode run = recovered("shop");

        assertThat(run.get("steps")).hasSize(7).allSatisfy(step -> {
            assertThat(step.get("status").asText()).isEqualTo("completed");
            assertThat(step.get("duration_seconds").asDouble()).isGreaterThan(0);
        });
        assertThat(run.at("/steps/1/source").asText()).isEqualTo("r2");
        assertThat(run.get("rto_met").asBoolean()).isTrue();
        assertThat(run.get("rpo_met").asBoolean()).isTrue();
        assertThat(run.get("duration_seconds").asDouble()).isBetween(0.1, 60.0);
        assertThat(world.shop.health()).isEqualTo(200);
        assertThat(world.shop.pid()).isNotEqualTo(oldProcess);
    }

    @Test
    void damagedLiveDataIsReplacedAndStaysForARollback() {
        world.postgres.execute(World.DATABASE, "DELETE FROM order_lines", "DROP TABLE accounting.bookings");
        PostgresCluster.Content damaged = world.postgres.content(World.DATABASE);

        JsonNode run = recovered("shop");

        String previous = run.get("previous_database").asText();
        assertThat(previous).startsWith("shop__before_");
        assertThat(world.postgres.databases()).contains(previous);
        world.postgres.execute("postgres", "ALTER DATABASE \"" + previous + "\" ALLOW_CONNECTIONS true");
        assertThat(world.postgres.content(previous)).isEqualTo(damaged);
    }

    @Test
    void aRollbackSwapsTheDatabaseBackThatWasThereBefore() {
        world.postgres.execute(World.DATABASE, "UPDATE orders SET note = 'written after the backup'");
        PostgresCluster.Content written = world.postgres.content(World.DATABASE);
        String id = recovered("shop").get("id").asText();

        assertThat(service.post("/api/v1/runs/" + id + "/rollback", "").status())
                .isEqualTo(202);

        assertThat(service.await(id).get("status").asText()).isEqualTo("rolled_back");
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(written);
        assertThat(service.post("/api/v1/runs/" + id + "/rollback", "").status())
                .as("a second time there is nothing to roll back")
                .isEqualTo(409);
    }

    @ParameterizedTest(name = "R2 fails with {0}: B2 has it")
    @CsvSource({
        "SERVER_ERROR, server_error",
        "FLIPPED_BIT, corrupt",
        "CUT, cut_short",
        "STALL, stalled",
        "SLOW, too_slow"
    })
    void whenR2FailsTheBackupComesFromB2(Fault fault, String outcome) {
        world.postgres.drop(World.DATABASE);
        world.r2Proxy.fault(fault);

        JsonNode run = recovered("shop");

        assertThat(world.r2Proxy.hits()).isPositive();
        assertThat(run.at("/steps/1/source").asText()).isEqualTo("b2");
        assertThat(run.at("/steps/1/attempts/0/source").asText()).isEqualTo("r2");
        assertThat(run.at("/steps/1/attempts/0/outcome").asText()).isEqualTo(outcome);
        assertThat(run.at("/steps/1/attempts/0/error").asText()).isNotBlank();
    }

    @Test
    void whenR2RefusesConnectionsTheBackupComesFromB2() {
        world.postgres.drop(World.DATABASE);
        world.r2Proxy.refuse();

        JsonNode run = recovered("shop");

        assertThat(run.at("/steps/1/source").asText()).isEqualTo("b2");
        assertThat(run.at("/steps/1/attempts/0/outcome").asText()).isEqualTo("unreachable");
    }

    @Test
    void whenR2HasLostTheObjectTheBackupComesFromB2() {
        world.r2.delete("dr/shop/" + filename());

        JsonNode run = recovered("shop");

        assertThat(run.at("/steps/1/source").asText()).isEqualTo("b2");
        assertThat(run.at("/steps/1/attempts/0/outcome").asText()).isEqualTo("not_found");
    }

    @Test
    void whenR2AndB2AreGoneTheBackupComesFromTheLocalStore() {
        world.postgres.drop(World.DATABASE);
        world.r2Proxy.refuse();
        world.b2Proxy.refuse();

        JsonNode run = recovered("shop");

        assertThat(run.at("/steps/1/source").asText()).isEqualTo("local");
    }

    @Test
    void whenAllStoresAreGoneTheRunFailsSaysHowEachFailedAndLiveDataIsAsItWas() throws IOException {
        world.postgres.execute(World.DATABASE, "DELETE FROM order_lines WHERE line = 3");
        PostgresCluster.Content live = world.postgres.content(World.DATABASE);
        world.r2Proxy.refuse();
        world.b2Proxy.fault(Fault.CUT);
        Path local = localObject();
        byte[] content = Files.readAllBytes(local);
        content[content.length / 2] ^= 4;
        Files.write(local, content);

        JsonNode run = service.await(service.recover("shop"));

        assertThat(run.get("status").asText()).as(run.toPrettyString()).isEqualTo("failed");
        assertThat(run.get("code").asText()).isEqualTo("no_store_left");
        assertThat(run.get("error").asText()).contains("r2:", "b2: connection lost", "local: SHA-256 differs");
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(live);
        assertThat(world.postgres.databases()).containsExactly(World.DATABASE);
        assertThat(workDirectory(run)).doesNotExist();
    }

    @Test
    void whenNoStoreHasAGoodCopyOfTheNewestBackupTheNextOlderIsTakenAndItsCostIsSaid() throws IOException {
        nextSecond();
        world.postgres.execute(World.DATABASE, "INSERT INTO customers (name) VALUES ('new')");
        String newest = service.takeBackup("shop").json().get("filename").asText();
        for (var store : List.of(world.r2, world.b2)) {
            store.put("dr/shop/" + newest, "not what the manifest says".getBytes(StandardCharsets.UTF_8));
        }
        Files.delete(world.local.resolve("shop").resolve(newest));

        JsonNode run = recovered("shop");

        assertThat(run.get("backup_id")).isEqualTo(backup.get("id"));
        assertThat(service.events(run.get("id").asText())).contains("going on with the older", "s more of data");
    }

    @Test
    void theLatestIsChosenAcrossStoresThatDisagree() {
        nextSecond();
        world.postgres.execute(World.DATABASE, "INSERT INTO customers (name) VALUES ('new')");
        backedUp = world.postgres.content(World.DATABASE);
        world.r2Proxy.refuse();
        JsonNode newest = service.takeBackup("shop").json();
        assertThat(texts(newest.get("stores"))).containsExactlyInAnyOrder("b2", "local");
        world.r2Proxy.heal();

        JsonNode run = recovered("shop");

        assertThat(run.get("backup_id")).isEqualTo(newest.get("id"));
        assertThat(run.at("/steps/1/attempts/0/outcome").asText()).isEqualTo("not_found");
        assertThat(run.at("/steps/1/source").asText()).isEqualTo("b2");
    }

    @Test
    void aBackupThatWasAskedForByIdIsTakenAlthoughThereIsANewerOne() {
        nextSecond();
        world.postgres.execute(World.DATABASE, "INSERT INTO customers (name) VALUES ('new')");
        service.takeBackup("shop");

        JsonNode run =
                service.await(service.start("recovery", "shop", backup.get("id").asText()));

        assertThat(run.get("status").asText()).isEqualTo("succeeded");
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(backedUp);
    }

    @Test
    void aBackupWhoseManifestWasChangedIsNotUsed() {
        String manifest = "dr/shop/" + filename() + ".json";
        for (var store : List.of(world.r2, world.b2)) {
            store.put(
                    manifest,
                    new String(store.get(manifest), StandardCharsets.UTF_8)
                            .replace("\"COMPLETED\"", "\"VERIFIED\"")
                            .getBytes(StandardCharsets.UTF_8));
        }
        world.localFiles().forEach(file -> FileUtils.deleteQuietly(file.toFile()));

        assertThat(service.ask("recovery", "shop", null).json().get("code").asText())
                .isEqualTo("no_backup");
        Answer byId = service.ask("recovery", "shop", backup.get("id").asText());
        assertThat(byId.status()).isEqualTo(422);
        assertThat(byId.json().get("detail").asText()).contains("HMAC");
    }

    @Test
    void anUnknownBackupIsRefusedBeforeAnythingIsTouched() {
        Answer answer = service.ask("recovery", "shop", "00000000-0000-0000-0000-000000000001");

        assertThat(answer.status()).isEqualTo(404);
        assertThat(answer.json().get("code").asText()).isEqualTo("backup_unknown");
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource({"FAILED, FULL_DATABASE", "IN_PROGRESS, FULL_DATABASE", "COMPLETED, USERS_ONLY"})
    void aNewerBackupThatCannotBeRestoredIsRefusedByItsIdAndNeverChosen(Manifest.Status status, String type) {
        UUID id = UUID.randomUUID();
        String name = "backup_full_database_20991231_000000.dump.gz.gpg";
        Instant newest = Instant.parse("2099-12-31T00:00:00Z");
        Manifest manifest = new Manifest(
                id,
                "shop",
                type,
                name,
                1,
                List.of(new Manifest.StoredObject(name, 1, "00", null)),
                1,
                status,
                newest,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                List.of(),
                null,
                null);
        world.r2.put("dr/shop/" + name, new byte[1]);
        world.r2.put("dr/shop/" + name + ".json", new ManifestSeal(world.encryption()).sign(manifest));

        Answer answer = service.ask("recovery", "shop", id.toString());

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.json().get("code").asText()).isEqualTo("backup_not_restorable");
        assertThat(answer.json().get("detail").asText())
                .contains(status == Manifest.Status.COMPLETED ? type : status.name());
        assertThat(recovered("shop").get("backup_id")).isEqualTo(backup.get("id"));
    }

    @Test
    void withNoBackupAtAllARecoveryIsRefused() {
        world.reset();

        Answer answer = service.ask("recovery", "shop", null);

        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.json().get("code").asText()).isEqualTo("no_backup");
    }

    @Test
    void aMissingReasonAWrongConfirmationAndAnUnknownApplicationAreRefused() {
        assertRefused("{\"mode\":\"recovery\",\"application\":\"shop\",\"confirm\":\"shop\"}", 400, "reason_missing");
        assertRefused(
                "{\"mode\":\"recovery\",\"application\":\"shop\",\"reason\":\"r\",\"confirm\":\"store\"}",
                400,
                "confirmation_wrong");
        assertRefused(
                "{\"mode\":\"recovery\",\"application\":\"../etc\",\"reason\":\"r\",\"confirm\":\"../etc\"}",
                404,
                "application_unknown");
        assertRefused("{\"mode\":\"destroy\",\"application\":\"shop\",\"reason\":\"r\"}", 400, "mode_unknown");
        assertRefused("{", 400, "bad_request");
    }

    @Test
    void aSecondRunAndABackupAreRefusedWhileTheFirstIsActive() {
        world.r2Proxy.fault(Fault.STALL);
        String first = service.recover("shop");

        Answer second = service.ask("recovery", "shop", null);

        assertThat(second.status()).isEqualTo(409);
        assertThat(second.json().get("code").asText()).isEqualTo("run_active");
        assertThat(second.json().get("detail").asText()).contains(first);
        assertThat(service.takeBackup("shop").status()).isEqualTo(409);
        assertThat(service.await(first).get("status").asText()).isEqualTo("succeeded");
    }

    @Test
    void aRunThatIsCancelledWhileItDownloadsEndsAndLeavesLiveDataAsItWas() {
        world.r2Proxy.fault(Fault.SLOW);
        String id = service.recover("shop");
        Awaitility.await().until(() -> world.r2Proxy.hits() > 0);

        assertThat(service.post("/api/v1/runs/" + id + "/cancel", "").status()).isEqualTo(202);

        assertThat(service.await(id).get("status").asText()).isEqualTo("cancelled");
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(backedUp);

        world.r2Proxy.heal();
        assertThat(service.post("/api/v1/runs/" + id + "/resume", "").status()).isEqualTo(202);
        assertThat(service.await(id).get("status").asText()).isEqualTo("succeeded");
    }

    @Test
    void fiftyBusyClientsThatReconnectAtOnceDoNotKeepTheSwapFromHappening() {
        world.postgres.execute(World.DATABASE, "DELETE FROM order_lines");
        AtomicBoolean go = new AtomicBoolean(true);
        AtomicInteger queries = new AtomicInteger();
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            clients.add(new Thread(() -> keepAsking(go, queries)));
        }
        clients.forEach(Thread::start);
        Awaitility.await().until(() -> queries.get() > 100);

        JsonNode run = service.await(service.recover("shop"));
        int then = queries.get();
        Awaitility.await().until(() -> queries.get() > then + 100);
        go.set(false);
        clients.forEach(RecoveryTest::join);

        assertThat(run.get("status").asText()).as(run.toPrettyString()).isEqualTo("succeeded");
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(backedUp);
    }

    @Test
    void aRolloutThatNeverCompletesFailsTheRunWithTheNumbersAndCanBeResumed() {
        world.kubernetes.stuck(true);

        JsonNode run = service.await(service.recover("shop"));

        assertThat(run.get("status").asText()).isEqualTo("failed");
        assertThat(run.get("code").asText()).isEqualTo("rollout_not_complete");
        assertThat(run.get("error").asText()).contains("2 pods wanted, 1 updated");
        world.kubernetes.stuck(false);
        String id = run.get("id").asText();
        service.post("/api/v1/runs/" + id + "/resume", "");
        assertThat(service.await(id).get("status").asText()).isEqualTo("succeeded");
    }

    @Test
    void aDrillRestoresVerifiesAndLeavesNothingBehind() {
        PostgresCluster.Content live = world.postgres.content(World.DATABASE);
        long shop = world.shop.pid();

        JsonNode run = service.await(service.start("drill", "shop", null));

        assertThat(run.get("status").asText()).as(run.toPrettyString()).isEqualTo("succeeded");
        assertThat(run.at("/steps/3/rows_verified").asLong()).isEqualTo(200 + ORDERS * 4 + 500);
        assertThat(run.at("/steps/4/status").asText()).isEqualTo("skipped");
        assertThat(world.postgres.databases()).containsExactly(World.DATABASE);
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(live);
        assertThat(world.shop.pid()).isEqualTo(shop);
    }

    @Test
    void whatBelongsToTheDatabaseAndIsInNoDumpIsCarriedOver() {
        world.postgres.execute(
                "postgres",
                "DROP ROLE IF EXISTS shop_owner",
                "CREATE ROLE shop_owner LOGIN",
                "ALTER DATABASE shop SET search_path TO accounting, \"Odd name\", public",
                "ALTER DATABASE shop SET dr.example TO 'it''s \\ here'",
                "ALTER ROLE shop_owner IN DATABASE shop SET work_mem TO '7MB'",
                "ALTER DATABASE shop CONNECTION LIMIT 77",
                "REVOKE CONNECT ON DATABASE shop FROM PUBLIC",
                "GRANT CONNECT ON DATABASE shop TO shop_owner WITH GRANT OPTION",
                "COMMENT ON DATABASE shop IS 'the shop''s own'");
        String before = properties();

        recovered("shop");

        assertThat(properties()).isEqualTo(before).contains("77", "dr.example=it's", "the shop's own");
    }

    @Test
    void aPreparedTransactionIsNamedBeforeAnythingIsWritten() {
        world.postgres.execute(World.DATABASE, "BEGIN", "DELETE FROM order_lines", "PREPARE TRANSACTION 'left behind'");

        JsonNode run = service.await(service.recover("shop"));
        world.postgres.execute(World.DATABASE, "ROLLBACK PREPARED 'left behind'");

        assertThat(run.get("code").asText()).isEqualTo("restore_not_possible");
        assertThat(run.get("error").asText()).contains("left behind");
        assertThat(world.postgres.databases()).containsExactly(World.DATABASE);
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(backedUp);
    }

    @Test
    void aMissingRoleIsNamedBeforeAnythingIsWritten() {
        world.postgres.execute("postgres", "CREATE ROLE auditor");
        world.postgres.execute(World.DATABASE, "GRANT SELECT ON orders TO auditor");
        nextSecond();
        service.takeBackup("shop");
        world.postgres.execute(World.DATABASE, "REVOKE ALL ON orders FROM auditor");
        world.postgres.execute("postgres", "DROP ROLE auditor");
        PostgresCluster.Content live = world.postgres.content(World.DATABASE);

        JsonNode run = service.await(service.recover("shop"));

        assertThat(run.get("code").asText()).isEqualTo("restore_not_possible");
        assertThat(run.get("error").asText()).contains("auditor");
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(live);
    }

    @Test
    void aDumpWhoseRestoreFailsHalfWayLeavesLiveDataAsItWas() {
        // The check constraint holds for what was inserted, and not when the dump is restored: the function sees
        // nothing.
        world.postgres.execute(
                World.DATABASE,
                "CREATE TABLE zz_late (id int)",
                "CREATE FUNCTION has_customer(int) RETURNS boolean LANGUAGE plpgsql AS"
                        + " $$ BEGIN RETURN EXISTS (SELECT 1 FROM zz_late WHERE id = $1); END $$",
                "INSERT INTO zz_late VALUES (1)",
                "CREATE TABLE checked (id int CHECK (has_customer(id)))",
                "INSERT INTO checked VALUES (1)");
        nextSecond();
        service.takeBackup("shop");
        PostgresCluster.Content live = world.postgres.content(World.DATABASE);

        JsonNode run = service.await(service.recover("shop"));

        assertThat(run.get("status").asText()).isEqualTo("failed");
        assertThat(run.get("code").asText()).isEqualTo("object_not_restorable");
        assertThat(run.get("error").asText()).contains("checked");
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(live);
        assertThat(world.postgres.databases()).containsExactly(World.DATABASE);
    }

    @Test
    void theOriginalSystemsBackupComesBackPlainSqlInGzipInAFernetToken() throws IOException {
        world.reset();
        Path token = world.directory().resolve("backup_full_database_20261101_020000.dump.gz.enc");
        Shell.sh("PGPASSWORD='" + world.postgres.password() + "' pg_dump -Fp -h 127.0.0.1 -p "
                + world.postgres.port() + " -U postgres shop | gzip -9 | /usr/bin/python3 -c 'import sys; from"
                + " cryptography.fernet import Fernet; sys.stdout.buffer.write(Fernet(b\""
                + World.FERNET_KEY + "\").encrypt(sys.stdin.buffer.read()))' > '" + token + "'");
        world.b2.put("dr/shop/" + token.getFileName(), Files.readAllBytes(token));
        world.postgres.drop(World.DATABASE);

        JsonNode run = recovered("shop");

        assertThat(run.at("/steps/0/backup_filename").asText())
                .isEqualTo(token.getFileName().toString());
        assertThat(run.at("/steps/2/encryption").asText()).isEqualTo("fernet");
        assertThat(run.at("/steps/2/compression").asText()).isEqualTo("gzip");
        assertThat(run.at("/steps/3/dump_format").asText()).isEqualTo("plain");
        assertThat(service.events(run.get("id").asText())).contains("no checksum vouches for");
    }

    @Test
    void theNewestIsFoundAmongThousandsOfObjects() {
        for (int i = 0; i < 1100; i++) {
            world.b2.put(String.format("dr/shop/backup_users_only_20200101_%06d.dump", i), new byte[] {1});
        }

        JsonNode run = recovered("shop");

        assertThat(run.get("backup_id")).isEqualTo(backup.get("id"));
    }

    @Test
    void gpgAndGunzipAndPgRestoreOpenWhatWeSealed() throws IOException {
        Path sealed = localObject();
        Path home = Files.createDirectories(world.directory().resolve("gnupg"));
        home.toFile().setReadable(false, false);
        home.toFile().setReadable(true, true);
        world.postgres.drop("by_hand");
        world.postgres.execute("postgres", "CREATE DATABASE by_hand TEMPLATE template0");

        Shell.sh("export GNUPGHOME='" + home + "' PGPASSWORD='" + world.postgres.password()
                + "'; gpg --batch --pinentry-mode loopback --passphrase '" + World.PASSPHRASE + "' -d '" + sealed
                + "' | gunzip | pg_restore --exit-on-error -h 127.0.0.1 -p " + world.postgres.port()
                + " -U postgres -d by_hand");

        assertThat(world.postgres.content("by_hand")).isEqualTo(backedUp);
    }

    @Test
    void noSecretShowsInTheLogTheAnswersOrTheProcessList() {
        recovered("shop");
        String shown = service.log()
                + service.get("/api/v1/runs").body()
                + service.get("/actuator/prometheus").body();

        assertThat(shown)
                .doesNotContain(
                        World.PASSPHRASE,
                        world.postgres.password(),
                        world.r2.secretKey(),
                        world.b2.secretKey(),
                        ServiceProcess.PASSWORD);
    }

    @Test
    void runsAndStepsAreCountedForPrometheus() {
        recovered("shop");

        String metrics = service.get("/actuator/prometheus").body();

        assertThat(metrics)
                .contains(
                        "dr_run_duration_seconds_count{application=\"shop\",mode=\"recovery\",status=\"succeeded\"}",
                        "dr_step_duration_seconds_count{application=\"shop\",step=\"4\"}",
                        "dr_rto_target_seconds{application=\"shop\"} 3600",
                        "dr_run_active{application=\"shop\"} 0",
                        "dr_download_bytes_total{store=\"r2\"}");
    }

    @Test
    void theEventsOfARunGoOnWhereAReaderStopped() {
        String id = recovered("shop").get("id").asText();
        List<String> all = service.events(id)
                .lines()
                .filter(line -> line.startsWith("id:"))
                .toList();
        String middle = all.get(all.size() / 2).substring(3);

        String rest = service.events(id, middle);

        assertThat(rest.lines().filter(line -> line.startsWith("id:")))
                .containsExactlyElementsOf(all.subList(all.size() / 2 + 1, all.size()));
        assertThat(rest).contains("event:done", "\"status\":\"succeeded\"");
    }

    private JsonNode recovered(String application) {
        JsonNode run = service.await(service.recover(application));
        assertThat(run.get("status").asText()).as(run.toPrettyString()).isEqualTo("succeeded");
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(backedUp);
        assertThat(workDirectory(run)).doesNotExist();
        return run;
    }

    private static void assertRefused(String body, int status, String code) {
        Answer answer = service.post("/api/v1/runs", body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        assertThat(answer.json().get("code").asText()).isEqualTo(code);
    }

    private static Path workDirectory(JsonNode run) {
        return service.directory().resolve("data/work").resolve(run.get("id").asText());
    }

    private String filename() {
        return backup.get("filename").asText();
    }

    private Path localObject() {
        return world.local.resolve("shop").resolve(filename());
    }

    /** Names of backups count seconds. */
    private static void nextSecond() {
        long now = System.currentTimeMillis() / 1000;
        Awaitility.await().pollInterval(Duration.ofMillis(50)).until(() -> System.currentTimeMillis() / 1000 > now);
    }

    private static void keepAsking(AtomicBoolean go, AtomicInteger queries) {
        while (go.get()) {
            try (Connection connection = world.postgres.connect(World.DATABASE);
                    Statement statement = connection.createStatement()) {
                while (go.get()) {
                    statement.execute("SELECT count(*) FROM customers");
                    queries.incrementAndGet();
                    LockSupport.parkNanos(THINK_NANOS);
                }
            } catch (SQLException e) {
                // Thrown out by the swap: comes back at once.
                Thread.onSpinWait();
            }
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String properties() {
        return world.postgres.value(
                "postgres",
                "SELECT d.datdba::regrole::text || d.datconnlimit::text || (SELECT array_agg(x::text ORDER BY x::text) FROM"
                        + " aclexplode(d.datacl) x)::text || shobj_description(oid, 'pg_database') || (SELECT"
                        + " array_agg(setrole::text || setconfig::text ORDER BY setrole)::text FROM"
                        + " pg_db_role_setting WHERE setdatabase = d.oid) || pg_encoding_to_char(encoding) ||"
                        + " datcollate FROM pg_database d WHERE datname = 'shop'");
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(text -> texts.add(text.asText()));
        return texts;
    }
}
