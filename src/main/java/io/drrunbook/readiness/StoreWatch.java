package io.drrunbook.readiness;

import io.drrunbook.backup.BackupCatalog;
import io.drrunbook.backup.Catalog;
import io.drrunbook.failure.Explained;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * The last look at the stores. Whoever asks gets a fresh one, unless a store keeps everybody waiting: then the one before,
 * with its time. Many who ask at once share one look.
 */
@Component("storeWatch")
public class StoreWatch {

    private static final Logger LOG = LoggerFactory.getLogger(StoreWatch.class);

    /** Stores are not asked again within this time. */
    private static final Duration FRESH = Duration.ofSeconds(2);

    private final BackupCatalog catalog;
    private final Duration patience;
    private final AtomicReference<Optional<Look>> last = new AtomicReference<>(Optional.empty());
    private final AtomicReference<Optional<CompletableFuture<Look>>> underWay = new AtomicReference<>(Optional.empty());

    StoreWatch(BackupCatalog catalog, DrSettings settings) {
        this.catalog = catalog;
        this.patience = settings.watch().patience();
    }

    /** The stores as of now, or as of the last look when they are slow. */
    public Look look() {
        Optional<Look> before = last.get();
        if (before.isPresent() && before.get().at().isAfter(Instant.now().minus(FRESH))) {
            return before.get();
        }
        CompletableFuture<Look> now = shared();
        try {
            return before.isPresent() ? now.get(patience.toMillis(), TimeUnit.MILLISECONDS) : now.get();
        } catch (TimeoutException e) {
            LOG.info(
                    "the stores keep waiting: showing what was there at {}",
                    before.orElseThrow().at());
            return before.orElseThrow();
        } catch (ExecutionException e) {
            Explained explained = Explained.of(e.getCause());
            throw new RunbookException(
                    explained.code(), "the stores cannot be looked at: " + explained.message(), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the stores were looked at", e);
        }
    }

    /** What the last look has seen, without asking a store; empty before the first. */
    public Optional<Look> lastLook() {
        return last.get();
    }

    private synchronized CompletableFuture<Look> shared() {
        Optional<CompletableFuture<Look>> running = underWay.get().filter(look -> !look.isDone());
        if (running.isPresent()) {
            return running.get();
        }
        CompletableFuture<Look> look = CompletableFuture.supplyAsync(this::read);
        underWay.set(Optional.of(look));
        return look;
    }

    private Look read() {
        Look look = new Look(Instant.now(), catalog.read());
        last.set(Optional.of(look));
        return look;
    }

    /** What the stores held at that time. */
    public record Look(Instant at, Catalog catalog) {}
}
