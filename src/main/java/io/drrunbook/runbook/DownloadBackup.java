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
import io.drrunbook.run.Mode;
import io.drrunbook.run.StepStatus;
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
import java.util.Optional;
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
    private static final String SOURCE = "source";
    private static final String BACKUP_ID = "backup_id";

    /** What the run remembers: copies without a hash that a later step has found bad, as their attempts. */
    private static final String BAD_COPIES = "bad_copies";

    private static final TypeReference<List<Map<String, Object>>> ATTEMPT_LIST = new TypeReference<>() {};
    /** What the run remembers: the store that the copy came from. */
    private static final String COPY_FROM = "copy_from";

    private static final int FIRST_STEP_AGAIN = 2;
    private static final int LAST_STEP_ON_THE_WAY = 4;
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
        badCopy(run, backup.id(), store).ifPresent(bad -> {
            throw new RunbookException("corrupt", "passed over, because it was read before: " + bad.get("error"));
        });
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
        Manifest.StoredObject object = candidate(run, exchange).object(store);
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
        run.remember(COPY_FROM, store);
        List<Map<String, Object>> attempts = attempts(exchange);
        attempts.add(Map.of(SOURCE, store, BACKUP_ID, manifest.id()));
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
        UUID backup = candidate(run, exchange).id();
        if (badCopy(run, backup, store).isEmpty()) {
            attempts.add(attempt(store, backup, failure));
        }
        run.detail(ATTEMPTS, attempts);
        run.warn(store + " failed (" + failure.outcome() + "): " + failure.cause());
    }

    private static Map<String, Object> attempt(String store, UUID backup, StoreFailure failure) {
        Map<String, Object> attempt = new LinkedHashMap<>();
        attempt.put(SOURCE, store);
        attempt.put(BACKUP_ID, backup);
        attempt.put("outcome", failure.outcome());
        attempt.put("error", failure.cause());
        return attempt;
    }

    /**
     * A later step has failed. When it has found that the copy is bad, and no hash had vouched for it, the run goes back to
     * step 2 and passes that copy over.
     *
     * @param failure read off the property: Camel suppresses in it what an earlier step has caught
     */
    public void anotherCopy(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run,
            @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Exception failure)
            throws Exception {
        Optional<String> store = run.recall(COPY_FROM, String.class);
        if (store.isEmpty() || run.mode() == Mode.PLAN || !isContent(run, failure)) {
            throw failure;
        }
        Backup backup = chosen(run);
        List<Map<String, Object>> bad = badCopies(run);
        bad.add(attempt(store.get(), backup.id(), new StoreFailure("corrupt", Blame.message(failure))));
        boolean more = backup.keys().keySet().stream()
                .anyMatch(other -> bad.stream().noneMatch(copy -> isOf(copy, backup.id(), other)));
        if (!more && !mayFallBack(run, position(run) + 1)) {
            // A person who resumes the run has put the copies right, or wants to see it fail again.
            run.remember(BAD_COPIES, List.of());
            throw failure;
        }
        run.remember(BAD_COPIES, bad);
        run.log("the copy in " + store.get() + ", which no hash vouches for, is bad: " + Blame.message(failure)
                + "; going back to step 2 for another");
        for (int step = LAST_STEP_ON_THE_WAY; step >= FIRST_STEP_AGAIN; step--) {
            run.ended(step, StepStatus.PENDING);
        }
        Files.deleteIfExists(run.sealedFile());
        Files.deleteIfExists(run.archive());
    }

    private boolean isContent(ActiveRun run, Exception failure) {
        boolean vouched = manifest(run).objects().get(0).sha256() != null;
        boolean written =
                run.recall(RestoreDatabase.LIVE_WRITTEN, Boolean.class).orElse(false);
        return !vouched && !written && Blame.isContent(failure);
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
        if (!mayFallBack(run, next)) {
            run.remember(BAD_COPIES, List.of());
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

    private boolean mayFallBack(ActiveRun run, int next) {
        return run.requestedBackup().isEmpty()
                && settings.restore().fallBackToOlder()
                && next < candidates(run).size();
    }

    /** After a crash the run goes on with the backup it had come to, and without the copies that were found bad. */
    public void start(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        exchange.setProperty(NEXT, position(run));
        exchange.setProperty(ATTEMPTS, badCopies(run));
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

    private int position(ActiveRun run) {
        UUID chosen = manifest(run).id();
        List<UUID> ids = candidates(run).stream().map(Backup::id).toList();
        return Math.max(0, ids.indexOf(chosen));
    }

    private List<Map<String, Object>> badCopies(ActiveRun run) {
        return new ArrayList<>(
                json.convertValue(run.recall(BAD_COPIES, List.class).orElse(List.of()), ATTEMPT_LIST));
    }

    private Optional<Map<String, Object>> badCopy(ActiveRun run, UUID backup, String store) {
        return badCopies(run).stream().filter(copy -> isOf(copy, backup, store)).findFirst();
    }

    private static boolean isOf(Map<String, Object> attempt, UUID backup, String store) {
        return store.equals(attempt.get(SOURCE)) && backup.toString().equals(String.valueOf(attempt.get(BACKUP_ID)));
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
