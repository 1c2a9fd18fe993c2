package io.drrunbook.audit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.ManifestSeal;
import io.drrunbook.world.FaultyProxy.Fault;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.World;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What happens to copies behind the service's back, and what the audit makes of it: real stores, a real service. */
@InWorld
class AuditTest {

    private static final ObjectMapper JSON =
            JsonMapper.builder().addModule(new JavaTimeModule()).build();
    private static final List<String> STORES = List.of("r2", "b2", "local");

    private static World world;
    private static ServiceProcess service;
    private static ManifestSeal seal;

    private long before;
    private String backup;
    private String filename;

    @BeforeAll
    static void start(World given) {
        world = given;
        world.createShop(300);
        seal = new ManifestSeal(world.encryption());
        service = service("service", "dr.audit: {recheck-after: 0s, settle: 0s, repair-delay: 1s}")
                .start();
    }

    private static ServiceProcess service(String name, String more) {
        return world.service(
                name, world.application("shop", "manual", world.shop.healthUrl(), 30), """
                dr.retention: {local: 30d, r2: 365d, b2: 365d}
                %s
                """.formatted(more));
    }

    @BeforeEach
    void aBackupInAllStores() {
        world.reset();
        pass();
        JsonNode taken = service.takeBackup("shop").json();
        backup = taken.get("id").asText();
        filename = taken.get("filename").asText();
        before = lastEvent();
    }

    @Test
    void whatLiesInAllStoresIsReadAndFoundIdentical() {
        pass();

        JsonNode audited = audited();
        assertThat(audited.get("copies").asInt()).as(audited.toPrettyString()).isEqualTo(3);
        assertThat(audited.get("stores").asInt()).isEqualTo(3);
        assertThat(audited.get("off_site").asBoolean()).isTrue();
        assertThat(audited.get("identical").asBoolean()).isTrue();
        assertThat(audited.get("three_two_one").asBoolean()).isTrue();
        STORES.forEach(store -> {
            assertThat(state(store)).isEqualTo("good");
            assertThat(copy(store).get("size_bytes").asLong())
                    .isEqualTo(audited.get("size_bytes").asLong())
                    .isGreaterThan(content(store, filename).length);
            assertThat(Instant.parse(copy(store).get("hashed_at").asText()))
                    .isBeforeOrEqualTo(Instant.now())
                    .isAfter(Instant.now().minusSeconds(60));
            assertThat(copy(store).get("last_checked_at").asText()).isNotBlank();
        });
        assertThat(service.get("/api/v1/backups/" + backup)
                        .json()
                        .at("/copies/b2")
                        .asText())
                .isEqualTo("good");
        assertThat(service.get("/actuator/prometheus").body())
                .contains("dr_backup_copies{application=\"shop\",state=\"good\",store=\"r2\"} 1.0")
                .contains("dr_backup_copies{application=\"shop\",state=\"missing\",store=\"r2\"} 0.0")
                .containsPattern("dr_audit_last_timestamp_seconds 1\\.\\d+E9")
                .containsPattern("dr_audit_bytes_total\\{store=\"local\"} [1-9]");
        assertThat(events("copy_")).isEmpty();
    }

