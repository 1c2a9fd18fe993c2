package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.ManifestSeal;
import io.drrunbook.world.FaultyProxy.Deletes;
import io.drrunbook.world.FaultyProxy.Fault;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.World;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.apache.commons.io.FileUtils;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Backups by schedule, what goes when its time is over and what stays, and what is told: a service on real stores. */
@InWorld
class KeepTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss").withZone(ZoneOffset.UTC);
    private static final List<String> ALL = List.of("r2", "b2", "local");

    private static World world;
    private static ServiceProcess service;
    private static Path memory;
    private static long margin;

    /** The journal's newest event before a test. */
    private long before;

    /** A slow download is waited for, so that a run is active until somebody cancels it. */
    @BeforeAll
    static void start(World given) throws IOException {
        world = given;
        world.createShop(50);
        memory = Files.createTempDirectory(Path.of("/dev/shm"), "dr-keep");
        FileStore disk = Files.getFileStore(memory);
        margin = Math.min(64L << 20, disk.getUsableSpace() / 4);
        double used = disk.getTotalSpace() - disk.getUnallocatedSpace();
        String applications = world.application("shop", "manual", world.shop.healthUrl(), 3)
                + world.application("other", "manual", world.shop.healthUrl(), 3)
                + world.application("ticking", "manual", world.shop.healthUrl(), 3)
                + "  backup: {schedule: \"0/3 * * * * ?\"}\n"
                + world.application("tocking", "manual", world.shop.healthUrl(), 3)
                + "  backup: {schedule: \"0/3 * * * * ?\"}\n"
                + world.application("yearly", "manual", world.shop.healthUrl(), 3)
                + "  backup: {schedule: \"0 0 3 1 1 ?\"}\n";
        service = world.service("service", applications, """
                        dr:
                          work-directory: %s/work
                          watch.interval: 300
                          download: {stall-timeout: 30s, minimum-rate: 1B}
                          alerts.interval: 200
                          backup: {retry-delay: 200ms, retries: 2, at-once: 1, heartbeat: 200}
                          retention: {schedule: "0/1 * * * * ?", r2: 365d, b2: 365d, local: 30d, ask-again: 200ms, disk-warning: %s}
                        """.formatted(
                                memory, (used + margin) / (used + disk.getUsableSpace())))
                .start();
    }

    @AfterAll
    static void stop() {
        FileUtils.deleteQuietly(memory.toFile());
    }

    @BeforeEach
    void givenEmptyStores() {
        world.reset();
        before = lastEvent();
    }

    @Test
    void whatIsPastItsTimeGoesStoreByStoreAndWhatMayBeNeededStays() {
        Kept newest = put("shop", 40, ALL, Manifest.Status.COMPLETED);
        Kept proven = put("shop", 70, ALL, Manifest.Status.VERIFIED);
        put("shop", 45, List.of("local"), Manifest.Status.FAILED);
        put("shop", 50, List.of("local"), Manifest.Status.IN_PROGRESS);
        Kept old = put("shop", 60, ALL, Manifest.Status.COMPLETED);
        Kept provenBefore = put("shop", 80, ALL, Manifest.Status.VERIFIED);
        Kept ancient = put("shop", 400, ALL, Manifest.Status.COMPLETED);
        String foreign = "shop/backup_full_database_20200101_020000.dump";
        write("local", foreign, "somebody else's".getBytes(StandardCharsets.UTF_8));
        String newer = "shop/backup_full_database_" + STAMP.format(Instant.now().minus(Duration.ofDays(1))) + ".dump";
        write("local", newer, "newer, and not ours: it makes nothing expendable".getBytes(StandardCharsets.UTF_8));
        Kept broken = put("shop", 90, List.of("local"), Manifest.Status.COMPLETED);
        write("local", broken.key("local") + ".json", forged(broken));

        await().untilAsserted(() -> {
            assertThat(files("local"))
                    .containsExactlyInAnyOrderElementsOf(
                            union(newest.files(), proven.files(), broken.files(), Set.of(foreign, newer)));
            assertThat(files("r2"))
                    .containsExactlyInAnyOrderElementsOf(
                            union(newest.files(), proven.files(), old.files(), provenBefore.files()));
        });
        await().untilAsserted(() -> assertThat(files("b2")).isEqualTo(files("r2")));

        List<JsonNode> gone = events("backup_expired");
        assertThat(gone)
                .extracting(event -> event.get("store").asText() + " "
                        + event.get("age_days").asLong())
                .containsExactlyInAnyOrder(
                        "local 45", "local 50", "local 60", "local 80", "local 400", "r2 400", "b2 400");
        assertThat(gone)
                .filteredOn(event -> event.get("backup_id").asText().equals(ancient.id()))
                .hasSize(3)
                .allSatisfy(event -> {
                    assertThat(event.get("application").asText()).isEqualTo("shop");
                    assertThat(event.get("filename").asText()).isEqualTo(ancient.filename());
                });
        JsonNode retention = service.get("/api/v1/retention").json();
        assertThat(retention.at("/stores"))
                .extracting(store -> store.get("keep_seconds").asLong())
                .containsExactlyInAnyOrder(365 * 86_400L, 365 * 86_400L, 30 * 86_400L);
        assertThat(stays(newest, "local")).isEqualTo("it is the newest good one in local");
        assertThat(stays(proven, "local")).isEqualTo("it is the newest one in local that a drill has proven");
        assertThat(stays(broken, "local")).contains("its manifest is not believed");
        assertThat(retention.get("backups"))
                .filteredOn(backup -> foreign.endsWith(backup.get("filename").asText()))
                .singleElement()
                .satisfies(backup -> assertThat(backup.get("stays").asText()).contains("it has no manifest"));
    }

    @Test
    void aStoreKeepsTheNewestGoodOneItHoldsAlthoughAnotherHasANewerOne() {
        Kept inR2 = put("shop", 1, List.of("r2"), Manifest.Status.COMPLETED);
        Kept inLocal = put("shop", 50, List.of("local"), Manifest.Status.COMPLETED);
        Kept manifestOnly = put("shop", 40, List.of("local"), Manifest.Status.COMPLETED);
        delete("local", manifestOnly.key("local"));
        put("shop", 60, List.of("local"), Manifest.Status.COMPLETED);

        await().untilAsserted(() -> assertThat(files("local")).isEqualTo(inLocal.files()));

        assertThat(files("r2")).isEqualTo(inR2.files());
        assertThat(stays(inLocal, "local")).isEqualTo("it is the newest good one in local");
    }

    @ParameterizedTest(name = "a {0} is active")
    @ValueSource(strings = {"drill", "recovery"})
    void whileARunIsActiveNothingOfItsApplicationGoes(String mode) {
        String id = service.takeBackup("shop").json().get("id").asText();
        Kept used = aged(id, 40);
        world.r2Proxy.fault(Fault.SLOW);
        String run = service.start(mode, "shop", id);
        await().until(() -> isDownloading(run));
        Kept newest = put("shop", 1, List.of("local"), Manifest.Status.COMPLETED);

        aRoundHasCome();

        assertThat(files("local")).containsAll(used.files());
        assertThat(stays(used, "local")).contains(mode + " " + run + " of shop is running");

        cancel(run);
        await().untilAsserted(() -> assertThat(files("local").stream().filter(file -> file.startsWith("shop/")))
                .containsExactlyInAnyOrderElementsOf(newest.files()));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"FORBIDDEN, answered 403 AccessDenied", "PRETENDED, is deleted and it is still there"})
    void whatAStoreRefusesToDeleteIsToldOnceAndKeepsNothingElse(Deletes how, String said) {
        put("shop", 1, List.of("r2", "b2"), Manifest.Status.COMPLETED);
        world.r2Proxy.deletes(how);
        Kept locked = put("shop", 400, List.of("r2", "b2"), Manifest.Status.COMPLETED);
        Kept younger = put("shop", 399, List.of("b2"), Manifest.Status.COMPLETED);

        await().until(() -> world.r2Proxy.hits() >= 3);

        assertThat(files("r2")).containsAll(locked.files());
        await().untilAsserted(() ->
                assertThat(files("b2")).doesNotContainAnyElementsOf(union(locked.files(), younger.files())));
        assertThat(events("backup_kept_by_store")).singleElement().satisfies(event -> {
            assertThat(event.get("store").asText()).isEqualTo("r2");
            assertThat(event.get("backup_id").asText()).isEqualTo(locked.id());
            assertThat(event.get("message").asText()).contains(said);
        });
        assertThat(stays(locked, "r2")).contains("the store refuses to delete it: ", said);
        assertThat(service.get("/api/v1/backups").body()).contains(locked.id());

        world.r2Proxy.heal();

        await().untilAsserted(() -> assertThat(files("r2")).doesNotContainAnyElementsOf(locked.files()));
        await().untilAsserted(() -> assertThat(events("backup_expired")).hasSize(3));
    }

    /** Two are due; while the first is being deleted, a run begins, and the second is asked about again. */
    @Test
    void whatWasDueStaysWhenARunBeginsBeforeItsTurn() {
        String id = service.takeBackup("shop").json().get("id").asText();
        world.r2Proxy.fault(Fault.SLOW);
        world.b2Proxy.fault(Fault.SLOW);
        String first = downloading("shop", id);
        Kept begun = put("shop", 400, List.of("r2"), Manifest.Status.COMPLETED);
        Kept next = put("shop", 399, List.of("r2"), Manifest.Status.COMPLETED);
        world.r2Proxy.deletes(Deletes.OBJECTS_HELD);
        cancel(first);
        await().untilAsserted(() -> assertThat(files("r2"))
                .contains(begun.key("r2"))
                .doesNotContain(begun.key("r2") + ".json")
                .containsAll(next.files()));
        String second = downloading("shop", id);

        world.r2Proxy.heal();

        await().untilAsserted(() -> assertThat(files("r2")).doesNotContain(begun.key("r2")));
        aRoundHasCome();
        assertThat(service.run(second).get("status").asText()).isEqualTo("running");
        assertThat(files("r2")).containsAll(next.files());
        cancel(second);
        await().untilAsserted(() -> assertThat(files("r2")).doesNotContainAnyElementsOf(next.files()));
    }

    @Test
    void fromAStoreThatIsDownNothingGoesUntilItIsBack() {
        put("shop", 1, ALL, Manifest.Status.COMPLETED);
        world.r2Proxy.refuse();
        Kept old = put("shop", 400, ALL, Manifest.Status.COMPLETED);

        await().untilAsserted(() -> assertThat(files("b2")).doesNotContainAnyElementsOf(old.files()));
        aRoundHasCome();

        assertThat(files("r2")).containsAll(old.files());
        assertThat(service.get("/api/v1/retention").json().at("/stores"))
                .filteredOn(store -> store.get("store").asText().equals("r2"))
                .singleElement()
                .satisfies(store -> assertThat(store.get("error").asText()).isNotBlank());
        world.r2Proxy.heal();
        await().untilAsserted(() -> assertThat(files("r2")).doesNotContainAnyElementsOf(old.files()));
        assertThat(events("backup_kept_by_store")).isEmpty();
    }

    /** One restart for two things that a service finds when it is back. */
    @Test
    void aKilledServiceFinishesTheDeletionItWasAtAndMakesUpOnceForTheBackupItMissed() throws SQLException {
        Kept newest = put("shop", 1, List.of("r2"), Manifest.Status.COMPLETED);
        world.r2Proxy.deletes(Deletes.OBJECTS_HELD);
        Kept old = put("shop", 400, List.of("r2"), Manifest.Status.COMPLETED);
        await().untilAsserted(() ->
                assertThat(files("r2", "shop")).isEqualTo(union(newest.files(), Set.of(old.key("shop")))));
        await().until(() -> world.r2Proxy.hits() > 0);
        service.kill();
        missedAnHourAgo("yearly");
        world.r2Proxy.heal();

        service.start();

        await().untilAsserted(() -> assertThat(files("r2", "shop")).isEqualTo(newest.files()));
        await().untilAsserted(() -> assertThat(events("backup_expired"))
                .singleElement()
                .satisfies(event -> assertThat(event.get("backup_id").asText()).isEqualTo(old.id())));
        await().untilAsserted(() -> assertThat(taken("yearly")).hasSize(1));
        int ticks = taken("ticking").size();
        await().until(() -> taken("ticking").size() > ticks + 1);
        assertThat(taken("yearly")).hasSize(1).allSatisfy(event -> {
            assertThat(event.get("trigger").asText()).isEqualTo("schedule");
            assertThat(event.get("initiated_by").asText()).isEqualTo("schedule");
        });
    }

    @Test
    void aScheduledBackupIsPutOffDuringARecoveryThenToldAsMissedUntilTheNextOneIsTaken() {
        await().until(() -> !taken("ticking").isEmpty());
        await().until(() ->
                !service.get("/api/v1/backups?application=ticking").json().isEmpty());
        world.r2Proxy.fault(Fault.SLOW);
        String run = service.recover("ticking");
        await().until(() -> isDownloading(run));
        long since = lastEvent();

        JsonNode missed = await().until(() -> eventsSince(since, "backup_missed"), found -> !found.isEmpty())
                .get(0);

        assertThat(missed.get("application").asText()).isEqualTo("ticking");
        assertThat(missed.get("message").asText())
                .contains("the scheduled backup was missed", "run " + run + " recovers");
        assertThat(eventsSince(since, "backup_taken"))
                .noneMatch(event -> event.get("application").asText().equals("ticking"));
        await().until(() ->
                alert("backup_missed", "ticking").path("resolved_at").isNull());
        cancel(run);
        await().until(() ->
                alert("backup_missed", "ticking").path("resolved_at").isTextual());
    }

    /** A recovery must never wait for the threads that backups take. */
    @Test
    void oneBackupIsTakenAtATimeAndTheOthersWait() throws SQLException {
        try (Connection connection = DriverManager.getConnection(
                        world.postgres.jdbcUrl(World.DATABASE), world.postgres.username(), world.postgres.password());
                Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            statement.execute("LOCK TABLE orders");
            await().until(() -> dumps() == 1);
            int ticked = taken("ticking").size() + taken("tocking").size();
            int waits = waits();
            await().until(() -> waits() > waits + 1);
            assertThat(dumps()).isEqualTo(1);
            assertThat(taken("ticking").size() + taken("tocking").size()).isEqualTo(ticked);
        }
        await().until(() -> !taken("ticking").isEmpty() && !taken("tocking").isEmpty());
    }

    @Test
    void aScheduleThatDoesNotParseStopsTheStartWithItsKey() {
        String application = world.application("shop", "manual", world.shop.healthUrl(), 3);
        try (ServiceProcess wrong = world.service("cron", application, "dr.backup.schedule: every night\n")) {
            assertThat(wrong.startToEnd()).isNotZero();
            assertThat(wrong.log())
                    .contains("dr.backup.schedule is 'every night'", "\"-\" for never")
                    .doesNotContain("Started DrRunbook");
        }
    }

    @Test
    void aScheduleThatCannotBeWrittenDownStopsTheStartInsteadOfTakingNoBackups() throws SQLException {
        String application = world.application("shop", "manual", world.shop.healthUrl(), 3);
        try (ServiceProcess broken =
                world.service("unwritable", application, "dr.backup.schedule: \"0 0 3 * * ?\"\n")) {
            String journal = journal(broken);
            Flyway.configure().dataSource(journal, "dr", "").load().migrate();
            try (Connection connection = DriverManager.getConnection(journal, "dr", "");
                    Statement statement = connection.createStatement()) {
                statement.execute("DROP TABLE qrtz_cron_triggers");
            }

            assertThat(broken.startToEnd()).isNotZero();

            assertThat(broken.log())
                    .contains("could not be scheduled; look at the journal's database")
                    .doesNotContain("Started DrRunbook", "routes/ cannot be used");
        }
    }

    @Test
    void aScheduledBackupThatFailsIsToldAndTheNextOneComesAtItsTime() {
        world.r2Proxy.refuse();
        world.b2Proxy.refuse();
        assertThat(world.local
                        .toFile()
                        .renameTo(world.directory().resolve("away").toFile()))
                .isTrue();
        try {
            // A file where the folder was: the local store cannot make it again.
            write(world.local, new byte[] {1});
            await().until(() ->
                    alert("backup_failed", "ticking").path("resolved_at").isNull());
        } finally {
            FileUtils.deleteQuietly(world.local.toFile());
            assertThat(world.directory().resolve("away").toFile().renameTo(world.local.toFile()))
                    .isTrue();
            world.r2Proxy.heal();
            world.b2Proxy.heal();
        }
        await().until(() ->
                alert("backup_failed", "ticking").path("resolved_at").isTextual());
    }

    @Test
    void aBackupOfAnUnusualSizeOrDurationIsToldUntilAUsualOneIsThere() {
        put("other", 5, 10_000, Duration.ofMinutes(5));
        put("other", 4, 10_100, Duration.ofMinutes(6));
        Kept small = put("other", 3.5, 5_000, Duration.ofMinutes(5));
        service.get("/api/v1/status");
        assertThat(reasons("other")).noneMatch(reason -> reason.contains("unusual"));
        delete("local", small.key("local"));
        delete("local", small.key("local") + ".json");
        put("other", 3, 9_900, Duration.ofMinutes(5));

        put("other", 2, 7_000, Duration.ofMinutes(5));

        await().untilAsserted(() -> assertThat(
                        alert("backup_unusual", "other").path("message").asText())
                .contains("it has 7.0 kB, 30 % less than the usual 10.0 kB"));
        await().untilAsserted(() -> assertThat(reasons("other")).anyMatch(reason -> reason.contains("30 % less")));

        put("other", 1, 10_000, Duration.ofMinutes(25));

        await().untilAsserted(() -> assertThat(
                        alert("backup_unusual", "other").path("message").asText())
                .contains("it took 25:00 instead of the usual 05:00")
                .doesNotContain("it has"));

        put("other", 0.5, 11_900, Duration.ofMinutes(9));

        await().until(() -> alert("backup_unusual", "other").path("resolved_at").isTextual());
        assertThat(reasons("other")).noneMatch(reason -> reason.contains("unusual"));
    }

    @Test
    void aDiskThatFillsUpIsToldUntilThereIsRoomAgain() throws IOException {
        assertThat(used("work")).isBetween(0.0, 1.0);
        assertThat(used("local")).isBetween(0.0, 1.0);
        Path ballast = memory.resolve("ballast");
        write(ballast, new byte[0]);
        double room = used("work");
        try (var file = Files.newOutputStream(ballast)) {
            byte[] chunk = new byte[1 << 20];
            for (long written = 0; written < 2 * margin; written += chunk.length) {
                file.write(chunk);
            }
        }

        await().until(() -> filling().path("resolved_at").isNull() && filling().hasNonNull("message"));

        assertThat(filling().get("message").asText()).contains("(dr.work-directory) is ", " % full");
        assertThat(used("work")).isGreaterThan(room);
        assertThat(reasons("other")).anyMatch(reason -> reason.contains(memory + "/work"));
        Files.delete(ballast);
        await().until(() -> filling().path("resolved_at").isTextual());
    }

    // --- backups as they would lie there ---

    /** Puts the application's backup of so many days ago into those stores, the object first. */
    private static Kept put(String application, int days, List<String> stores, Manifest.Status status) {
        Instant createdAt = Instant.now().minus(Duration.ofDays(days)).minusSeconds(60);
        return put(manifest(application, createdAt, 1000, status, Duration.ofSeconds(9)), stores);
    }

    private static Kept put(String application, double days, int size, Duration took) {
        Instant createdAt = Instant.now().minus(Duration.ofMinutes((long) (days * 24 * 60)));
        return put(manifest(application, createdAt, size, Manifest.Status.COMPLETED, took), List.of("local"));
    }

    private static Kept put(Manifest manifest, List<String> stores) {
        Kept kept = new Kept(manifest.id().toString(), manifest.application(), manifest.filename());
        for (String store : stores) {
            write(store, kept.key(store), new byte[(int) manifest.sizeBytes()]);
            write(store, kept.key(store) + ".json", new ManifestSeal(world.encryption()).sign(manifest));
        }
        return kept;
    }

    private static Manifest manifest(
            String application, Instant createdAt, int size, Manifest.Status status, Duration took) {
        UUID id = UUID.randomUUID();
        String name = "backup_full_database_" + STAMP.format(createdAt) + ".dump.gz.gpg";
        return new Manifest(
                id,
                application,
                Manifest.FULL_DATABASE,
                name,
                size,
                List.of(new Manifest.StoredObject(name, size, "00", "database")),
                0,
                status,
                createdAt,
                createdAt.plus(took),
                World.DATABASE,
                null,
                "custom",
                "gzip",
                "openpgp",
                null,
                List.of(),
                null,
                null);
    }

    /** The real backup of that id, as if it had been taken so many days ago. */
    private static Kept aged(String id, int days) {
        try {
            for (String store : ALL) {
                String key = files(store).stream()
                        .filter(file -> file.endsWith(".json"))
                        .filter(file -> new String(read(store, file), StandardCharsets.UTF_8).contains(id))
                        .findFirst()
                        .orElseThrow();
                Manifest manifest =
                        new ObjectMapper().findAndRegisterModules().readValue(read(store, key), Manifest.class);
                Manifest older = new Manifest(
                        manifest.id(),
                        manifest.application(),
                        manifest.backupType(),
                        manifest.filename(),
                        manifest.sizeBytes(),
                        manifest.objects(),
                        manifest.originalSizeBytes(),
                        manifest.status(),
                        Instant.now().minus(Duration.ofDays(days)),
                        manifest.completedAt(),
                        manifest.database(),
                        manifest.serverVersion(),
                        manifest.dumpFormat(),
                        manifest.compression(),
                        manifest.encryption(),
                        manifest.encryptionKey(),
                        manifest.tables(),
                        null,
                        null);
                write(store, key, new ManifestSeal(world.encryption()).sign(older));
                if (store.equals("local")) {
                    return new Kept(id, "shop", manifest.filename());
                }
            }
            throw new AssertionError("the local store is the last one");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What somebody writes who has no key. */
    private static byte[] forged(Kept kept) {
        return new String(read("local", kept.key("local") + ".json"), StandardCharsets.UTF_8)
                .replace("\"COMPLETED\"", "\"VERIFIED\"")
                .getBytes(StandardCharsets.UTF_8);
    }

    /** The newest of all that are due is the last to go. */
    private void aRoundHasCome() {
        for (int round = 0; round < 2; round++) {
            put("other", 1, List.of("local"), Manifest.Status.COMPLETED);
            Kept due = put("other", 31, List.of("local"), Manifest.Status.COMPLETED);
            await().untilAsserted(() -> assertThat(files("local")).doesNotContainAnyElementsOf(due.files()));
        }
    }

    // --- runs ---

    private static String downloading(String application, String backup) {
        String run = service.start("drill", application, backup);
        await().until(() -> isDownloading(run));
        return run;
    }

    private static boolean isDownloading(String run) {
        return service.run(run).at("/steps/1/status").asText().equals("running");
    }

    private static void cancel(String run) {
        assertThat(service.post("/api/v1/runs/" + run + "/cancel", "").status()).isEqualTo(202);
        assertThat(service.await(run).get("status").asText()).isEqualTo("cancelled");
    }

    // --- stores ---

    private static void write(String store, String key, byte[] content) {
        switch (store) {
            case "r2" -> world.r2.put("dr/" + key, content);
            case "b2" -> world.b2.put("dr/" + key, content);
            default -> write(world.local.resolve(key), content);
        }
    }

    private static void write(Path file, byte[] content) {
        try {
            Files.createDirectories(file.getParent());
            Files.write(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] read(String store, String key) {
        try {
            return switch (store) {
                case "r2" -> world.r2.get("dr/" + key);
                case "b2" -> world.b2.get("dr/" + key);
                default -> Files.readAllBytes(world.local.resolve(key));
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(String store, String key) {
        assertThat(store).isEqualTo("local");
        assertThat(FileUtils.deleteQuietly(world.local.resolve(key).toFile())).isTrue();
    }

    /** Keys without the prefix; those of the applications that are backed up all the time are left out. */
    private static Set<String> files(String store) {
        Set<String> files = new TreeSet<>();
        switch (store) {
            case "r2" -> world.r2.keys("dr/").forEach(key -> files.add(key.substring(3)));
            case "b2" -> world.b2.keys("dr/").forEach(key -> files.add(key.substring(3)));
            default ->
                world.localFiles()
                        .forEach(file -> files.add(world.local.relativize(file).toString()));
        }
        files.removeIf(file -> file.startsWith("ticking/") || file.startsWith("tocking/"));
        return files;
    }

    private static Set<String> files(String store, String application) {
        Set<String> files = files(store);
        files.removeIf(file -> !file.startsWith(application + "/"));
        return files;
    }

    @SafeVarargs
    private static Set<String> union(Set<String>... sets) {
        Set<String> all = new TreeSet<>();
        for (Set<String> set : sets) {
            all.addAll(set);
        }
        return all;
    }

    // --- what the service says ---

    private static String stays(Kept kept, String store) {
        for (JsonNode backup : service.get("/api/v1/retention").json().get("backups")) {
            if (backup.get("backup_id").asText().equals(kept.id())
                    && backup.get("store").asText().equals(store)) {
                return backup.get("stays").asText();
            }
        }
        throw new AssertionError(kept + " is not past its time in " + store);
    }

    private static JsonNode alert(String kind, String application) {
        for (JsonNode alert : service.get("/api/v1/alerts?limit=200").json()) {
            if (alert.get("kind").asText().equals(kind)
                    && alert.path("application").asText().equals(application)) {
                return alert;
            }
        }
        return JSON.missingNode();
    }

    private static JsonNode filling() {
        for (JsonNode alert : service.get("/api/v1/alerts?limit=200").json()) {
            if (alert.get("kind").asText().equals("disk_filling")
                    && alert.get("message").asText().contains("(dr.work-directory)")) {
                return alert;
            }
        }
        return JSON.missingNode();
    }

    private static List<String> reasons(String application) {
        List<String> reasons = new ArrayList<>();
        for (JsonNode each : service.get("/api/v1/status").json().get("applications")) {
            if (each.get("application").asText().equals(application)) {
                each.get("reasons").forEach(reason -> reasons.add(reason.asText()));
            }
        }
        return reasons;
    }

    private static double used(String place) {
        return service.get("/actuator/prometheus")
                .body()
                .lines()
                .filter(line -> line.startsWith("dr_disk_used_ratio{place=\"" + place + "\"}"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                .findFirst()
                .orElseThrow();
    }

    private List<JsonNode> taken(String application) {
        return events("backup_taken").stream()
                .filter(event -> event.get("application").asText().equals(application))
                .toList();
    }

    private List<JsonNode> events(String kind) {
        return eventsSince(before, kind);
    }

    private static List<JsonNode> eventsSince(long since, String kind) {
        List<JsonNode> found = new ArrayList<>();
        for (JsonNode event : journal(since)) {
            if (event.get("kind").asText().equals(kind)) {
                found.add(event.get("content"));
            }
        }
        return found;
    }

    private static long lastEvent() {
        List<JsonNode> all = journal(0);
        return all.isEmpty() ? 0 : all.get(all.size() - 1).get("id").asLong();
    }

    private static List<JsonNode> journal(long since) {
        List<JsonNode> events = new ArrayList<>();
        long last = since;
        JsonNode page;
        do {
            page = service.get("/api/v1/journal?limit=200&after=" + last).json();
            for (JsonNode event : page) {
                events.add(event);
                last = event.get("id").asLong();
            }
        } while (!page.isEmpty());
        return events;
    }

    /** How many dumps wait for the lock. */
    private static int dumps() {
        return Integer.parseInt(world.postgres.value(
                "postgres", "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"));
    }

    private static int waits() {
        return (int) service.log()
                .lines()
                .filter(line -> line.endsWith("waits PT0.2S"))
                .count();
    }

    /** As if the service had been down at that time; Quartz tells by its table. */
    private static void missedAnHourAgo(String application) throws SQLException {
        try (Connection connection = DriverManager.getConnection(journal(service), "dr", "");
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate("UPDATE qrtz_triggers SET next_fire_time = "
                            + Instant.now().minus(Duration.ofHours(1)).toEpochMilli()
                            + " WHERE trigger_group = 'backups' AND trigger_name = '" + application + "'"))
                    .isEqualTo(1);
        }
    }

    private static String journal(ServiceProcess of) {
        return "jdbc:h2:file:" + of.directory() + "/data/journal;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE";
    }

    private static ConditionFactory await() {
        return Awaitility.await().pollInterval(Duration.ofMillis(100));
    }

    /** A backup as it was put there. */
    private record Kept(String id, String application, String filename) {

        String key(String store) {
            return application + "/" + filename;
        }

        Set<String> files() {
            return new TreeSet<>(Set.of(key("any"), key("any") + ".json"));
        }
    }
}
