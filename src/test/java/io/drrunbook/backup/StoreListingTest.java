package io.drrunbook.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.drrunbook.settings.DrSettings;
import io.drrunbook.world.FaultyProxy.Fault;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.Shell;
import io.drrunbook.world.World;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** One bad entry costs one entry: whatever else lies in a store, the good backup in it is listed. */
@InWorld
class StoreListingTest {

    private static final String GOOD = "backup_full_database_20260101_020000.dump.gz.gpg";
    private static final int MOST_FOREIGN = 20;

    private static World world;

    private final DefaultCamelContext camel = new DefaultCamelContext();
    private ManifestSeal seal;
    private ProducerTemplate producer;

    @BeforeAll
    static void start(World given) {
        world = given;
    }

    @BeforeEach
    void aStoreWithAGoodBackup() throws Exception {
        world.reset();
        DrSettings settings = settings();
        seal = new ManifestSeal(settings);
        Stores stores = new Stores(settings);
        ListingLimits limits = new ListingLimits(settings);
        producer = camel.createProducerTemplate();
        camel.getRegistry().bind("stores", stores);
        camel.getRegistry().bind("r2Client", stores.r2Client());
        camel.getRegistry().bind("s3Listing", new S3Listing(settings, stores, limits));
        camel.getRegistry().bind("localStore", new LocalStore(settings, stores, limits));
        camel.getRegistry().bind("storeContents", new StoreContents(new StoreReading(seal, limits, producer), limits));
        StandIn standIn = new StandIn();
        List.of("downloadBackup", "takeBackup", "s3Upload")
                .forEach(name -> camel.getRegistry().bind(name, standIn));
        camel.getPropertiesComponent().addInitialProperty("dr.stores.r2.bucket", world.r2.bucket());
        for (String file : List.of("failures", "stores/r2", "stores/local")) {
            PluginHelper.getRoutesLoader(camel)
                    .loadRoutes(PluginHelper.getResourceLoader(camel)
                            .resolveResource("file:routes/" + file + ".camel.yaml"));
        }
        camel.start();
        for (String store : List.of("r2", "local")) {
            put(store, GOOD, "PGDMP and so on".getBytes(StandardCharsets.UTF_8));
            put(store, GOOD + ".json", seal.sign(manifest(GOOD, Instant.parse("2026-01-01T02:00:00Z"))));
        }
    }

    @AfterEach
    void stop() {
        camel.stop();
    }

    @ParameterizedTest(name = "{0}: {1} is told: {3}")
    @CsvSource(delimiter = '|', textBlock = """
            r2    | a root for a name         | odd.json         | is not the name of a file
            local | a root for a name         | odd.json         | is not the name of a file
            r2    | NUL in a name             | odd.json         | no text
            local | NUL in a name             | odd.json         | no text
            r2    | the year 1000000000       | odd.json         | a time in it
            local | the year 1000000000       | odd.json         | a time in it
            r2    | a signed year 1000000000  | odd.json         | a time in it
            r2    | nothing                   | odd.json         | it is no manifest
            local | a million brackets        | odd.json         | within the limits
            r2    | a million members         | odd.json         | within the limits
            local | a manifest of another     | odd.json         | but of other
            r2    | more than a manifest has  | odd.json         | no manifest is that large
            local | more than a manifest has  | odd.json         | no manifest is that large
            r2    | nothing                   | odd.dump         | it is empty
            local | nothing                   | odd.dump         | it is empty
            r2    | a text                    | .DS_Store        | it is no backup
            local | a text                    | x.sha256         | it is no backup
            r2    | a plain dump              | backup_users_only_20260101_000000.sql | USERS_ONLY
            local | a plain dump              | odd‮name.dump | no text
            """)
    void isPassedOver(String store, String content, String name, String reason) throws IOException {
        put(store, name, content(content));

        StoreListing listing = list(store);

        assertGood(listing);
        assertThat(listing.backups())
                .filteredOn(backup -> backup.manifest().filename().equals(name))
                .singleElement()
                .satisfies(backup -> assertThat(backup.whyNotRestorable())
                        .hasValueSatisfying(why -> assertThat(why).contains(reason)));
    }