    @Test
    void whatWasDeletedCutOrChangedByOneBitIsPutBackFromAGoodCopy() throws IOException {
        pass();
        byte[] whole = content("local", filename);
        byte[] manifest = content("local", filename + ".json");
        world.r2.delete(key("r2", filename));
        world.b2.put(key("b2", filename), Arrays.copyOf(whole, whole.length - 1000));
        world.r2.delete(key("r2", filename + ".json"));

        pass();

        STORES.forEach(store -> {
            assertThat(content(store, filename)).as(store).isEqualTo(whole);
            assertThat(content(store, filename + ".json")).as(store).isEqualTo(manifest);
        });
        assertThat(events("copy_repaired")).hasSize(3).allSatisfy(event -> {
            assertThat(event.get("application").asText()).isEqualTo("shop");
            assertThat(event.get("backup_id").asText()).isEqualTo(backup);
            assertThat(event.get("from").asText()).isEqualTo("local");
            assertThat(event.get("bytes").asLong()).isPositive();
        });
        assertThat(events("copy_repaired").stream()
                        .map(event -> event.get("cause").asText())
                        .toList())
                .contains("is missing", "has " + (whole.length - 1000) + " bytes instead of " + whole.length);
        assertThat(events("copies_whole")).hasSize(1);
        assertThat(events("copy_not_repaired")).isEmpty();
        assertThat(alerts("copy_damaged", "it was put back from local")).isTrue();
        Awaitility.await()
                .untilAsserted(
                        () -> assertThat(service.get("/api/v1/alerts?open=true").json())
                                .as("what is repaired is over")
                                .noneMatch(alert -> alert.get("kind").asText().equals("copy_damaged")));

        // The same size and the same time of change: only reading it shows.
        flipABit(local(filename));
        pass();

        assertThat(content("local", filename)).isEqualTo(whole);
        assertThat(events("copy_repaired").get(3).get("cause").asText()).contains("differs (SHA-256");
        assertThat(service.get("/actuator/prometheus").body())
                .containsPattern("dr_copies_repaired_total\\{from=\"local\",to=\"b2\"} [1-9]")
                .containsPattern("dr_copies_repaired_total\\{from=\"local\",to=\"r2\"} [1-9]");
        pass();
        assertThat(state("local")).isEqualTo("good");
        assertThat(work()).isEmpty();
    }

    @Test
    void theManifestOfABackupThatFailedItsDrillIsSpreadAndItsObjectsAreNotRepaired() throws IOException {
        Manifest manifest = JSON.readValue(content("b2", filename + ".json"), Manifest.class);
        byte[] condemned = seal.sign(
                manifest.judged(new Manifest.Proof(Instant.now(), UUID.randomUUID(), false, "rows are missing")));
        world.b2.put(key("b2", filename + ".json"), condemned);
        world.r2.delete(key("r2", filename));

        pass();

        STORES.forEach(store ->
                assertThat(content(store, filename + ".json")).as(store).isEqualTo(condemned));
        assertThat(world.r2.keys("dr/shop/"))
                .contains(key("r2", filename + ".json"))
                .doesNotContain(key("r2", filename));
        assertThat(events("copy_repaired"))
                .hasSize(2)
                .allSatisfy(
                        event -> assertThat(event.get("cause").asText()).contains("says less than another store's"));
        // Without its manifest it must not come back as a foreign backup, which nobody has condemned.
        Files.delete(local(filename + ".json"));
        JsonNode listed = service.get("/api/v1/backups").json();
        assertThat(listed).hasSize(1);
        assertThat(listed.at("/0/status").asText()).isEqualTo("FAILED");
    }

    @Test
    void aStoreThatIsDownMakesItsCopiesUnknownAndTheyAreRepairedWhenItIsBack() {
        pass();
        String read = copy("r2").get("hashed_at").asText();
        world.r2.delete(key("r2", filename));
        world.r2Proxy.refuse();

        pass();

        assertThat(state("r2")).isEqualTo("unknown");
        assertThat(copy("r2").get("hashed_at").asText()).isEqualTo(read);
        assertThat(copy("r2").get("note").asText()).contains("r2 does not answer");
        assertThat(state("b2")).isEqualTo("good");
        assertThat(events("copy_")).isEmpty();

        world.r2Proxy.heal();
        pass();

        assertThat(content("r2", filename)).isEqualTo(content("b2", filename));
        assertThat(events("copy_repaired")).hasSize(1);
        pass();
        assertThat(state("r2")).isEqualTo("good");
    }

    @Test
    void aBackupThatOneStoreDidNotTakeIsPutThereAShortTimeLater() {
        world.r2Proxy.refuse();
        JsonNode taken = service.takeBackup("shop").json();
        assertThat(taken.get("stores")).hasSize(2);
        world.r2Proxy.heal();
        String late = taken.get("filename").asText();

        Awaitility.await()
                .untilAsserted(() ->
                        assertThat(world.r2.keys("dr/shop/")).contains(key("r2", late), key("r2", late + ".json")));
        assertThat(content("r2", late)).isEqualTo(content("b2", late));
    }

