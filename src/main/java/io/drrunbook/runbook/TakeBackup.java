package io.drrunbook.runbook;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.ManifestSeal;
import io.drrunbook.backup.StoreFailure;
import io.drrunbook.backup.Stores;
import io.drrunbook.crypto.BackupSealer;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.postgres.Dump;
import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.zip.GZIPOutputStream;
import org.apache.camel.Exchange;
import org.apache.camel.Header;
import org.apache.commons.io.output.CountingOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.util.FileSystemUtils;

/** Takes a backup: dumps, compresses and seals in one pass, then writes object and manifest into each store. */
@Component("takeBackup")
class TakeBackup {

    private static final Logger LOG = LoggerFactory.getLogger(TakeBackup.class);
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd_HHmmss").withZone(ZoneOffset.UTC);
    private static final String FOLDER = "backupFolder";
    private static final String MANIFEST = "backupManifest";
    private static final String KEYS = "backupKeys";
    private static final String STORE = "store";
    private static final String FAILURES = "backupFailures";

    private final Dump dump;
    private final BackupSealer sealer;
    private final ManifestSeal seal;
    private final Stores stores;
    private final DrSettings settings;

    TakeBackup(Dump dump, BackupSealer sealer, ManifestSeal seal, Stores stores, DrSettings settings) {
        this.dump = dump;
        this.sealer = sealer;
        this.seal = seal;
        this.stores = stores;
        this.settings = settings;
    }

    /** Dumps into a sealed file in the work directory; plain data is never on disk. */
    public void dump(@Header("application") String application, Exchange exchange) throws IOException {
        Path folder = Files.createTempDirectory(
                Files.createDirectories(settings.workDirectory().toAbsolutePath()),
                "backup",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        exchange.setProperty(FOLDER, folder);
        exchange.setProperty(KEYS, new ConcurrentSkipListMap<String, String>());
        exchange.setProperty(FAILURES, new ConcurrentSkipListMap<String, String>());
        String filename = "backup_full_database_" + STAMP.format(Instant.now()) + ".dump.gz.gpg";
        Path sealed = folder.resolve(filename);
        MessageDigest sha256 = sha256();
        Dump.Snapshot snapshot;
        long original;
        try (OutputStream file = new DigestOutputStream(Files.newOutputStream(sealed), sha256);
                OutputStream message = sealer.seal(file);
                GZIPOutputStream gzip = new GZIPOutputStream(message, 1 << 16);
                CountingOutputStream counted = new CountingOutputStream(gzip)) {
            snapshot = dump.write(application, counted, folder);
            original = counted.getByteCount();
        }
        Manifest.StoredObject object = new Manifest.StoredObject(
                filename, Files.size(sealed), HexFormat.of().formatHex(sha256.digest()), "database");
        Manifest manifest = manifest(application, snapshot, original, object);
        exchange.setProperty(MANIFEST, manifest);
        Files.write(folder.resolve(filename + ".json"), seal.sign(manifest));
    }

    /** Names the object as the next file to write. */
    public void object(Exchange exchange) {
        exchange.getMessage().setBody(file(exchange, ""));
    }

    /** Names the manifest as the next file to write: it comes last, because with it the backup exists. */
    public void manifest(Exchange exchange) {
        exchange.getMessage().setBody(file(exchange, ".json"));
    }

    /** Says under which key the file in the body goes into that store. */
    public void to(Exchange exchange, String store) {
        stores.require(store);
        Manifest manifest = exchange.getProperty(MANIFEST, Manifest.class);
        Path file = exchange.getMessage().getBody(Path.class);
        String key =
                stores.key(store, manifest.application(), file.getFileName().toString());
        exchange.getMessage().setHeader("key", key);
        if (!store.equals("local")) {
            exchange.getMessage().setBody(file.toFile());
        }
    }

    /** A store has both files. */
    public void stored(Exchange exchange, String store) {
        Manifest manifest = exchange.getProperty(MANIFEST, Manifest.class);
        keys(exchange).put(store, stores.key(store, manifest.application(), manifest.filename()));
    }

    /** A store did not take it; the others may. */
    public void refused(Exchange exchange) {
        String store = exchange.getProperty(STORE, String.class);
        StoreFailure failure = StoreFailure.of(exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class));
        failures(exchange).put(store, failure.cause());
        if (stores.configured(store)) {
            LOG.warn("{} does not take the backup ({}): {}", store, failure.outcome(), failure.cause());
        }
    }

    /**
     * The backup as it lies in the stores.
     *
     * @throws RunbookException ({@code no_store_takes_it}) when no store has it
     */
    public Backup taken(Exchange exchange) {
        Manifest manifest = exchange.getProperty(MANIFEST, Manifest.class);
        Map<String, String> keys = keys(exchange);
        if (keys.isEmpty()) {
            throw new RunbookException(
                    "no_store_takes_it", "no store takes the backup: " + failures(exchange) + "; nothing was kept");
        }
        LOG.info("backup {} of {} is in {}", manifest.id(), manifest.application(), keys.keySet());
        return new Backup(manifest, Backup.Trust.VOUCHED, keys);
    }

    /** Nothing stays in the work directory. */
    public void tidy(Exchange exchange) {
        Path folder = exchange.getProperty(FOLDER, Path.class);
        if (folder != null) {
            FileSystemUtils.deleteRecursively(folder.toFile());
        }
    }

    private Manifest manifest(String application, Dump.Snapshot snapshot, long original, Manifest.StoredObject object) {
        List<Manifest.TableRows> tables = snapshot.rows().entrySet().stream()
                .map(table -> new Manifest.TableRows(table.getKey(), table.getValue()))
                .toList();
        return new Manifest(
                UUID.randomUUID(),
                application,
                Manifest.FULL_DATABASE,
                object.name(),
                object.sizeBytes(),
                List.of(object),
                original,
                Manifest.Status.COMPLETED,
                snapshot.takenAt(),
                Instant.now(),
                settings.application(application).database().name(),
                snapshot.serverVersion(),
                "custom",
                "gzip",
                "openpgp",
                null,
                tables,
                null,
                null);
    }

    private static Path file(Exchange exchange, String suffix) {
        Manifest manifest = exchange.getProperty(MANIFEST, Manifest.class);
        return exchange.getProperty(FOLDER, Path.class).resolve(manifest.filename() + suffix);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, String> keys(Exchange exchange) {
        return exchange.getProperty(KEYS, Map.class);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, String> failures(Exchange exchange) {
        return exchange.getProperty(FAILURES, Map.class);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