    /** What the file system of this machine can hold, and a listing must live with. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            a link in a circle        | ln -s circle.dump circle.dump
            a link to a folder        | mkdir ../elsewhere && ln -s ../elsewhere folder.link
            a link that leads nowhere | ln -s /nowhere/at/all nowhere.dump
            a name that is no UTF-8   | touch "$(printf 'odd\\377.dump')" && echo x > "$(printf 'odd\\376.json')"
            a name with a line's end  | touch "$(printf 'odd\\nname.dump')"
            a name of 255 letters     | touch "$(printf 'x%.0s' $(seq 250)).dump"
            a pipe                    | mkfifo pipe.dump
            a folder called a dump    | mkdir folder.dump folder.json
            a folder nobody may read  | mkdir ../lost+found && chmod 000 ../lost+found
            a time far ahead          | echo x > odd.dump && touch -d '2200-01-01' odd.dump
            """)
    void inTheLocalStoreIsNoTroubleForTheOthers(String what, String made) throws IOException {
        Shell.sh("cd '" + world.local.resolve("shop") + "' && " + made);
        try {
            assertGood(list("local"));
        } finally {
            Shell.sh("cd '" + world.local
                    + "' && rm -rf lost+found elsewhere && cd shop && rm -f folder.link && rm -rf circle.dump nowhere.dump odd*"
                    + " x* pipe.dump folder.*");
        }
    }

    @Test
    void whatCannotBeListedIsLeftOutAndNamed() throws IOException {
        ListedFiles files = new ListedFiles(key -> Optional.of("shop"), 10);

        new LocalFiles(world.local, files)
                .visitFileFailed(
                        world.local.resolve("lost+found"),
                        new AccessDeniedException(
                                world.local.resolve("lost+found").toString()));

        assertThat(files.notes()).singleElement().asString().contains("lost+found", "not permitted");
    }

    /** Neither is its object taken for somebody else's dump. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({"r2", "local"})
    void aManifestThatIsListedAndCannotBeReadCostsItselfAndHidesItsObject(String store) throws IOException {
        put(store, "later.dump", "PGDMP".getBytes(StandardCharsets.UTF_8));
        put(store, "later.dump.json", seal.sign(manifest("later.dump", Instant.now())));

        StoreListing listing = read(store, remove(store, "later.dump.json"));

        assertGood(listing);
        assertThat(listing.backups())
                .extracting(backup -> backup.manifest().filename())
                .containsExactlyInAnyOrder(GOOD, "later.dump.json");
        assertThat(listing.whyUnread("shop", "later.dump.json")).isPresent();
    }

    /** A recovery would wait for it. */
    @Test
    @Timeout(20)
    void aStoreThatGivesTheBeginningOfAFileInDropsIsNotWaitedFor() throws IOException {
        put("r2", "large.dump", ("PGDMP" + " ".repeat(100_000)).getBytes(StandardCharsets.UTF_8));
        world.r2Proxy.fault(Fault.SLOW);

        StoreListing listing = list("r2");

        assertGood(listing);
        assertThat(listing.whyUnread("shop", "large.dump"))
                .hasValueSatisfying(why -> assertThat(why).contains("too_slow", "dr.listing.patience"));
    }