    @Test
    void aSourceThatIsCorruptOrBreaksOffNeverReplacesAnythingAndNothingHalfMadeAppears() throws IOException {
        world.b2Proxy.refuse();
        JsonNode taken = service.takeBackup("shop").json();
        String late = taken.get("filename").asText();
        byte[] whole = content("r2", late);
        // Nobody has read it yet, so it looks as if it could be repaired from.
        flipABit(local(late));
        world.r2Proxy.fault(Fault.CUT);
        world.b2Proxy.heal();

        Awaitility.await().until(() -> !events("copy_not_repaired").isEmpty());
        JsonNode told = events("copy_not_repaired").get(0);
        assertThat(told.get("store").asText()).isEqualTo("b2");
        assertThat(told.get("code").asText()).isEqualTo("no_source");
        assertThat(told.get("message").asText()).contains("local: SHA-256 differs", "r2: ");
        assertThat(world.b2.keys("dr/shop/")).noneMatch(key -> key.contains(late));
        assertThat(alerts("copy_damaged", "no store could give a good copy now"))
                .isTrue();

        world.r2Proxy.heal();
        pass();

        STORES.forEach(store -> assertThat(content(store, late)).as(store).isEqualTo(whole));
        assertThat(world.b2.keys("dr/shop/")).contains(key("b2", late + ".json"));
        assertThat(work()).isEmpty();
    }

    @Test
    void anUploadThatIsCutLeavesNothingUnderTheNameAndIsRepeatedByTheNextPass() {
        byte[] whole = content("r2", filename);
        world.b2.delete(key("b2", filename));
        world.b2Proxy.fault(Fault.UPLOAD_CUT);

        pass();

        assertThat(world.b2.keys("dr/shop/")).doesNotContain(key("b2", filename));
        assertThat(events("copy_not_repaired")).hasSize(1);
        assertThat(events("copy_not_repaired").get(0).get("message").asText())
                .contains("is missing; not repaired: b2 does not take it");
        assertThat(copy("b2").get("note").asText()).contains("b2 does not take it");

        world.b2Proxy.heal();
        pass();

        assertThat(content("b2", filename)).isEqualTo(whole);
        assertThat(events("copies_whole")).hasSize(1);
    }

    @Test
    void whenNoGoodCopyIsLeftSomebodyIsToldOnceAndNothingIsWritten() throws IOException {
        pass();
        byte[] bad = content("r2", filename);
        bad[bad.length / 2] ^= 1;
        world.r2.put(key("r2", filename), bad);
        world.b2.delete(key("b2", filename));
        flipABit(local(filename));

        pass();
        pass();

        assertThat(events("no_good_copy")).hasSize(1);
        assertThat(events("no_good_copy").get(0).get("message").asText())
                .contains("no good copy of " + filename + " is left; take a new backup");
        assertThat(events("copy_repaired")).isEmpty();
        assertThat(alerts("no_good_copy", "take a new backup")).isTrue();
        assertThat(content("r2", filename)).isEqualTo(bad);
        assertThat(state("b2")).isEqualTo("missing");
        assertThat(state("r2")).isEqualTo("differs");
        assertThat(audited().get("identical").asBoolean()).isFalse();
        assertThat(audited().get("three_two_one").asBoolean()).isFalse();
    }

    @Test
    void aForeignBackupWhoseCopiesDifferIsToldAndLeftAsItIs() throws IOException {
        byte[] one = "--\n-- PostgreSQL database dump\n-- somebody's own, one".getBytes();
        byte[] other = "--\n-- PostgreSQL database dump\n-- somebody's own, two".getBytes();
        world.r2.put("dr/shop/own_20260101_000000.dump", one);
        world.b2.put("dr/shop/own_20260101_000000.dump", one);
        pass();
        assertThat(events("copy_")).isEmpty();
        world.b2.put("dr/shop/own_20260101_000000.dump", other);

        pass();
        pass();

        assertThat(events("copy_not_repaired")).hasSize(1);
        assertThat(events("copy_not_repaired").get(0).get("code").asText()).isEqualTo("foreign");
        assertThat(world.r2.get("dr/shop/own_20260101_000000.dump")).isEqualTo(one);
        assertThat(world.b2.get("dr/shop/own_20260101_000000.dump")).isEqualTo(other);
        assertThat(local("own_20260101_000000.dump")).doesNotExist();
    }

