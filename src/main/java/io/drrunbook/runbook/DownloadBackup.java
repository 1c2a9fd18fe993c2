package io.drrunbook.runbook;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.drrunbook.backup.Arrival;
import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.StoreFailure;
import io.drrunbook.backup.Stores;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.settings.DrSettings;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.springframework.stereotype.Component;

/** Step 2: what one leg of the failover does, and what happens when no leg is left. */
@Component("downloadBackup")
class DownloadBackup {

    private static final String ATTEMPTS = "attempts";
    private static final String NEXT = "candidate";
    private static final TypeReference<List<Backup>> BACKUPS = new TypeReference<>() {};

    private final Stores stores;
    private final Arrival arrival;
    private final DrSettings settings;
    private final ObjectMapper json;
    private final MeterRegistry metrics;

    DownloadBackup(Stores stores, DrSettings settings, ObjectMapper json, MeterRegistry metrics) {
        this.stores = stores;
        this.arrival = new Arrival(settings.download());
        this.settings = settings;
        this.json = json;
        this.metrics = metrics;
    }

    /**
     * Looks whether the disk holds the backup.
     *
     * @throws RunbookException ({@code disk_full}) that says how much is missing and where
     */
    public void checkSpace(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) throws IOException {
        long needed = manifest(run).sizeBytes() + manifest(run).originalSizeBytes();
        FileStore disk = Files.getFileStore(run.workDirectory());
        if (disk.getUsableSpace() < needed) {
            throw new RunbookException(
                    "disk_full",
                    run.workDirectory() + " has " + disk.getUsableSpace() + " bytes free, the backup needs " + needed
                            + "; free " + (needed - disk.getUsableSpace())
                            + " bytes there or move dr.work-directory, then resume the run");
        }
    }

    /** A leg begins: says which key is wanted of that store. */
    public void ask(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange, String store) {
        exchange.setProperty("store", store);
        stores.require(store);
        Backup backup = candidate(run, exchange);
        String key = backup.keys().containsKey(store)
                ? backup.keys().get(store)
                : stores.key(store, run.application(), backup.manifest().filename());
        exchange.getMessage().setHeader("key", key);
        countFailover(exchange, store);
        run.log("downloading " + key + " from " + store);
    }

    /** A store that is not configured is passed over; that is no failover. */
    private void countFailover(Exchange exchange, String to) {
        attempts(exchange).stream()
                .filter(attempt -> !"not_configured".equals(attempt.get("outcome")))
                .reduce((earlier, later) -> later)
                .ifPresent(last -> metrics.counter("dr.store.failovers", "from", (String) last.get("source"), "to", to)
                        .increment());
    }

    /** Takes in what the store sends, and checks it. */
    public void take(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run,
            @ExchangeProperty("store") String store,
            Exchange exchange,
            @Body InputStream content)
            throws IOException {
        Manifest manifest = candidate(run, exchange).manifest();
        Manifest.StoredObject object = manifest.objects().get(0);
        long[] counted = {0};
        String sha256 = arrival.take(
                content,
                run.sealedFile(),
                object,
                bytes -> {
                    metrics.counter("dr.download.bytes", "store", store).increment(bytes - counted[0]);
                    counted[0] = bytes;
                    run.progress(bytes, object.sizeBytes(), "bytes");
                },
                run::cancelRequested);
        exchange.setProperty("downloaded", true);
        List<Map<String, Object>> attempts = attempts(exchange);
        attempts.add(Map.of("source", store, "backup_id", manifest.id()));
        long size = Files.size(run.sealedFile());
        run.detail("source", store);
        run.detail("size_bytes", size);
        run.detail("size_mb", Math.round(size / 1024.0 / 1024.0 * 100) / 100.0);
        run.detail("sha256", sha256);
        run.detail("verified", object.sha256() != null);
        run.detail(ATTEMPTS, attempts);
        run.log(size + " bytes from " + store
                + (object.sha256() == null ? ", no checksum vouches for them" : ", SHA-256 as in the manifest"));
    }

    /** A leg has failed: keeps its cause for the log, and lets the failover go on. */
    public void failed(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        String store = exchange.getProperty("store", String.class);
        StoreFailure failure = StoreFailure.of(exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class));
        List<Map<String, Object>> attempts = attempts(exchange);
        Map<String, Object> attempt = new LinkedHashMap<>();
        attempt.put("source", store);
        attempt.put("backup_id", candidate(run, exchange).id());
        attempt.put("outcome", failure.outcome());
        attempt.put("error", failure.cause());
        attempts.add(attempt);
        run.detail(ATTEMPTS, attempts);
        run.warn(store + " failed (" + failure.outcome() + "): " + failure.cause());
    }

    /**
     * No store has a good copy: takes the next older good backup, when none was asked for by id.
     *
     * @throws RunbookException ({@code no_store_left}) that says which store failed how
     */
    public void nextOlder(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        if (run.cancelRequested()) {
            throw new RunbookException("cancelled", "cancelled while downloading");
        }
        List<Backup> candidates = candidates(run);
        int next = exchange.getProperty(NEXT, 0, Integer.class) + 1;
        boolean allowed = run.requestedBackup().isEmpty() && settings.restore().fallBackToOlder();
        if (!allowed || next >= candidates.size()) {
            throw new RunbookException(
                    "no_store_left",
                    "no store has a good copy of the backup: " + causes(exchange)
                            + "; the live database is as it was; bring a store back and resume the run");
        }
        Backup older = candidates.get(next);
        Duration cost = Duration.between(
                older.manifest().createdAt(),
                candidates.get(next - 1).manifest().createdAt());
        exchange.setProperty(NEXT, next);
        run.log("no store has a good copy of "
                + candidates.get(next - 1).manifest().filename()
                + (cost.isNegative()
                        ? ": going on with " + older.manifest().filename() + ", which is newer, but not proven"
                        : ": going on with the older " + older.manifest().filename() + ", which loses "
                                + cost.toSeconds() + " s more of data"));
        SelectBackup.use(run, older);
    }

    /** After a crash the run goes on with the backup it had come to. */
    public void start(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        Manifest chosen = manifest(run);
        List<Backup> candidates = candidates(run);
        for (int i = 0; i < candidates.size(); i++) {
            if (candidates.get(i).id().equals(chosen.id())) {
                exchange.setProperty(NEXT, i);
            }
        }
        exchange.setProperty(ATTEMPTS, new ArrayList<Map<String, Object>>());
        exchange.setProperty("downloaded", false);
    }

    /** The backup that step 1 has chosen. */
    Backup chosen(ActiveRun run) {
        UUID id = manifest(run).id();
        return candidates(run).stream()
                .filter(backup -> backup.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    private static Manifest manifest(ActiveRun run) {
        return run.recall(SelectBackup.MANIFEST, Manifest.class)
                .orElseThrow(
                        () -> new RunbookException("no_backup", "no backup has been selected: step 1 comes first"));
    }

    private Backup candidate(ActiveRun run, Exchange exchange) {
        return candidates(run).get(exchange.getProperty(NEXT, 0, Integer.class));
    }

    private List<Backup> candidates(ActiveRun run) {
        return json.convertValue(run.recall(SelectBackup.CANDIDATES, List.class).orElseThrow(), BACKUPS);
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> attempts(Exchange exchange) {
        return exchange.getProperty(ATTEMPTS, List.class);
    }

    private static String causes(Exchange exchange) {
        return attempts(exchange).stream()
                .map(attempt -> attempt.get("source") + ": " + attempt.get("error"))
                .distinct()
                .reduce((a, b) -> a + "; " + b)
                .orElse("");
    }
}
