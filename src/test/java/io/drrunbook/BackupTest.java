package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.drrunbook.world.EveryKindOfObject;
import io.drrunbook.world.FaultyProxy.Fault;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.ServiceProcess.Answer;
import io.drrunbook.world.Shell;
import io.drrunbook.world.World;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A backup is taken from a real database into real stores, with faults in the middle of it. */
@InWorld(alone = "kills its PostgreSQL server")
class BackupTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The smallest part that S3 takes: a backup of some 18 MB has several. */
    private static final String SETTINGS = """
            dr.upload: {part-size: 5MB, stall-timeout: 2s, part-timeout: 6s}
            dr.backup: {lock-timeout: 2s, clean-up-interval: 500, heartbeat: 500}
            """;

    private static World world;
    private static ServiceProcess service;

    @BeforeAll
    static void start(World given) {
        world = given;
        world.createShop(500);
        world.postgres.execute(
                World.DATABASE,
                "CREATE TABLE payload AS SELECT i, md5(random()::text) || md5(random()::text) AS noise"
                        + " FROM generate_series(1, 450000) i");
        service = world.service("taking", world.application("shop", "kubernetes", world.shop.healthUrl(), 30), SETTINGS)
                .start();
    }

    @BeforeEach
    void givenEmptyStoresThatAnswer() {
        healAll();
        world.r2.clear();
        world.b2.clear();
        world.localFiles().forEach(file -> assertThat(file.toFile().delete()).isTrue());
    }

    @AfterEach
    void healAll() {
        world.r2Proxy.heal();
        world.b2Proxy.heal();
    }

    @Test
    void itGoesIntoAllStoresInPartsWithRolesTablespacesAndItsKeysNameAndNothingOfItOnThisDisk() throws IOException {
        Instant before = Instant.now();
        CompletableFuture<Long> largest = largestFileInTheWorkDirectoryWhile(() -> service.takeBackup("shop"));
        long atMost = largest.join();

        JsonNode manifest = manifest();
        String name = manifest.get("filename").asText();
        byte[] object = world.r2.get("dr/shop/" + name);
        assertThat(object.length)
                .isGreaterThan(10_000_000)
                .isEqualTo(manifest.get("size_bytes").asInt());
        assertThat(world.b2.get("dr/shop/" + name)).isEqualTo(object);
        assertThat(Files.readAllBytes(world.directory().resolve("local/shop").resolve(name)))
                .isEqualTo(object);
        assertThat(atMost).isLessThan(64_000);

        assertThat(manifest.get("encryption_key").asText()).matches("passphrase [0-9A-F]{8}");
        assertThat(Instant.parse(manifest.get("created_at").asText())).isBetween(before, Instant.now());
        assertThat(manifest.get("objects")).hasSize(2);
        String globals = manifest.at("/objects/1/name").asText();
        assertThat(manifest.at("/objects/1/content").asText()).isEqualTo("globals");
        assertThat(opened(world.r2.get("dr/shop/" + globals)))
                .contains("CREATE ROLE " + world.postgres.username())
                .doesNotContain("PASSWORD");
        assertThat(service.get("/api/v1/backups").json())
                .as("globals are no backup of their own")
                .hasSize(1);
    }

    @Test
    void whoeverDoesNotWaitIsToldWhereToLookAndSeesHowFarItIs() {
        Answer begun = service.call(
                "POST",
                "/api/v1/backups",
                "{\"application\":\"shop\"}",
                "Content-Type",
                "application/json",
                "Authorization",
                ServiceProcess.basic("admin", ServiceProcess.PASSWORD),
                "Prefer",
                "respond-async");

        assertThat(begun.status()).as(begun.body()).isEqualTo(202);
        String place = begun.header().apply("Location");
        assertThat(begun.json().get("status").asText()).isEqualTo("IN_PROGRESS");
        Awaitility.await()
                .until(() -> service.get(place).json().path("dumped_bytes").asLong() > 0);
        Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            JsonNode backup = service.get(place).json();
            assertThat(backup.get("status").asText()).isEqualTo("COMPLETED");
            assertThat(backup.get("stores")).hasSize(3);
        });
    }

    @Test
    void whileR2IsDownItGoesIntoTheOthersAndSaysSo() {
        world.r2Proxy.refuse();

        Answer answer = service.takeBackup("shop");

        assertThat(answer.status()).as(answer.body()).isEqualTo(201);
        assertThat(texts(answer.json().get("stores"))).containsExactlyInAnyOrder("b2", "local");
        JsonNode taken = lastEvent("backup_taken");
        assertThat(taken.at("/content/missing/r2").asText()).containsIgnoringCase("connect");
    }

    @Test
    void aStoreThatTakesNothingAnyMoreIsLeftBehindAndAStoreThatIsCutOffIsTriedAgain() {
        world.r2Proxy.fault(Fault.UPLOAD_STALLS);

        Answer answer = service.takeBackup("shop");

        assertThat(texts(answer.json().get("stores"))).containsExactlyInAnyOrder("b2", "local");
        assertThat(world.r2Proxy.hits()).isPositive();
        assertThat(world.r2.keys("dr/shop/")).isEmpty();
    }

    @Test
    void whenEveryConnectionIsCutInTheMiddleTheOthersHaveItAndNoPartsStay() {
        world.b2Proxy.fault(Fault.UPLOAD_CUT);

        Answer answer = service.takeBackup("shop");

        assertThat(texts(answer.json().get("stores"))).containsExactlyInAnyOrder("r2", "local");
        assertThat(world.b2Proxy.hits()).isGreaterThan(1);
        assertThat(world.b2.keys("dr/shop/")).isEmpty();
        assertThat(world.b2.unfinishedUploads()).isEmpty();
    }

    @Test
    void whenTheLocalDiskIsFullTheOthersHaveIt() throws IOException {
        Path folder = world.directory().resolve("local/shop");
        Files.createDirectories(folder);
        Shell.run(List.of("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder.toString()));
        try {
            Answer answer = service.takeBackup("shop");

            assertThat(texts(answer.json().get("stores"))).containsExactlyInAnyOrder("r2", "b2");
            assertThat(lastEvent("backup_taken").at("/content/missing/local").asText())
                    .contains("No space left");
            assertThat(folder).isEmptyDirectory();
        } finally {
            Shell.run(List.of("umount", folder.toString()));
        }
    }

    @Test
    void whenNoStoreTakesItItFailsAndNothingIsLeftBehind() throws IOException {
        world.r2Proxy.fault(Fault.UPLOAD_CUT);
        world.b2Proxy.refuse();
        Path local = world.directory().resolve("local");
        Path away = world.directory().resolve("local-away");
        Files.move(local, away);
        Files.writeString(local, "a file where a folder should be");
        try {
            Answer answer = service.takeBackup("shop");

            assertThat(answer.status()).as(answer.body()).isEqualTo(502);
            assertThat(answer.json().get("code").asText()).isEqualTo("no_store_takes_it");
            assertThat(answer.json().get("detail").asText()).contains("r2: ", "b2: ", "local: ");
            assertThat(lastEvent("backup_failed").at("/content/code").asText()).isEqualTo("no_store_takes_it");
        } finally {
            Files.delete(local);
            Files.move(away, local);
            healAll();
        }
        assertThat(world.r2.keys("dr/shop/")).isEmpty();
        assertThat(world.r2.unfinishedUploads()).isEmpty();
        assertThat(world.localFiles()).isEmpty();
        assertThat(world.directory().resolve("taking/data/work")).isEmptyDirectory();
    }

    @Test
    void whenTheServiceIsKilledThereIsNoBackupAndWhatItHadBegunIsRemovedAfterTheNextStart() {
        world.b2Proxy.fault(Fault.UPLOAD_STALLS);
        world.b2.beginUpload("dr/other/not-ours");
        CompletableFuture<Void> asked =
                CompletableFuture.runAsync(() -> service.takeBackup("shop")).exceptionally(lost -> null);
        Awaitility.await().until(() -> !world.r2.unfinishedUploads().isEmpty() && world.b2Proxy.hits() > 0);
        service.kill();
        asked.join();
        world.b2Proxy.heal();
        assertThat(world.r2.keys("dr/shop/")).isEmpty();
        assertThat(world.r2.unfinishedUploads()).isNotEmpty();

        service.start();

        Awaitility.await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            assertThat(world.r2.unfinishedUploads()).isEmpty();
            assertThat(world.b2.unfinishedUploads()).containsExactly("dr/other/not-ours");
            assertThat(world.localFiles()).isEmpty();
            assertThat(world.directory().resolve("taking/data/work")).isEmptyDirectory();
        });
        assertThat(lastEvent("backup_failed").at("/content/code").asText()).isEqualTo("interrupted");
        assertThat(service.takeBackup("shop").status()).isEqualTo(201);
    }

    @Test
    void aTableCannotBeDroppedWhileItIsDumpedAndOnlyOneBackupIsTakenAtATime() {
        world.postgres.execute(World.DATABASE, "CREATE TABLE fleeting AS SELECT 1 AS one");
        world.r2Proxy.fault(Fault.UPLOAD_STALLS);
        CompletableFuture<Answer> asked = CompletableFuture.supplyAsync(() -> service.takeBackup("shop"));
        Awaitility.await().until(() -> world.r2Proxy.hits() > 0);

        Answer second = service.takeBackup("shop");
        world.postgres.execute(World.DATABASE, "DROP TABLE fleeting");

        assertThat(second.status()).isEqualTo(409);
        assertThat(second.json().get("code").asText()).isEqualTo("backup_active");
        assertThat(asked.join().status()).isEqualTo(201);
        assertThat(manifest("b2").get("tables"))
                .anySatisfy(table -> assertThat(table.get("name").asText()).isEqualTo("public.fleeting"));
    }

    @Test
    void aTableThatIsLockedForTooLongFailsTheBackupByItsName() throws SQLException {
        try (Connection holder = world.postgres.connect(World.DATABASE)) {
            holder.setAutoCommit(false);
            holder.createStatement().execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE");

            Answer answer = service.takeBackup("shop");

            assertThat(answer.json().get("code").asText()).isEqualTo("table_locked");
            assertThat(answer.json().get("detail").asText()).contains("dr.backup.lock-timeout");
        }
        assertNothingWasStored();
    }

    @Test
    void rowsThatRowLevelSecurityHidesFailTheBackupInsteadOfMissingFromIt() {
        world.postgres.execute(
                World.DATABASE,
                "CREATE ROLE dumper LOGIN PASSWORD 'dumper-password'",
                "GRANT pg_read_all_data TO dumper",
                "ALTER TABLE customers ENABLE ROW LEVEL SECURITY",
                "CREATE POLICY few ON customers USING (id < 10)");
        String applications = world.application("shop", "kubernetes", world.shop.healthUrl(), 30)
                .replaceFirst("username: [^,]+, password: [^}]+", "username: dumper, password: dumper-password");
        try (ServiceProcess other =
                world.service("dumper", applications, SETTINGS).start()) {
            Answer answer = other.takeBackup("shop");

            assertThat(answer.json().get("code").asText()).as(answer.body()).isEqualTo("rows_hidden");
            assertThat(answer.json().get("detail").asText()).contains("BYPASSRLS");
            assertNothingWasStored();
        } finally {
            world.postgres.execute(
                    World.DATABASE,
                    "DROP POLICY few ON customers",
                    "ALTER TABLE customers DISABLE ROW LEVEL SECURITY",
                    "DROP OWNED BY dumper",
                    "DROP ROLE dumper");
        }
        assertThat(service.takeBackup("shop").status()).isEqualTo(201);
    }

    @Test
    void aServerThatDiesInTheMiddleFailsTheBackupAndNothingIsStored() {
        world.r2Proxy.fault(Fault.UPLOAD_STALLS);
        CompletableFuture<Answer> asked = CompletableFuture.supplyAsync(() -> service.takeBackup("shop"));
        Awaitility.await().until(() -> world.r2Proxy.hits() > 0);
        world.postgres.kill();
        try {
            Answer answer = asked.join();
            assertThat(answer.status()).isEqualTo(502);
            assertThat(answer.json().get("code").asText()).isIn("tool_failed", "rows_not_counted");
        } finally {
            world.postgres.restart();
        }
        healAll();
        assertNothingWasStored();
    }

    @Test
    void everyKindOfObjectComesBack() {
        String application = world.application("shop", "kubernetes", world.shop.healthUrl(), 30);
        world.postgres.execute("postgres", "CREATE DATABASE everything TEMPLATE template0");
        world.postgres.execute("everything", EveryKindOfObject.STATEMENTS.toArray(String[]::new));
        PostgresCluster.Content before = world.postgres.content("everything");
        String everything = application.replace("name: " + World.DATABASE, "name: everything");
        try (ServiceProcess other =
                world.service("everything", everything, SETTINGS).start()) {
            JsonNode backup = other.takeBackup("shop").json();
            assertThat(manifest().get("tables")).hasSize(12).anySatisfy(table -> {
                assertThat(table.get("name").asText()).isEqualTo("Mixed Case.Order");
                assertThat(table.get("rows").asLong()).isEqualTo(50);
            });
            world.postgres.drop("everything");
            JsonNode run =
                    other.await(other.start("recovery", "shop", backup.get("id").asText()), Duration.ofMinutes(2));

            assertThat(run.get("status").asText()).as(run.toPrettyString()).isEqualTo("succeeded");
            assertThat(world.postgres.content("everything")).isEqualTo(before);
        } finally {
            world.postgres.drop("everything");
            world.postgres.execute("postgres", "DROP ROLE clerk");
        }
    }

    @Test
    void sealedToAPublicKeyWithZstdTheMachineThatMakesItCannotReadItAndAnotherOneCan() throws IOException {
        Path keys = Files.createDirectories(world.directory().resolve("keys"));
        Shell.sh("""
                export GNUPGHOME=%1$s/home && mkdir -p -m 700 $GNUPGHOME
                gpg --batch --quiet --passphrase '' --quick-generate-key 'backup <backup@example.org>' rsa2048 sign,encr never
                gpg --batch --export backup > %1$s/public.gpg
                gpg --batch --export-secret-keys backup > %1$s/private.gpg
                """.formatted(keys));
        String sealing = SETTINGS + """
                dr.encryption.passphrase: ""
                dr.encryption.public-key-file: %s/public.gpg
                dr.backup.compression: zstd
                """.formatted(keys);
        PostgresCluster.Content before = world.postgres.content(World.DATABASE);
        String application = world.application("shop", "kubernetes", world.shop.healthUrl(), 30);
        try (ServiceProcess maker = world.service("maker", application, sealing).start()) {
            Answer taken = maker.takeBackup("shop");
            assertThat(taken.status()).as(taken.body()).isEqualTo(201);
            JsonNode manifest = manifest();
            assertThat(manifest.get("compression").asText()).isEqualTo("zstd");
            assertThat(manifest.get("filename").asText()).endsWith(".dump.zst.gpg");
            assertThat(manifest.get("encryption_key").asText()).matches("openpgp [0-9A-F]{40}");

            JsonNode drill = maker.await(maker.start("drill", "shop", null));
            assertThat(drill.get("code").asText()).isEqualTo("no_key");
        }
        String opening = SETTINGS + "dr.encryption.private-key-file: " + keys + "/private.gpg\n";
        try (ServiceProcess reader =
                world.service("reader", application, opening).start()) {
            world.postgres.execute(World.DATABASE, "DELETE FROM order_lines");
            JsonNode run = reader.await(reader.recover("shop"), Duration.ofMinutes(2));
            assertThat(run.get("status").asText()).as(run.toPrettyString()).isEqualTo("succeeded");
            assertThat(world.postgres.content(World.DATABASE)).isEqualTo(before);
        }
    }

    @Test
    void afterTheKeysAreRotatedOldBackupsStayReadableAndNewOnesNameTheNewKey() {
        String application = world.application("shop", "kubernetes", world.shop.healthUrl(), 30);
        String old = service.takeBackup("shop").json().get("id").asText();
        String oldKey = manifest().get("encryption_key").asText();
        String rotated = SETTINGS + """
                dr.encryption.former-passphrases: ["%s"]
                dr.encryption.passphrase: the new passphrase
                dr.encryption.former-manifest-keys: ["%s"]
                dr.encryption.manifest-key: the new manifest key
                """.formatted(World.PASSPHRASE, World.MANIFEST_KEY);
        try (ServiceProcess rotating =
                world.service("rotating", application, rotated).start()) {
            JsonNode drill = rotating.await(rotating.start("drill", "shop", old), Duration.ofMinutes(2));
            assertThat(drill.get("status").asText()).as(drill.toPrettyString()).isEqualTo("succeeded");

            JsonNode fresh = rotating.takeBackup("shop").json();
            assertThat(fresh.get("id").asText()).isNotEqualTo(old);
            String newKey = world.r2.keys("dr/shop/").stream()
                    .filter(key -> key.endsWith(".json"))
                    .map(key -> read(world.r2.get(key)))
                    .filter(manifest ->
                            manifest.get("id").asText().equals(fresh.get("id").asText()))
                    .map(manifest -> manifest.get("encryption_key").asText())
                    .findFirst()
                    .orElseThrow();
            assertThat(newKey).matches("passphrase [0-9A-F]{8}").isNotEqualTo(oldKey);
        }
    }

    private static void assertNothingWasStored() {
        assertThat(world.r2.keys("dr/shop/")).isEmpty();
        assertThat(world.b2.keys("dr/shop/")).isEmpty();
        assertThat(world.localFiles()).isEmpty();
        Awaitility.await().untilAsserted(() -> {
            assertThat(world.r2.unfinishedUploads()).isEmpty();
            assertThat(world.b2.unfinishedUploads()).isEmpty();
        });
    }

    private static JsonNode manifest() {
        return manifest("r2");
    }

    private static JsonNode manifest(String store) {
        var server = store.equals("r2") ? world.r2 : world.b2;
        return server.keys("dr/shop/").stream()
                .filter(key -> key.endsWith(".json"))
                .map(key -> read(server.get(key)))
                .findFirst()
                .orElseThrow();
    }

    private static JsonNode read(byte[] json) {
        try {
            return JSON.readTree(json);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static String opened(byte[] sealed) throws IOException {
        Path file = Files.createTempFile(world.directory(), "sealed", ".gpg");
        Files.write(file, sealed);
        return new String(Shell.sh("gpg --batch --quiet --pinentry-mode loopback --passphrase '" + World.PASSPHRASE
                + "' -d " + file + " | gunzip"));
    }

    private static JsonNode lastEvent(String kind) {
        JsonNode found = null;
        JsonNode page = JSON.createArrayNode();
        long after = 0;
        do {
            page = service.get("/api/v1/journal?limit=100&after=" + after).json();
            for (JsonNode event : page) {
                after = event.get("id").asLong();
                found = event.get("kind").asText().equals(kind) ? event : found;
            }
        } while (!page.isEmpty());
        assertThat(found).as(kind).isNotNull();
        return found;
    }

    private static List<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    /** Looks again and again, until the work is done. */
    private static CompletableFuture<Long> largestFileInTheWorkDirectoryWhile(Runnable work) {
        CompletableFuture<Void> done = CompletableFuture.runAsync(work);
        return CompletableFuture.supplyAsync(() -> {
            long largest = 0;
            while (!done.isDone()) {
                largest = Math.max(largest, largestFile(world.directory().resolve("taking/data/work")));
            }
            done.join();
            return largest;
        });
    }

    private static long largestFile(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.mapToLong(file -> file.toFile().length()).max().orElse(0);
        } catch (IOException | java.io.UncheckedIOException e) {
            // A file went while it was looked at.
            return 0;
        }
    }
}