    @Test
    void aCopyWhoseTimeInAStoreIsOverIsNotPutBackThere() throws IOException {
        Manifest manifest = JSON.readValue(content("b2", filename + ".json"), Manifest.class);
        byte[] object = content("b2", filename);
        Manifest old = JSON.treeToValue(
                ((com.fasterxml.jackson.databind.node.ObjectNode) JSON.readTree(content("b2", filename + ".json")))
                        .put("id", UUID.randomUUID().toString())
                        .put("filename", "old.dump.gz.gpg")
                        .put(
                                "created_at",
                                Instant.now().minus(Duration.ofDays(40)).toString())
                        .set(
                                "objects",
                                JSON.valueToTree(List.of(new Manifest.StoredObject(
                                        "old.dump.gz.gpg",
                                        object.length,
                                        manifest.objects().get(0).sha256(),
                                        "database")))),
                Manifest.class);
        world.r2.put(key("r2", "old.dump.gz.gpg"), object);
        world.r2.put(key("r2", "old.dump.gz.gpg.json"), seal.sign(old));

        pass();

        assertThat(local("old.dump.gz.gpg")).doesNotExist();
        assertThat(world.b2.get(key("b2", "old.dump.gz.gpg"))).isEqualTo(object);
        JsonNode audited = audited(old.id().toString());
        assertThat(audited.at("/in_stores/2/store").asText()).isEqualTo("local");
        assertThat(audited.at("/in_stores/2/state").asText()).isEqualTo("not_kept");
        assertThat(events("copy_not_repaired")).isEmpty();
    }

    @Test
    void whileARecoveryIsActiveNothingIsReadOrRepaired() {
        pass();
        String read = copy("b2").get("hashed_at").asText();
        String run = service.recover("shop");
        assertThat(service.await(run).get("status").asText()).isEqualTo("waiting");
        world.r2.delete(key("r2", filename));

        pass();

        assertThat(state("r2")).isEqualTo("missing");
        assertThat(copy("b2").get("hashed_at").asText()).isEqualTo(read);
        assertThat(events("copy_")).isEmpty();

        service.post("/api/v1/runs/" + run + "/cancel", "");
        service.await(run);
        pass();
        assertThat(events("copy_repaired")).hasSize(1);
        assertThat(copy("b2").get("hashed_at").asText()).isNotEqualTo(read);
    }

    @Test
    void aBudgetThatIsTooSmallForAnObjectGrowsFromPassToPassAlsoAcrossARestartWithItsJournalInPostgres() {
        long size = content("b2", filename).length;
        // Each of the three stores may be read for less than half of the object in a pass.
        world.postgres.execute("postgres", "CREATE DATABASE dr_journal");
        ServiceProcess small = service("small", """
                dr.audit: {bytes-per-hour: %dB}
                spring.datasource: {url: "%s", username: %s, password: "%s"}
                """.formatted(
                        size * 6 / 5,
                        world.postgres.jdbcUrl("dr_journal"),
                        world.postgres.username(),
                        world.postgres.password()));
        try (small) {
            small.start();
            pass(small);
            pass(small);
            assertThat(hashed(small)).isZero();
            small.kill();
            small.start();
            assertThat(small.get("/api/v1/audit").json().at("/totals/unread").asInt())
                    .isEqualTo(3);

            pass(small);

            assertThat(hashed(small)).isEqualTo(3);
            double bytes = small.get("/actuator/prometheus")
                    .body()
                    .lines()
                    .filter(line -> line.startsWith("dr_audit_bytes_total"))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
                    .sum();
            assertThat(bytes).isBetween(size * 3.0, size * 3.6);
        }
    }

