package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.Shell;
import io.drrunbook.world.World;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.StreamSupport;
import org.apache.commons.lang3.StringUtils;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that nobody vouches for, in the stores of a running service; and a service that dies of a run. */
@InWorld
class ForeignTest {

    private static final int ORDERS = 200;

    private static World world;
    private static HttpServer health;
    private static volatile int healthStatus = 200;
    private static ServiceProcess service;

    private PostgresCluster.Content content;

    @BeforeAll
    static void start(World given) throws IOException {
        world = given;
        world.createShop(ORDERS);
        health = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        health.createContext("/", exchange -> {
            exchange.sendResponseHeaders(healthStatus, -1);
            exchange.close();
        });
        health.start();
        service = world.service(
                        "foreign",
                        world.application(
                                "shop",
                                "kubernetes",
                                "http://127.0.0.1:" + health.getAddress().getPort() + "/",
                                500),
                        "dr.watch.interval: 500\ndr.alerts.interval: 200")
                .start();
    }

    @AfterAll
    static void stop() {
        health.stop(0);
    }

    @BeforeEach
    void aShop() {
        healthStatus = 200;
        world.reset();
        world.createShop(ORDERS);
        content = world.postgres.content(World.DATABASE);
    }

    @Test
    void somebodysOwnDumpIsNamedInTheRefusalAndRestoredByItsId() throws IOException {
        world.r2.put("dr/shop/.DS_Store", new byte[] {0, 0, 0, 1});
        world.r2.put(
                "dr/shop/backup_shop_20991231_020000.dump",
                world.postgres.pgDump(World.DATABASE).getBytes(StandardCharsets.UTF_8));
        JsonNode listed = listed("backup_shop_20991231_020000.dump");
        assertThat(listed.get("why_not_restorable").isNull()).isTrue();
        assertThat(listed.get("note").asText()).contains("no manifest vouches for it", "by its id only");
        assertThat(listed.get("backup_type").asText()).isEqualTo("FULL_DATABASE");
        assertThat(listed(".DS_Store").get("why_not_restorable").asText()).contains("it is no backup");

        ServiceProcess.Answer refusal = service.ask("recovery", "shop", null);

        assertThat(refusal.status()).isEqualTo(422);
        assertThat(refusal.json().get("code").asText()).isEqualTo("no_backup");
        assertThat(refusal.json().get("detail").asText())
                .contains("--backup " + listed.get("id").asText(), "no manifest vouches for it", ".DS_Store");
        // The status is as the watch saw it last, which may have been before the stores were emptied.
        Awaitility.await().untilAsserted(() -> {
            JsonNode status = service.get("/api/v1/status").json().at("/applications/0");
            assertThat(status.get("rpo_met").asBoolean()).isFalse();
            assertThat(status.get("backup_age_seconds").isNull()).isTrue();
        });
        world.postgres.drop(World.DATABASE);
        JsonNode run =
                service.await(service.start("recovery", "shop", listed.get("id").asText()));
        assertThat(run.get("status").asText()).as(run.toPrettyString()).isEqualTo("succeeded");
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(content);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"-Fc", "-Fp", "-Ft"})
    void aDumpWithoutRowsIsRefusedAndTheLiveDatabaseIsAsItWas(String format) throws IOException {
        Path dump = world.directory().resolve("schema" + format);
        Shell.sh("PGPASSWORD='" + world.postgres.password() + "' pg_dump --schema-only " + format + " -h 127.0.0.1 -p "
                + world.postgres.port() + " -U " + world.postgres.username() + " -f '" + dump + "' " + World.DATABASE);
        world.b2.put("dr/shop/schema.dump", Files.readAllBytes(dump));

        JsonNode run = service.await(service.start(
                "recovery", "shop", listed("schema.dump").get("id").asText()));

        assertThat(run.get("code").asText()).as(run.toPrettyString()).isEqualTo("archive_without_data");
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(content);
        assertThat(world.postgres.databases()).noneMatch(name -> name.contains("__dr_"));
    }

    /** Of the newest file R2's copy has a flipped bit and B2's is cut; of the older one all are whole. */
    @ParameterizedTest(name = "local has it whole: {0}")
    @CsvSource({"true", "false"})
    void theOriginalsFilesFailOverToTheNextStoreAndThenToTheNextFile(boolean localIsWhole) throws IOException {
        byte[] older = token("backup_full_database_20261001_020000.dump.gz.enc");
        byte[] newest = token("backup_full_database_20261002_020000.dump.gz.enc");
        byte[] flipped = newest.clone();
        flipped[flipped.length / 2] = (byte) (flipped[flipped.length / 2] == 'A' ? 'B' : 'A');
        byte[] cut = Arrays.copyOf(newest, newest.length - 400);
        put("backup_full_database_20261001_020000.dump.gz.enc", older, older, older);
        put("backup_full_database_20261002_020000.dump.gz.enc", flipped, cut, localIsWhole ? newest : cut);
        assertThat(listed("backup_full_database_20261002_020000.dump.gz.enc")
                        .get("note")
                        .asText())
                .contains("differ in size");
        world.postgres.drop(World.DATABASE);

        JsonNode run = service.await(service.recover("shop"));

        assertThat(run.get("status").asText()).as(run.toPrettyString()).isEqualTo("succeeded");
        assertThat(run.at("/steps/0/backup_filename").asText()
                        + run.at("/steps/1/source").asText())
                .as(run.toPrettyString())
                .contains(localIsWhole ? "local" : "r2");
        assertThat(run.at("/steps/1/attempts/0/source").asText()).isEqualTo("r2");
        assertThat(run.at("/steps/1/attempts/0/outcome").asText()).isEqualTo("corrupt");
        assertThat(run.at("/steps/1/attempts/1/source").asText()).isEqualTo("b2");
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(content);
    }

    @Test
    void aRoleWhoseNameIsNoUtf8CostsAtMostTheRolesAndIsTold() {
        String psql = "PGPASSWORD='" + world.postgres.password() + "' psql -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "
                + world.postgres.port() + " -U " + world.postgres.username();
        Shell.sh(psql
                + " -d postgres -c \"CREATE DATABASE oddly_encoded ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'"
                + " TEMPLATE template0\" && printf 'CREATE ROLE \"odd\\351\\377\";' | " + psql + " -d oddly_encoded");
        try {
            ServiceProcess.Answer taken = service.takeBackup("shop");

            assertThat(taken.status()).as(taken.body()).isEqualTo(201);
            JsonNode drill = service.await(
                    service.start("drill", "shop", taken.json().get("id").asText()));
            assertThat(drill.get("status").asText()).as(drill.toPrettyString()).isEqualTo("succeeded");
        } finally {
            Shell.sh("printf 'DROP ROLE \"odd\\351\\377\";' | " + psql + " -d oddly_encoded");
            world.postgres.drop("oddly_encoded");
        }
    }

    @Test
    void globalsThatCannotBeReadDoNotFailTheBackupAndAreTold() throws IOException {
        world.postgres.execute(
                "postgres",
                "CREATE ROLE reader LOGIN PASSWORD 'reader'",
                "REVOKE SELECT ON pg_catalog.pg_tablespace FROM PUBLIC");
        world.postgres.execute(
                World.DATABASE,
                "GRANT USAGE ON SCHEMA public, accounting TO reader",
                "GRANT SELECT ON ALL TABLES IN SCHEMA public, accounting TO reader",
                "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public, accounting TO reader");
        try (ServiceProcess weak = world.service(
                        "weak",
                        world.application("shop", "kubernetes", world.shop.healthUrl(), 30)
                                .replace("username: " + world.postgres.username(), "username: reader")
                                .replace("password: " + world.postgres.password(), "password: reader"),
                        "dr.alerts.interval: 200")
                .start()) {
            ServiceProcess.Answer taken = weak.takeBackup("shop");

            assertThat(taken.status()).as(taken.body()).isEqualTo(201);
            Awaitility.await()
                    .untilAsserted(() -> assertThat(weak.get("/api/v1/alerts").body())
                            .contains("globals_missing", "without roles and tablespaces"));
        } finally {
            world.postgres.drop(World.DATABASE);
            world.postgres.execute(
                    "postgres", "GRANT SELECT ON pg_catalog.pg_tablespace TO PUBLIC", "DROP ROLE reader");
        }
    }

    @Test
    void aRunThatTheServiceDiesOfTwiceInTheSameStepIsGivenUpAndGoesOnWhenSomebodyResumesIt() {
        assertThat(service.takeBackup("shop").status()).isEqualTo(201);
        healthStatus = 503;
        String id = service.recover("shop");
        for (int crash = 1; crash <= 2; crash++) {
            int begun = crash;
            Awaitility.await()
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> StringUtils.countMatches(service.log(), "run " + id + " (RECOVERY of shop): step 6 ")
                            == begun);
            service.kill();
            service.start();
        }

        JsonNode run = service.await(id);

        assertThat(run.get("status").asText()).as(run.toPrettyString()).isEqualTo("failed");
        assertThat(run.get("code").asText()).isEqualTo("crash_loop");
        healthStatus = 200;
        assertThat(service.post("/api/v1/runs/" + id + "/resume", "").status()).isEqualTo(202);
        assertThat(service.await(id).get("status").asText()).isEqualTo("succeeded");
    }

    private static JsonNode listed(String filename) {
        return StreamSupport.stream(service.get("/api/v1/backups").json().spliterator(), false)
                .filter(backup -> backup.get("filename").asText().equals(filename))
                .findFirst()
                .orElseThrow();
    }

    private static void put(String name, byte[] r2, byte[] b2, byte[] local) throws IOException {
        world.r2.put("dr/shop/" + name, r2);
        world.b2.put("dr/shop/" + name, b2);
        Files.createDirectories(world.local.resolve("shop"));
        Files.write(world.local.resolve("shop").resolve(name), local);
    }

    /** As the original made them. */
    private static byte[] token(String name) throws IOException {
        Path token = world.directory().resolve(name);
        Shell.sh("PGPASSWORD='" + world.postgres.password() + "' pg_dump -Fp -h 127.0.0.1 -p "
                + world.postgres.port() + " -U " + world.postgres.username() + " " + World.DATABASE
                + " | gzip -9 | /usr/bin/python3 -c 'import sys; from cryptography.fernet import Fernet;"
                + " sys.stdout.buffer.write(Fernet(b\"" + World.FERNET_KEY
                + "\").encrypt(sys.stdin.buffer.read()))' > '"
                + token + "'");
        return Files.readAllBytes(token);
    }
}
