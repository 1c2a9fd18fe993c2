package io.drrunbook.backup;

import io.drrunbook.crypto.FirstBytes;
import io.drrunbook.failure.RunbookException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.ProducerTemplate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Lazy;
import org.springframework.stereotype.Component;

/**
 * Reads the small things of a store that its listing does not show: manifests, and the first bytes of files without one. What
 * has not changed since the last look is not read again.
 */
@Component
class StoreReading {

    private static final Logger LOG = LoggerFactory.getLogger(StoreReading.class);
    private static final int READERS = 16;

    /** A manifest above this is read while no other of that kind is: many of them must not fill the memory together. */
    private static final long LARGE = 256 * 1024;

    private final ManifestSeal seal;
    private final ProducerTemplate producer;
    private final ListingLimits limits;
    private final Semaphore large = new Semaphore(1);
    private final Map<String, Map<String, ReadManifest>> manifests = new ConcurrentHashMap<>();
    private final Map<String, Map<String, Start>> starts = new ConcurrentHashMap<>();

    /** Each store has its own: one that stalls must not hold up the others. */
    private final Map<String, ExecutorService> readers = new ConcurrentHashMap<>();

    StoreReading(ManifestSeal seal, ListingLimits limits, @Lazy ProducerTemplate producer) {
        this.seal = seal;
        this.limits = limits;
        this.producer = producer;
    }

    private ExecutorService readers(String store) {
        return readers.computeIfAbsent(
                store,
                name -> Executors.newFixedThreadPool(READERS, task -> {
                    Thread thread = new Thread(task, "reader-of-" + name);
                    thread.setDaemon(true);
                    return thread;
                }));
    }

    /** One look at a store. */
    Round round(String store, Instant now) {
        return new Round(store, now);
    }

    /**
     * In slices, so that a store that trickles is noticed.
     *
     * @param slow set when this one comes too slowly; nothing else is read once it is
     */
    private byte[] read(String store, String key, int most, AtomicBoolean slow) throws IOException {
        long begun = System.nanoTime();
        refuseWhenSlow(slow);
        InputStream content = Objects.requireNonNull(
                producer.requestBodyAndHeader("direct:read-from-" + store, null, "key", key, InputStream.class));
        boolean whole = false;
        byte[] bytes = new byte[most];
        int size = 0;
        try {
            while (size < most && !whole) {
                int n = content.read(bytes, size, most - size);
                whole = n < 0;
                size += Math.max(0, n);
                if (System.nanoTime() - begun > limits.patience().toNanos()) {
                    slow.set(true);
                }
                refuseWhenSlow(slow);
            }
            return Arrays.copyOf(bytes, size);
        } finally {
            if (whole) {
                content.close();
            } else {
                Arrival.abort(content);
            }
        }
    }

    private void refuseWhenSlow(AtomicBoolean slow) {
        if (slow.get()) {
            throw new RunbookException(
                    "too_slow",
                    "it has not given one small file within "
                            + limits.patience().toSeconds()
                            + " s (dr.listing.patience), so nothing more is read of it in this look");
        }
    }

    private ReadManifest manifest(String store, String application, StoredFile file, AtomicBoolean slow)
            throws IOException {
        Optional<String> wrongName = FileName.flaw(file.name());
        if (wrongName.isPresent()) {
            return ReadManifest.none(wrongName.get());
        }
        if (file.sizeBytes() > limits.largestManifest()) {
            return ReadManifest.none("it has " + file.sizeBytes() + " bytes: no manifest is that large");
        }
        boolean alone = file.sizeBytes() > LARGE;
        if (alone) {
            large.acquireUninterruptibly();
        }
        try {
            // No more than was listed: what has grown since is read at the next look.
            Backup backup = seal.read(read(store, file.key(), (int) file.sizeBytes() + 1, slow));
            if (backup.trust() == Backup.Trust.BROKEN) {
                LOG.warn(
                        "manifest {} in {} is not used: its HMAC is wrong; somebody without the key has written it,"
                                + " or dr.encryption.manifest-key has changed",
                        FileName.shown(file.key()),
                        store);
            }
            return backup.manifest().application().equals(application)
                    ? ReadManifest.of(backup)
                    : ReadManifest.none("it is no manifest of " + application + ", but of "
                            + FileName.shown(backup.manifest().application()));
        } catch (NoManifestException e) {
            return ReadManifest.none("it is no manifest: " + e.getMessage());
        } finally {
            if (alone) {
                large.release();
            }
        }
    }

    private Start start(String store, StoredFile file, AtomicBoolean slow) throws IOException {
        Optional<FirstBytes> found = FirstBytes.of(read(store, file.key(), FirstBytes.BYTES, slow));
        return found.isPresent()
                ? new Start(found.get(), null)
                : new Start(
                        null,
                        "it is no backup: its first bytes are neither those of a dump nor of anything that is"
                                + " opened here (OpenPGP, Fernet, gzip, zstd)");
    }

    /** What a file says that should be a manifest: a backup, or why it is none; {@code unread} when nobody knows. */
    record ReadManifest(Optional<Backup> backup, String flaw, boolean unread) {

        boolean isVouched() {
            return backup.filter(read -> read.trust() == Backup.Trust.VOUCHED).isPresent();
        }

        static ReadManifest of(Backup backup) {
            return new ReadManifest(Optional.of(backup), "", false);
        }

        static ReadManifest none(String flaw) {
            return new ReadManifest(Optional.empty(), flaw, false);
        }

        static ReadManifest unread(String why) {
            return new ReadManifest(Optional.empty(), why, true);
        }
    }

    /** How a file begins, or why it is no backup. */
    private record Start(
            @Nullable FirstBytes bytes, @Nullable String flaw) {}

    /** One look at one store: what is read in it, and what could not be. */
    final class Round {