    /** As when a load balancer is started again: more connections than there are attempts are dead at once. */
    @Test
    void aStoreThatHasDroppedAllConnectionsIsNoStoreThatIsDown() throws IOException {
        for (int i = 0; i < 10; i++) {
            put("r2", "own" + i + ".dump", "PGDMP".getBytes(StandardCharsets.UTF_8));
        }
        assertGood(list("r2"));

        world.r2Proxy.dropAll();

        assertGood(list("r2"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({"r2", "local"})
    void anUnsignedJsonFileHidesNoDumpBesideIt(String store) throws IOException {
        put(store, "own.dump", "PGDMP".getBytes(StandardCharsets.UTF_8));
        put(store, "own.json", "{\"filename\":\"own.dump\"}".getBytes(StandardCharsets.UTF_8));
        put(store, "other.dump", "PGDMP".getBytes(StandardCharsets.UTF_8));
        put(store, "other.dump.json", "{}".getBytes(StandardCharsets.UTF_8));

        assertThat(list(store).backups())
                .filteredOn(backup -> backup.whyNotRestorable().isEmpty())
                .extracting(backup -> backup.manifest().filename())
                .containsExactlyInAnyOrder(GOOD, "own.dump", "other.dump");
    }

    @Test
    void aManifestWithAWrongHmacHidesItsObjectAndNoOther() throws IOException {
        put("local", "own.dump", "PGDMP".getBytes(StandardCharsets.UTF_8));
        String forged = new String(seal.sign(manifest("mine.dump", Instant.now())), StandardCharsets.UTF_8)
                .replace("COMPLETED", "VERIFIED");
        put("local", "mine.dump", "PGDMP".getBytes(StandardCharsets.UTF_8));
        put("local", "mine.dump.json", forged.getBytes(StandardCharsets.UTF_8));

        assertThat(list("local").backups())
                .extracting(backup -> backup.manifest().filename() + " " + backup.trust())
                .containsExactlyInAnyOrder(GOOD + " VOUCHED", "own.dump FOREIGN", "mine.dump BROKEN");
    }

    @Test
    void whoeverHasNoKeyHidesNoFileOfTheOriginalSystemAndAddsNothingToABackupOfOurs() throws IOException {
        byte[] token =
                ByteBuffer.allocate(240).put((byte) 0x80).putLong(1_700_000_000).array();
        put("local", "original.enc", Base64.getUrlEncoder().encode(token));
        String forged = new String(seal.sign(manifest("original.enc", Instant.now())), StandardCharsets.UTF_8);
        put(
                "local",
                "original.enc.json",
                forged.replace("COMPLETED", "VERIFIED").getBytes(StandardCharsets.UTF_8));
        String good = Files.readString(world.local.resolve("shop").resolve(GOOD + ".json"));
        put("local", "evil.dump", "PGDMP".getBytes(StandardCharsets.UTF_8));
        put("local", "evil.dump.json", good.replace(GOOD, "evil.dump").getBytes(StandardCharsets.UTF_8));

        StoreListing listing = list("local");

        assertGood(listing);
        assertThat(new Catalog(List.of(listing)).good("shop"))
                .singleElement()
                .satisfies(backup -> assertThat(backup.keys()).containsEntry("local", "shop/" + GOOD));
        assertThat(listing.backups())
                .filteredOn(Backup::sealedByOriginal)
                .singleElement()
                .satisfies(backup ->
                        assertThat(backup.manifest().createdAt()).isEqualTo(Instant.ofEpochSecond(1_700_000_000)));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(delimiter = '|', textBlock = """
            r2    | own +%41 dump é.dump
            local | own +%41 dump é.dump
            r2    | own 'quoted' & <tagged>.dump
            """)
    void aNameIsListedAsItIs(String store, String name) throws IOException {
        put(store, name, "PGDMP".getBytes(StandardCharsets.UTF_8));

        assertThat(list(store).backups())
                .filteredOn(backup -> backup.manifest().filename().equals(name))
                .singleElement()
                .satisfies(backup -> assertThat(backup.whyNotRestorable()).isEmpty());
    }

    @Test
    void ofMoreFilesThanAreLookedIntoTheRestIsCountedAndTheGoodBackupStays() throws IOException {
        for (int i = 0; i < MOST_FOREIGN + 5; i++) {
            put("local", "own" + i + ".dump", "PGDMP".getBytes(StandardCharsets.UTF_8));
            put("local", "own" + i + ".json", "{}".getBytes(StandardCharsets.UTF_8));
        }

        StoreListing listing = list("local");

        assertGood(listing);
        assertThat(listing.backups()).hasSize(MOST_FOREIGN + 1);
        assertThat(listing.notes()).singleElement().asString().contains("30 files", "dr.listing.foreign");
    }

    @Test
    void ofMoreFilesThanAreKeptTheOldestByNameAreDropped() {
        ListedFiles files = new ListedFiles(key -> Optional.of("shop"), 3);
        IntStream.range(0, 9).forEach(i -> files.add(new StoredFile("shop/" + i, 1, Instant.EPOCH, "1")));

        assertThat(files.byApplication().keySet())
                .extracting(StoredFile::key)
                .containsExactly("shop/6", "shop/7", "shop/8");
        assertThat(files.notes()).singleElement().asString().contains("more than 3", "dr.listing.files");
    }

    private static void assertGood(StoreListing listing) {
        assertThat(listing.error()).isNull();
        assertThat(listing.backups())
                .filteredOn(backup -> backup.trust() == Backup.Trust.VOUCHED)
                .singleElement()
                .satisfies(backup -> {
                    assertThat(backup.manifest().filename()).isEqualTo(GOOD);
                    assertThat(backup.whyNotRestorable()).isEmpty();
                    assertThat(backup.keys()).hasSize(1);
                });
    }

    private StoreListing list(String store) {
        return Objects.requireNonNull(producer.requestBody("direct:list-" + store, null, StoreListing.class));
    }

    /** Between the listing and the reading somebody takes the file away. */
    private ListedFiles remove(String store, String name) throws IOException {
        ListedFiles files =
                store.equals("local") ? ((LocalStore) camel.getRegistry().lookupByName("localStore")).list() : listed();
        if (store.equals("local")) {
            Files.delete(world.local.resolve("shop").resolve(name));
        } else {
            world.r2.delete(key(store, name));
        }
        return files;
    }

    private ListedFiles listed() {
        ListedFiles files = new ListedFiles(key -> Optional.of("shop"), 100);
        world.r2.keys("dr/shop/").forEach(key -> files.add(new StoredFile(key, 2000, Instant.EPOCH, "1")));
        return files;
    }

    private StoreListing read(String store, ListedFiles files) {
        return ((StoreContents) Objects.requireNonNull(camel.getRegistry().lookupByName("storeContents")))
                .read(store, files);
    }

    private static String key(String store, String name) {
        return (store.equals("local") ? "shop/" : "dr/shop/") + name;
    }

    private static void put(String store, String name, byte[] content) throws IOException {
        if (store.equals("local")) {
            FileUtils.writeByteArrayToFile(
                    world.local.resolve("shop").resolve(name).toFile(), content);
        } else {
            world.r2.put(key(store, name), content);
        }
    }

    private byte[] content(String kind) {
        String manifest = new String(seal.sign(manifest("x.dump", Instant.now())), StandardCharsets.UTF_8);
        return switch (kind) {
            case "a root for a name" -> manifest.replace("\"x.dump\"", "\"/\"").getBytes(StandardCharsets.UTF_8);
            case "NUL in a name" -> manifest.replace("x.dump", "x\\u0000y").getBytes(StandardCharsets.UTF_8);
            case "the year 1000000000" ->
                manifest.replaceFirst("\"created_at\" : \"[^\"]*\"", "\"created_at\":\"+1000000000-12-31T00:00:00Z\"")
                        .getBytes(StandardCharsets.UTF_8);
            case "a signed year 1000000000" -> seal.sign(manifest("x.dump", Instant.MAX));
            case "nothing" -> new byte[0];
            case "a million brackets" ->
                "[".repeat(1_000_000).replaceFirst("\\[", "{\"a\":").getBytes(StandardCharsets.UTF_8);
            case "a million members" -> ("{" + "\"a\":1,".repeat(100_000)).getBytes(StandardCharsets.UTF_8);
            case "a manifest of another" -> seal.sign(manifest("other", "x.dump", Instant.now()));
            case "more than a manifest has" -> new byte[2 * 1024 * 1024];
            case "a text" -> "9f86d081884c7d659a2feaa0c55ad015  x\n".getBytes(StandardCharsets.UTF_8);
            case "a plain dump" -> "--\n-- PostgreSQL database dump\n--\n".getBytes(StandardCharsets.UTF_8);
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private static Manifest manifest(String name, Instant createdAt) {
        return manifest("shop", name, createdAt);
    }

    private static Manifest manifest(String application, String name, Instant createdAt) {
        return new Manifest(
                UUID.randomUUID(),
                application,
                Manifest.FULL_DATABASE,
                name,
                15,
                List.of(new Manifest.StoredObject(name, 15, "00", Manifest.DATABASE)),
                15,
                Manifest.Status.COMPLETED,
                createdAt,
                null,
                "shop",
                null,
                "custom",
                "gzip",
                "openpgp",
                null,
                List.of(),
                null,
                null);
    }

    private static DrSettings settings() {
        Map<String, Object> values = new HashMap<>(Map.of(
                "dr.encryption.manifest-key",
                World.MANIFEST_KEY,
                "dr.stores.local.directory",
                world.local.toString(),
                "dr.stores.r2.endpoint",
                world.r2Proxy.endpoint(),
                "dr.stores.r2.bucket",
                world.r2.bucket(),
                "dr.stores.r2.prefix",
                "dr",
                "dr.stores.r2.access-key",
                world.r2.accessKey(),
                "dr.stores.r2.secret-key",
                world.r2.secretKey(),
                "dr.applications.shop.database.name",
                "shop",
                "dr.listing.foreign",
                MOST_FOREIGN,
                "dr.listing.largest-manifest",
                "1MB"));
        values.put("dr.listing.patience", "1s");
        return new Binder(new MapConfigurationPropertySource(values)).bindOrCreate("dr", DrSettings.class);
    }

    /** Stands where those stand that the other routes of the same files call; never here. */
    public static final class StandIn {

        public void ask(Exchange exchange) {
            throw new IllegalStateException("nothing is downloaded in this test");
        }

        public void take(InputStream content) {
            throw new IllegalStateException("nothing is downloaded in this test");
        }

        public void failed(Exchange exchange) {
            throw new IllegalStateException("nothing is downloaded in this test");
        }

        public void refused(Exchange exchange) {
            throw new IllegalStateException("no backup is taken in this test");
        }

        public void write(Exchange exchange) {
            throw new IllegalStateException("nothing is written in this test");
        }

        public void giveUpUnfinished(Exchange exchange) {
            throw new IllegalStateException("nothing is written in this test");
        }
    }
}
