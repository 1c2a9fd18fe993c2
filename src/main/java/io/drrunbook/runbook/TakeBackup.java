package io.drrunbook.runbook;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.ManifestSeal;
import io.drrunbook.backup.StoreFailure;
import io.drrunbook.backup.StoreFeeds;
import io.drrunbook.backup.Stores;
import io.drrunbook.crypto.BackupSealer;
import io.drrunbook.crypto.Compressor;
import io.drrunbook.crypto.Keys;
import io.drrunbook.failure.Explained;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.postgres.Dump;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Mode;
import io.drrunbook.run.Taking;
import io.drrunbook.run.Takings;
import io.drrunbook.settings.DrSettings;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.Header;
import org.apache.commons.io.output.CountingOutputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.stereotype.Component;
import org.springframework.util.FileSystemUtils;

/**
 * Takes a backup, piece by piece; {@code backup.camel.yaml} puts the pieces in order. The dump is compressed, sealed and
 * hashed on its way into all stores at once; none of it is ever on disk here.
 */
@Component("takeBackup")
class TakeBackup {

    private static final Logger LOG = LoggerFactory.getLogger(TakeBackup.class);

    /** The exchange property that all pieces share. */
    private static final String BACKUP = "backup";

    private static final String STORE = "store";
    private static final String JSON = ".json";

    private final Dump dump;
    private final Compressor compressor;
    private final BackupSealer sealer;
    private final Keys keys;
    private final ManifestSeal seal;
    private final Stores stores;
    private final Journal journal;
    private final Takings takings;
    private final DrSettings settings;
    private final Map<UUID, BackupInProgress> inProgress = new ConcurrentHashMap<>();

    TakeBackup(
            Dump dump,
            Compressor compressor,
            BackupSealer sealer,
            Keys keys,
            ManifestSeal seal,
            Stores stores,
            Journal journal,
            Takings takings,
            DrSettings settings) {
        this.dump = dump;
        this.compressor = compressor;
        this.sealer = sealer;
        this.keys = keys;
        this.seal = seal;
        this.stores = stores;
        this.journal = journal;
        this.takings = takings;
        this.settings = settings;
    }

