package io.drrunbook.runbook;

import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.StoreFeeds;
import io.drrunbook.run.Taking;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What the legs of the route {@code take-backup} share: one dumps, the others each bring what it dumps into a store.
 *
 * <p>The manifest comes about when the dump has ended well; the stores wait for it, because it is written last.
 */
final class BackupInProgress {

    private final Taking taking;
    private final Path folder;
    private final StoreFeeds feeds;
    private final AtomicLong dumped = new AtomicLong();
    private final CompletableFuture<Manifest> manifest = new CompletableFuture<>();
    private final Map<String, String> keys = new ConcurrentSkipListMap<>();
    private final Map<String, String> failures = new ConcurrentSkipListMap<>();
    private final List<Manifest.StoredObject> extras = new ArrayList<>();
    private final List<String> warnings = new CopyOnWriteArrayList<>();
    private byte @Nullable [] globals;

    BackupInProgress(Taking taking, Path folder, StoreFeeds feeds) {
        this.taking = taking;
        this.folder = folder;
        this.feeds = feeds;
    }

    Taking taking() {
        return taking;
    }

    /** For the bookkeeping of the programs; no data of the backup. */
    Path folder() {
        return folder;
    }

    StoreFeeds feeds() {
        return feeds;
    }

    /** Bytes of the dump so far, before compression. */
    AtomicLong dumped() {
        return dumped;
    }

    CompletableFuture<Manifest> manifest() {
        return manifest;
    }

    /** The object's key in each store that has all of the backup. */
    Map<String, String> keys() {
        return keys;
    }

    /** Why the other stores have not. */
    Map<String, String> failures() {
        return failures;
    }

    /** Roles and tablespaces, sealed: small enough to be held. */
    void globals(Manifest.StoredObject object, byte[] sealed) {
        extras.add(object);
        globals = sealed;
    }

    Optional<byte[]> globals() {
        return Optional.ofNullable(globals);
    }

    /** Objects of the backup beside the database's. */
    List<Manifest.StoredObject> extras() {
        return List.copyOf(extras);
    }

    /** Something that the backup lacks, and is taken without. */
    void warning(String text) {
        warnings.add(text);
    }

    List<String> warnings() {
        return List.copyOf(warnings);
    }
}
