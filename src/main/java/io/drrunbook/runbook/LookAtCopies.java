package io.drrunbook.runbook;

import io.drrunbook.backup.Arrival;
import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.StoreFailure;
import io.drrunbook.backup.Stores;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.run.Mode;
import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.apache.commons.io.input.BoundedInputStream;
import org.springframework.stereotype.Component;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/** Step 2 of a plan: whether each store has the backup, and how it begins. */
@Component("lookAtCopies")
class LookAtCopies {

    /** What the run remembers: whether what lies in the work directory is the whole backup. */
    static final String WHOLE = "sealed_whole";

    private static final String COPIES = "copies";

    private final Stores stores;
    private final DownloadBackup download;
    private final Arrival arrival;
    private final DrSettings settings;
    private final long firstBytes;

    LookAtCopies(Stores stores, DownloadBackup download, DrSettings settings) {
        this.stores = stores;
        this.download = download;
        this.arrival = new Arrival(settings.download());
        this.settings = settings;
        this.firstBytes = settings.plan().firstBytes();
    }

    public void start(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) throws IOException {
        run.requireMode("look without downloading", Mode.PLAN);
        Files.deleteIfExists(run.sealedFile());
        exchange.setProperty(COPIES, new ArrayList<Map<String, Object>>());
        settings.unreachableObjective(run.application()).ifPresent(run::log);
    }

    /** Names what is asked of that store. */
    public void ask(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange, String store) {
        exchange.setProperty("store", store);
        stores.require(store);
        Backup backup = download.chosen(run);
        String key = backup.keys().containsKey(store)
                ? backup.keys().get(store)
                : stores.key(store, run.application(), backup.manifest().filename());
        exchange.getMessage().setHeader("key", key);
        exchange.getMessage().setHeader("CamelAwsS3Key", key);
        exchange.getMessage().setHeader("CamelAwsS3RangeStart", 0L);
        exchange.getMessage().setHeader("CamelAwsS3RangeEnd", beginning(backup.object(store)) - 1);
    }

    /** What a store says of the object. */
    public void headed(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run,
            @ExchangeProperty("store") String store,
            @Body HeadObjectResponse head) {
        requireSize(download.chosen(run).object(store), head.contentLength());
    }

    /** What the local store says of the object. */
    public void found(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run,
            @ExchangeProperty("store") String store,
            @Body long size) {
        requireSize(download.chosen(run).object(store), size);
    }

    /** Takes in how the copy begins; the first store's beginning is what the next steps look into. */
    public void take(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run,
            @ExchangeProperty("store") String store,
            Exchange exchange,
            @Body InputStream content)
            throws IOException {
        Manifest.StoredObject object = download.chosen(run).object(store);
        long length = beginning(object);
        boolean whole = length == object.sizeBytes();
        boolean first = !Files.exists(run.sealedFile());
        Path target = first ? run.sealedFile() : run.workDirectory().resolve("beginning");
        try (InputStream limited = BoundedInputStream.builder()
                .setInputStream(content)
                .setMaxCount(length)
                .get()) {
            arrival.take(
                    limited,
                    target,
                    whole ? object : new Manifest.StoredObject(object.name(), length, null, object.content()),
                    bytes -> run.progress(bytes, length, "bytes"),
                    run::cancelRequested);
        }
        if (first) {
            run.remember(WHOLE, whole);
        }
        add(exchange, Map.of("source", store, "present", true));
        run.log(store + " has the backup; read " + length + " of " + object.sizeBytes() + " bytes"
                + (whole && object.sha256() != null ? ", SHA-256 as in the manifest" : ""));
    }

    /** A store that could not serve. */
    public void failed(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        String store = exchange.getProperty("store", String.class);
        StoreFailure failure = StoreFailure.of(exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class));
        Map<String, Object> copy = new LinkedHashMap<>();
        copy.put("source", store);
        copy.put("present", false);
        copy.put("outcome", failure.outcome());
        copy.put("error", failure.cause());
        add(exchange, copy);
        if (stores.configured(store)) {
            run.warn(store + " could not serve (" + failure.outcome() + "): " + failure.cause());
        }
    }

    /**
     * A plan succeeds when one store could serve.
     *
     * @throws RunbookException ({@code no_store_left}) that says which store failed how
     */
    public void requireOne(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        List<Map<String, Object>> copies = copies(exchange);
        run.detail(COPIES, copies);
        copies.stream()
                .filter(copy -> Boolean.TRUE.equals(copy.get("present")))
                .findFirst()
                .ifPresentOrElse(copy -> run.detail("source", copy.get("source")), () -> {
                    throw new RunbookException(
                            "no_store_left",
                            "no store could serve the backup: " + causes(copies)
                                    + "; bring a store back, or take a backup with ./dr backup");
                });
        run.detail("size_bytes", download.chosen(run).manifest().sizeBytes());
    }

    /** {@code r2 (unreachable): connection refused; local (not_found): no such file}. */
    private static String causes(List<Map<String, Object>> copies) {
        return copies.stream()
                .map(copy -> copy.get("source") + " (" + copy.get("outcome") + "): " + copy.get("error"))
                .collect(Collectors.joining("; "));
    }

    private long beginning(Manifest.StoredObject object) {
        return Math.min(firstBytes, object.sizeBytes());
    }

    private static void requireSize(Manifest.StoredObject object, long size) {
        long expected = object.sizeBytes();
        if (size != expected) {
            throw new RunbookException("corrupt", "the object has " + size + " bytes, the manifest says " + expected);
        }
    }

    private static void add(Exchange exchange, Map<String, Object> copy) {
        copies(exchange).add(copy);
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> copies(Exchange exchange) {
        return exchange.getProperty(COPIES, List.class);
    }
}
