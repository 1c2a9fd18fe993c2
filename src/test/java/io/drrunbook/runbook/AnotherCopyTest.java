package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.Stores;
import io.drrunbook.crypto.BackupOpener;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.run.Mode;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.tool.ToolFailedException;
import io.drrunbook.world.RecordedRun;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/**
 * What step 3 or 4 finds bad in a copy that no hash vouches for goes to the next store's copy, then to the next candidate; the
 * real routes and pieces of steps 2 and 3, with stores and a step 4 that are played.
 */
@Tag("quick")
@InHarness
class AnotherCopyTest {

    private static final List<String> STORES = List.of("r2", "b2", "local");

    @Autowired
    private StepHarness step;

    @TempDir
    Path work;

    private final AnnotationConfigApplicationContext beans = new AnnotationConfigApplicationContext();
    private final ObjectMapper json =
            JsonMapper.builder().addModule(new JavaTimeModule()).build();
    private final Map<String, byte[]> stored = new HashMap<>();
    private final List<String> restored = new ArrayList<>();
    private RecordedRun run;

    @BeforeEach
    void theRoutesOfSteps1To4() throws Exception {
        run = new RecordedRun(Mode.RECOVERY, "shop", work);
        DrSettings settings = settings();
        step.begin(
                Map.of(),
                Map.of(
                        "downloadBackup",
                        download(settings),
                        "openBackup",
                        new OpenBackup(new BackupOpener(settings), settings)),
                "steps/2-download-backup.camel.yaml",
                "steps/3-open-backup.camel.yaml",
                "runbook.camel.yaml");
        step.camel().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                STORES.forEach(store -> from("direct:fetch-from-" + store)
                        .routeId("fetch-from-" + store)
                        .routeConfigurationId("store-leg")
                        .bean("downloadBackup", "ask(${exchangeProperty.run}, *, '" + store + "')")
                        .process(exchange -> fetch(exchange, store))
                        .bean("downloadBackup", "take"));
                from("direct:select-backup").log("selected");
                from("direct:restore-database").process(exchange -> restore());
                List.of("drill-and-judge", "restart-application", "verify-health", "reroute-traffic")
                        .forEach(other -> from("direct:" + other).log(other));
            }
        });
    }

    @AfterEach
    void stop() {
        beans.close();
    }

    private static DrSettings settings() {
        return new Binder(new MapConfigurationPropertySource(Map.of(
                        "dr.stores.r2.bucket", "r2",
                        "dr.stores.b2.bucket", "b2",
                        "dr.stores.local.directory", "/nowhere")))
                .bindOrCreate("dr", DrSettings.class);
    }

    private DownloadBackup download(DrSettings settings) {
        beans.registerBean(DrSettings.class, () -> settings);
        beans.registerBean(ObjectMapper.class, () -> json);
        beans.registerBean(MeterRegistry.class, SimpleMeterRegistry::new);
        beans.register(Stores.class, DownloadBackup.class);
        beans.refresh();
        return beans.getBean(DownloadBackup.class);
    }

    /** Copies in R2, B2 and the local store: of the newest file, then of an older one. */
    @ParameterizedTest(name = "{0}; {1}: {2}")
    @CsvSource(delimiter = '|', textBlock = """
            good good good        | good good good | newest from r2
            flipped good good     | good good good | newest from b2
            cut missing good      | good good good | newest from local
            junk good good        | good good good | newest from b2
            empty good good       | good good good | newest from b2
            incomplete good good  | good good good | newest from b2
            dataless cut good     | good good good | newest from local
            unsafe good good      | good good good | newest from b2
            unreadable good good  | good good good | newest from b2
            flipped flipped cut   | good good good | older from r2
            flipped missing missing | cut missing good | older from local
            disk-full good good   | good good good | failed tool_failed
            lost-server good good | good good good | failed database_unreachable
            flipped missing missing | missing missing cut | failed corrupt_backup
            flipped missing missing | missing missing missing | failed no_store_left
            """)
    void ofTheCopies(String newest, String older, String outcome) throws IOException {
        List<Backup> candidates = List.of(candidate("newest", 2, newest), candidate("older", 9, older));
        run.remember(SelectBackup.CANDIDATES, candidates);
        run.remember(SelectBackup.MANIFEST, candidates.get(0).manifest());

        Exchange result = bringBack();

        if (outcome.startsWith("failed")) {
            assertThat(result.getException())
                    .as(run.logged().toString())
                    .isInstanceOfSatisfying(
                            RunbookException.class,
                            failure -> assertThat("failed " + failure.code()).isEqualTo(outcome));
            assertThat(restored).isEmpty();
        } else {
            assertThat(result.getException()).as(run.logged().toString()).isNull();
            assertThat(restored).hasSize(1);
            assertThat(run.recall(SelectBackup.MANIFEST, Manifest.class)
                                    .orElseThrow()
                                    .filename() + " from " + run.details().get("source"))
                    .isEqualTo(outcome);
            assertThat((List<?>) run.details().get("attempts")).hasSizeGreaterThanOrEqualTo(1);
        }
    }

    /** Its SHA-256 was right: the same bytes lie elsewhere, and an older backup would not be what was asked for. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({"flipped", "incomplete"})
    void aCopyThatAHashVouchesForIsNotLookedForElsewhere(String kind) throws IOException {
        Backup foreign = candidate("newest", 2, kind + " good good");
        byte[] content = content(kind);
        Backup ours = new Backup(
                manifest("newest", 2, content.length, sha256(content)), Backup.Trust.VOUCHED, foreign.keys());
        run.remember(SelectBackup.CANDIDATES, List.of(ours, candidate("older", 9, "good good good")));
        run.remember(SelectBackup.MANIFEST, ours.manifest());

        Exchange result = bringBack();

        assertThat(result.getException()).isInstanceOf(RunbookException.class);
        assertThat(restored).isEmpty();
    }

    private Exchange bringBack() {
        return step.camel()
                .createProducerTemplate()
                .send("direct:bring-the-data-back", exchange -> exchange.setProperty(ActiveRun.PROPERTY, run));
    }

    private void fetch(Exchange exchange, String store) throws IOException {
        byte[] content = stored.get(store + " " + exchange.getMessage().getHeader("key", String.class));
        if (content == null) {
            throw new NoSuchFileException(store);
        }
        exchange.getMessage().setBody(new ByteArrayInputStream(content));
    }

    /** Stands where step 4 stands. */
    private void restore() throws IOException {
        String archive = Files.readString(work.resolve("archive"));
        switch (archive) {
            case "good" -> restored.add(archive);
            case "junk" -> throw new RunbookException("unknown_format", "it is no dump");
            case "incomplete" -> throw new RunbookException("archive_incomplete", "it has no end");
            case "dataless" -> throw new RunbookException("archive_without_data", "it has no rows");
            case "unsafe" -> throw new RunbookException("unsafe_dump", "it runs programs");
            case "unreadable" ->
                throw new ToolFailedException(
                        "pg_restore", 1, List.of("pg_restore: error: could not read from input file: end of file"));
            case "disk-full" ->
                throw new ToolFailedException(
                        "pg_restore", 1, List.of("pg_restore: error: could not write: No space left on device"));
            case "lost-server" -> throw new RunbookException("database_unreachable", "the connection was lost");
            default -> throw new IllegalStateException(archive);
        }
    }

    private Backup candidate(String name, int days, String copies) throws IOException {
        Map<String, String> keys = new HashMap<>();
        Map<String, Long> sizes = new HashMap<>();
        String[] kinds = copies.split(" ");
        for (int i = 0; i < kinds.length; i++) {
            if (!kinds[i].equals("missing")) {
                byte[] content = content(kinds[i]);
                stored.put(STORES.get(i) + " shop/" + name, content);
                keys.put(STORES.get(i), "shop/" + name);
                sizes.put(STORES.get(i), (long) content.length);
            }
        }
        return new Backup(manifest(name, days, 1, null), Backup.Trust.FOREIGN, keys, sizes, null);
    }

    private static Manifest manifest(String name, int days, long size, @Nullable String sha256) {
        return new Manifest(
                UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)),
                "shop",
                Manifest.FULL_DATABASE,
                name,
                1,
                List.of(new Manifest.StoredObject(name, size, sha256, null)),
                0,
                Manifest.Status.COMPLETED,
                Instant.now().minusSeconds(days * 86_400L),
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
    }

    private static byte[] content(String kind) throws IOException {
        byte[] good = gzip(kind.equals("flipped") || kind.equals("cut") ? "good" : kind.equals("empty") ? "" : kind);
        if (kind.equals("flipped")) {
            good[good.length - 6] ^= 1;
        }
        return kind.equals("cut") ? Arrays.copyOf(good, good.length - 3) : good;
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return out.toByteArray();
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