        private final String store;
        private final Instant now;
        private final Map<String, ReadManifest> knownManifests;
        private final Map<String, Start> knownStarts;
        private final Set<String> seen = new HashSet<>();
        private final AtomicBoolean slow = new AtomicBoolean();
        private final Map<String, String> unread = new LinkedHashMap<>();
        private final List<StoreFailure> lost = new ArrayList<>();
        private int succeeded;

        private Round(String store, Instant now) {
            this.store = store;
            this.now = now;
            this.knownManifests = manifests.computeIfAbsent(store, name -> new ConcurrentHashMap<>());
            this.knownStarts = starts.computeIfAbsent(store, name -> new ConcurrentHashMap<>());
        }

        /** What each of these files says; by file, with the name of the application that it belongs to. */
        Map<StoredFile, ReadManifest> manifests(Map<StoredFile, String> files) {
            Map<StoredFile, ReadManifest> read = new LinkedHashMap<>();
            Map<StoredFile, Future<ReadManifest>> reads = new LinkedHashMap<>();
            files.forEach((file, application) -> {
                ReadManifest before = knownManifests.get(known(file));
                if (before == null) {
                    reads.put(file, readers(store).submit((Callable<ReadManifest>)
                            () -> manifest(store, application, file, slow)));
                } else {
                    read.put(file, before);
                }
            });
            reads.forEach((file, future) -> {
                try {
                    ReadManifest manifest = result(future);
                    knownManifests.put(known(file), manifest);
                    read.put(file, manifest);
                    manifestFlaw(file, manifest);
                } catch (UnreadException e) {
                    read.put(file, ReadManifest.unread(note(file, files.get(file), e, "its manifest cannot be read")));
                }
            });
            return read;
        }

        private void manifestFlaw(StoredFile file, ReadManifest manifest) {
            if (manifest.backup().isEmpty()) {
                LOG.warn("{} in {} is passed over: {}", FileName.shown(file.key()), store, manifest.flaw());
            }
        }

        /** These files as foreign backups; only the first are looked into, so the newest come first. */
        List<Backup> foreign(List<StoredFile> files, Map<StoredFile, String> applications) {
            Map<StoredFile, Optional<String>> flaws = new LinkedHashMap<>();
            files.forEach(file -> flaws.put(file, flawInListing(file)));
            List<StoredFile> looked = files.stream()
                    .filter(file -> flaws.get(file).isEmpty())
                    .limit(limits.foreign())
                    .toList();
            Map<StoredFile, Start> found = starts(looked, applications);
            List<Backup> backups = new ArrayList<>();
            for (StoredFile file : files.stream().limit(limits.foreign()).toList()) {
                String application = Objects.requireNonNull(applications.get(file));
                Start start =
                        found.getOrDefault(file, new Start(null, flaws.get(file).orElse(null)));
                backups.add(
                        start.flaw() != null
                                ? ForeignFile.flawed(store, application, file, start.flaw(), now)
                                : ForeignFile.backup(
                                        store, application, file, Optional.ofNullable(start.bytes()), now));
            }
            return backups;
        }

        private Optional<String> flawInListing(StoredFile file) {
            return file.sizeBytes() == 0 ? Optional.of("it is empty") : FileName.flaw(file.name());
        }

        private Map<StoredFile, Start> starts(List<StoredFile> files, Map<StoredFile, String> applications) {
            Map<StoredFile, Start> found = new HashMap<>();
            Map<StoredFile, Future<Start>> reads = new LinkedHashMap<>();
            for (StoredFile file : files) {
                Start before = knownStarts.get(known(file));
                if (before == null) {
                    reads.put(file, readers(store).submit(() -> start(store, file, slow)));
                } else {
                    found.put(file, before);
                }
            }
            reads.forEach((file, future) -> {
                try {
                    Start start = result(future);
                    knownStarts.put(known(file), start);
                    found.put(file, start);
                } catch (UnreadException e) {
                    note(file, applications.get(file), e, "its first bytes cannot be read");
                }
            });
            return found;
        }

        private String known(StoredFile file) {
            String version = file.key() + " " + file.version();
            seen.add(version);
            return version;
        }

        private <T> T result(Future<T> read) throws UnreadException {
            try {
                T result = read.get();
                succeeded++;
                return result;
            } catch (ExecutionException e) {
                throw new UnreadException(StoreFailure.of(e.getCause()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new UnreadException(new StoreFailure("interrupted", "the service stops"));
            }
        }

        private String note(StoredFile file, @Nullable String application, UnreadException failure, String what) {
            String why = what + " (" + failure.failure.outcome() + "): " + failure.failure.cause();
            unread.put(application + "/" + file.name(), why);
            if (failure.failure.isOfTheStore()) {
                lost.add(failure.failure);
            }
            LOG.warn("{} in {} is passed over: {}", FileName.shown(file.key()), store, why);
            return why;
        }

        /** Files that could not be read, by {@code <application>/<file name>}, with the reason. */
        Map<String, String> unread() {
            return Map.copyOf(unread);
        }

        /**
         * What is gone from the store is forgotten.
         *
         * @throws RunbookException ({@code unreachable}) when the store has ceased to answer while it was read
         */
        void end() {
            knownManifests.keySet().retainAll(seen);
            knownStarts.keySet().retainAll(seen);
            if (lost.size() > 1 && lost.size() > succeeded) {
                throw new RunbookException(
                        "unreachable",
                        "it has ceased to answer while it was read: "
                                + lost.get(0).cause());
            }
        }
    }

    /** One file could not be read. */
    private static final class UnreadException extends Exception {

        private final transient StoreFailure failure;

        UnreadException(StoreFailure failure) {
            super(failure.cause());
            this.failure = failure;
        }
    }
}