    /** Threads for the legs of backups: a leg that waited for a thread would keep the others waiting for it. */
    @Bean(destroyMethod = "shutdownNow")
    static ExecutorService backupThreads() {
        return Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task, "backup");
            thread.setDaemon(true);
            return thread;
        });
    }

    /** What file names of new backups end with. */
    String suffix() {
        return ".dump." + compressor.suffix() + ".gpg";
    }

    /** Where the programs that a backup needs put what they complain of. */
    static Path folder(DrSettings settings, Taking taking) {
        return settings.workDirectory().toAbsolutePath().resolve("backup-" + taking.id());
    }

    /** The name of the object with roles and tablespaces: {@code X.dump.gz.gpg} has {@code X.globals.sql.gz.gpg}. */
    static String globalsName(String filename) {
        return filename.replace(".dump.", Manifest.GLOBALS_MARK);
    }

    /**
     * Everything that can be known before the first byte.
     *
     * @throws RunbookException {@code no_key}, {@code no_manifest_key}, {@code no_store_configured}
     */
    public void begin(@Header("taking") Taking taking, Exchange exchange) throws IOException {
        keys.sealing();
        seal.requireKey();
        List<String> configured =
                Stores.NAMES.stream().filter(stores::configured).toList();
        if (configured.isEmpty()) {
            throw new RunbookException(
                    "no_store_configured", "there is no store to put a backup into: set dr.stores.r2, b2 or local");
        }
        Files.createDirectories(settings.workDirectory().toAbsolutePath());
        Path folder = Files.createDirectory(
                folder(settings, taking),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        BackupInProgress backup = new BackupInProgress(
                taking, folder, new StoreFeeds(configured, settings.upload().stallTimeout()));
        exchange.setProperty(BACKUP, backup);
        inProgress.put(taking.id(), backup);
    }

    /**
     * Roles and tablespaces go with the backup: a dump of one database has none. The data are worth more than they: when they
     * cannot be read, the backup goes on without them and says so.
     */
    public void globals(@ExchangeProperty(BACKUP) BackupInProgress backup) throws IOException {
        if (!settings.backup().globals()) {
            return;
        }
        try {
            keepGlobals(backup);
        } catch (RunbookException e) {
            if (settings.backup().globalsRequired() || !e.code().equals("globals_not_dumped")) {
                throw e;
            }
            String application = backup.taking().application();
            LOG.warn("the backup of {} is taken without roles and tablespaces: {}", application, e.getMessage());
            backup.warning(
                    "the backup of " + application + " was taken without roles and tablespaces: " + e.getMessage());
        }
    }

    private void keepGlobals(BackupInProgress backup) throws IOException {
        ByteArrayOutputStream sealed = new ByteArrayOutputStream();
        MessageDigest sha256 = sha256();
        try (OutputStream message = sealer.seal(new DigestOutputStream(sealed, sha256));
                OutputStream compressed = compressor.compress(message)) {
            dump.writeGlobals(backup.taking().application(), compressed, backup.folder());
        }
        String name = globalsName(backup.taking().filename());
        backup.globals(
                new Manifest.StoredObject(name, sealed.size(), hex(sha256), Manifest.GLOBALS), sealed.toByteArray());
    }

    /**
     * Dumps into all stores at once; only when all of it was dumped and counted do the stores' streams end.
     *
     * @throws RunbookException when it cannot be dumped; {@code recovery_began}, {@code interrupted} when the backup must
     *     not exist any more
     */
    public void dump(@ExchangeProperty(BACKUP) BackupInProgress backup) throws IOException {
        Taking taking = backup.taking();
        MessageDigest sha256 = sha256();
        CountingOutputStream sealed = new CountingOutputStream(new DigestOutputStream(backup.feeds(), sha256));
        Dump.Snapshot snapshot;
        // Not closed when the dump fails: that would end the stream as if it were whole.
        OutputStream message = sealer.seal(sealed);
        try (OutputStream compressed = compressor.compress(message)) {
            snapshot = dump.write(taking.application(), new Counted(compressed, backup), backup.folder());
        }
        message.close();
        requireWanted(taking);
        Manifest.StoredObject object =
                new Manifest.StoredObject(taking.filename(), sealed.getByteCount(), hex(sha256), Manifest.DATABASE);
        Manifest manifest = manifest(backup, snapshot, object);
        seal.requireReadable(manifest);
        backup.feeds().close();
        backup.manifest().complete(manifest);
    }

    /** No store may keep a beginning. */
    public void dumpFailed(
            @ExchangeProperty(BACKUP) BackupInProgress backup,
            @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Exception failure) {
        backup.feeds().fail(failure);
        backup.manifest().completeExceptionally(failure);
    }

    /** Hands the database's object to a store, while it is being made. */
    public void object(@ExchangeProperty(BACKUP) BackupInProgress backup, Exchange exchange, String store) {
        stores.require(store);
        send(exchange, store, backup, backup.taking().filename(), backup.feeds().of(store));
    }

    public boolean hasGlobals(@ExchangeProperty(BACKUP) BackupInProgress backup) {
        return backup.globals().isPresent();
    }

    /** Hands roles and tablespaces to a store. */
    public void globalsObject(@ExchangeProperty(BACKUP) BackupInProgress backup, Exchange exchange, String store) {
        send(
                exchange,
                store,
                backup,
                backup.extras().get(0).name(),
                backup.globals().orElseThrow());
    }

    /** Hands the manifest to a store: it comes last, because with it the backup exists. */
    public void manifest(@ExchangeProperty(BACKUP) BackupInProgress backup, Exchange exchange, String store) {
        Manifest manifest;
        try {
            manifest = backup.manifest().join();
        } catch (CompletionException e) {
            throw new RunbookException("backup_not_written", "the backup was not finished", e.getCause());
        }
        send(exchange, store, backup, manifest.filename() + JSON, seal.sign(manifest));
    }

    /** A store has all of it. */
    public void stored(@ExchangeProperty(BACKUP) BackupInProgress backup, String store) {
        backup.keys()
                .put(
                        store,
                        stores.key(
                                store,
                                backup.taking().application(),
                                backup.taking().filename()));
    }

    /** A store did not take it; the others may. */
    public void refused(@ExchangeProperty(BACKUP) BackupInProgress backup, Exchange exchange) throws IOException {
        String store = exchange.getProperty(STORE, String.class);
        StoreFailure failure = StoreFailure.of(exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class));
        if (stores.configured(store)) {
            backup.feeds().of(store).close();
            backup.failures().put(store, failure.cause());
            LOG.warn("{} does not take the backup ({}): {}", store, failure.outcome(), failure.cause());
        }
    }

    /**
     * The backup as it lies in the stores.
     *
     * @throws RunbookException why it was not taken; {@code no_store_takes_it} when no store has it
     */
    public TakenBackup taken(@ExchangeProperty(BACKUP) BackupInProgress backup) {
        if (backup.keys().isEmpty()) {
            throw why(backup);
        }
        Manifest manifest = backup.manifest().join();
        LOG.info(
                "backup {} of {} is in {}",
                manifest.id(),
                manifest.application(),
                backup.keys().keySet());
        return new TakenBackup(
                new Backup(manifest, Backup.Trust.VOUCHED, backup.keys()),
                Map.copyOf(backup.failures()),
                backup.warnings());
    }

    /** Nothing stays in the work directory. */
    public void tidy(Exchange exchange) {
        BackupInProgress backup = exchange.getProperty(BACKUP, BackupInProgress.class);
        if (backup != null) {
            inProgress.remove(backup.taking().id());
            FileSystemUtils.deleteRecursively(backup.folder().toFile());
        }
    }

    /** Tells the journal that backups still go on, so that nobody takes them for dead. */
    public void noteProgress() {
        inProgress.forEach((id, backup) -> takings.alive(id, backup.dumped().get()));
    }

    private void requireWanted(Taking taking) {
        String application = taking.application();
        journal.active(application).filter(run -> run.mode() == Mode.RECOVERY).ifPresent(run -> {
            throw new RunbookException(
                    "recovery_began",
                    "run " + run.id() + " recovers " + application
                            + " since the backup began: a backup of what is being replaced must not become the latest");
        });
        if (takings.active(application)
                .filter(active -> active.id().equals(taking.id()))
                .isEmpty()) {
            throw new RunbookException(
                    "interrupted",
                    "the service stood still for so long that the backup of " + application
                            + " was taken for dead; take another");
        }
    }

    /** The dump's own failure goes before those of the stores, unless it only followed from them. */
    private static RunbookException why(BackupInProgress backup) {
        Throwable failure = backup.manifest()
                .<@Nullable Throwable>handle((manifest, thrown) -> thrown)
                .join();
        boolean noStoreLeft = Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
                .anyMatch(StoreFeeds.NoStoreLeftException.class::isInstance);
        if (failure == null || noStoreLeft) {
            return new RunbookException(
                    "no_store_takes_it",
                    "no store takes the backup: " + causes(backup)
                            + "; nothing was kept. Bring one of them back, and take another");
        }
        if (failure instanceof RunbookException known) {
            return known;
        }
        Explained explained = Explained.of(failure);
        return explained.code().equals("unexpected")
                ? new RunbookException(
                        "backup_not_written", "the backup cannot be written: " + explained.message(), failure)
                : new RunbookException(
                        explained.code(), "the backup cannot be written: " + explained.message(), failure);
    }

    private static String causes(BackupInProgress backup) {
        return backup.failures().entrySet().stream()
                .map(failure -> failure.getKey() + ": " + failure.getValue())
                .collect(Collectors.joining("; "));
    }

    private void send(Exchange exchange, String store, BackupInProgress backup, String filename, Object body) {
        exchange.getMessage().setHeader("key", stores.key(store, backup.taking().application(), filename));
        exchange.getMessage().setBody(body);
    }

    private Manifest manifest(BackupInProgress backup, Dump.Snapshot snapshot, Manifest.StoredObject object) {
        List<Manifest.TableRows> tables = snapshot.rows().entrySet().stream()
                .map(table -> Manifest.TableRows.of(
                        table.getKey().schema(), table.getKey().table(), table.getValue()))
                .toList();
        return new Manifest(
                backup.taking().id(),
                backup.taking().application(),
                Manifest.FULL_DATABASE,
                object.name(),
                object.sizeBytes(),
                Stream.concat(Stream.of(object), backup.extras().stream()).toList(),
                backup.dumped().get(),
                Manifest.Status.COMPLETED,
                snapshot.takenAt(),
                Instant.now(),
                settings.application(backup.taking().application()).database().name(),
                snapshot.serverVersion(),
                "custom",
                compressor.name(),
                "openpgp",
                keys.sealing(),
                tables,
                null,
                null);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Counts what goes through; closing it does nothing. */
    private static final class Counted extends OutputStream {

        private final OutputStream out;
        private final BackupInProgress backup;

        Counted(OutputStream out, BackupInProgress backup) {
            this.out = out;
            this.backup = backup;
        }

        @Override
        public void write(int b) throws IOException {
            out.write(b);
            backup.dumped().incrementAndGet();
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length);
            backup.dumped().addAndGet(length);
        }
    }
}