    @Test
    void aBackupThatIsGoneFromEveryStoreIsToldAndForgotten() throws IOException {
        pass();
        world.r2.clear();
        world.b2.clear();
        for (Path file : world.localFiles()) {
            Files.delete(file);
        }
        world.b2Proxy.refuse();
        pass();
        assertThat(state("b2")).as("it may still lie there").isEqualTo("unknown");
        assertThat(events("no_good_copy")).isEmpty();
        world.b2Proxy.heal();

        pass();

        assertThat(events("no_good_copy")).hasSize(1);
        assertThat(service.get("/api/v1/audit").json().at("/totals/backups").asInt())
                .isZero();
    }

    private static void pass() {
        pass(service);
    }

    /** Asks for a pass and waits for its end. */
    private static void pass(ServiceProcess of) {
        ServiceProcess.Answer asked = of.post("/api/v1/audit", "");
        assertThat(asked.status()).as(asked.body()).isEqualTo(202);
        Instant at = Instant.parse(asked.json().get("asked_at").asText());
        JsonNode audit = Awaitility.await()
                .pollInterval(Duration.ofMillis(50))
                .until(
                        () -> of.get("/api/v1/audit").json(),
                        now -> now.hasNonNull("ended_at")
                                && Instant.parse(now.get("started_at").asText()).isAfter(at)
                                && !now.get("under_way").asBoolean());
        assertThat(audit.get("error").isNull()).as(audit + of.log()).isTrue();
    }

    private JsonNode audited() {
        return audited(backup);
    }

    private static JsonNode audited(String id) {
        JsonNode backups = service.get("/api/v1/audit").json().at("/applications/0/backups");
        return StreamSupport.stream(backups.spliterator(), false)
                .filter(each -> each.get("backup_id").asText().equals(id))
                .findFirst()
                .orElseThrow(() -> new AssertionError(id + " is not in " + backups));
    }

    private JsonNode copy(String store) {
        return StreamSupport.stream(audited().get("in_stores").spliterator(), false)
                .filter(copy -> copy.get("store").asText().equals(store))
                .findFirst()
                .orElseThrow();
    }

    private String state(String store) {
        return copy(store).get("state").asText();
    }

    private static long hashed(ServiceProcess of) {
        return StreamSupport.stream(
                        of.get("/api/v1/audit")
                                .json()
                                .at("/applications/0/backups/0/in_stores")
                                .spliterator(),
                        false)
                .filter(copy -> copy.hasNonNull("hashed_at"))
                .count();
    }

    private static long lastEvent() {
        long last = 0;
        for (JsonNode page = journal(last); !page.isEmpty(); page = journal(last)) {
            last = page.get(page.size() - 1).get("id").asLong();
        }
        return last;
    }

    private static JsonNode journal(long after) {
        return service.get("/api/v1/journal?limit=200&after=" + after).json();
    }

    /** What stands in the journal since the test began. */
    private List<JsonNode> events(String kind) {
        return StreamSupport.stream(journal(before).spliterator(), false)
                .filter(event -> event.get("kind").asText().startsWith(kind))
                .map(event -> event.get("content"))
                .toList();
    }

    private static boolean alerts(String kind, String message) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(10))
                .untilAsserted(() -> assertThat(service.get("/api/v1/alerts").json())
                        .anySatisfy(alert -> {
                            assertThat(alert.get("kind").asText()).isEqualTo(kind);
                            assertThat(alert.get("message").asText()).contains(message);
                        }));
        return true;
    }

    private static String key(String store, String name) {
        return (store.equals("local") ? "" : "dr/") + "shop/" + name;
    }

    private static Path local(String name) {
        return world.local.resolve("shop").resolve(name);
    }

    private static byte[] content(String store, String name) {
        try {
            return switch (store) {
                case "r2" -> world.r2.get(key("r2", name));
                case "b2" -> world.b2.get(key("b2", name));
                default -> Files.readAllBytes(local(name));
            };
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void flipABit(Path file) throws IOException {
        FileTime time = Files.getLastModifiedTime(file);
        byte[] content = Files.readAllBytes(file);
        content[content.length / 2] ^= 1;
        Files.write(file, content);
        Files.setLastModifiedTime(file, time);
    }

    /** What is left in the service's work directory. */
    private static List<Path> work() throws IOException {
        try (var files = Files.list(service.directory().resolve("data/work"))) {
            return files.toList();
        }
    }
}
