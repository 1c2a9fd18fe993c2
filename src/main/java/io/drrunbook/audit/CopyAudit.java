package io.drrunbook.audit;

import io.drrunbook.audit.FileCopy.Key;
import io.drrunbook.backup.Arrival;
import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Backup.Trust;
import io.drrunbook.backup.BackupCatalog;
import io.drrunbook.backup.Catalog;
import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.ManifestSeal;
import io.drrunbook.backup.StoreFailure;
import io.drrunbook.backup.StoreListing;
import io.drrunbook.backup.StoredFile;
import io.drrunbook.backup.Stores;
import io.drrunbook.failure.Explained;
import io.drrunbook.run.Journal;
import io.drrunbook.settings.DrSettings;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.Header;
import org.jspecify.annotations.Nullable;
import org.quartz.Trigger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/** One pass over the copies: what the stores list against what the manifests say, then what really lies there. */
@Component("copyAudit")
class CopyAudit {

    static final String LOOK = "look";

    /** Whether the pass is about what a backup has just left out. */
    static final String AFTER_BACKUP = "afterBackup";

    private static final String ROUND = "round";

    private static final Logger LOG = LoggerFactory.getLogger(CopyAudit.class);
    private static final String MORE = "more";

    private final BackupCatalog catalog;
    private final Stores stores;
    private final ManifestSeal seal;
    private final CopyBook book;
    private final DrSettings.Retention retention;
    private final Recoveries recoveries;
    private final Journal journal;
    private final Arrival arrival;
    private final DrSettings settings;
    private final MeterRegistry metrics;
    private final TransactionTemplate transaction;

    /** How often a file could not be read, since the service has started: such a one must not keep others from being read. */
    private final Map<Key, Integer> failures = new ConcurrentHashMap<>();

    CopyAudit(
            BackupCatalog catalog,
            Stores stores,
            ManifestSeal seal,
            CopyBook book,
            Recoveries recoveries,
            Journal journal,
            DrSettings settings,
            MeterRegistry metrics,
            TransactionTemplate transaction) {
        this.catalog = catalog;
        this.stores = stores;
        this.seal = seal;
        this.book = book;
        this.retention = settings.retention();
        this.recoveries = recoveries;
        this.journal = journal;
        this.arrival = new Arrival(settings.download());
        this.settings = settings;
        this.metrics = metrics;
        this.transaction = transaction;
    }

    /** A pass begins; one that only puts missing copies of a new backup in place reads nothing else. */
    public void begin(@Header("trigger") @Nullable Trigger trigger, Exchange exchange) {
        book.passStarted();
        exchange.setProperty(AFTER_BACKUP, trigger != null && AuditStart.isAfterBackup(trigger.getKey()));
    }

    /** Compares what each store lists with what the manifests say. A store that does not answer says nothing of its copies. */
    public void look(Exchange exchange) {
        // By what the manifests say and nothing else: only what lies in a store can be compared with another store's.
        Catalog now = new Catalog(catalog.read().listings());
        List<StoreListing> listings = now.listings().stream()
                .filter(listing -> stores.configured(listing.store()))
                .toList();
        List<Backup> backups = settings.applications().keySet().stream()
                .flatMap(application -> now.of(application).stream())
                .filter(backup -> backup.manifest().status() != Manifest.Status.IN_PROGRESS && backup.flaw() == null)
                .toList();
        Look look = new Look(book, listings, backups);
        transaction.executeWithoutResult(status -> compare(look));
        exchange.setProperty(LOOK, look);
        exchange.getMessage().setBody(look.answered());
    }

    private void compare(Look look) {
        Instant at = CopyBook.now();
        Map<Key, FileCopy> before =
                book.copies().stream().collect(Collectors.toMap(FileCopy::key, copy -> copy, (a, b) -> a));
        Set<AuditedBackup> known = new HashSet<>(book.backups());
        before.values().stream()
                .filter(copy -> copy.state().damaged())
                .forEach(copy -> look.wasDamaged(copy.application()));
        Set<Key> seen = new HashSet<>();
        for (Backup backup : look.backups()) {
            AuditedBackup audited = AuditedBackup.of(backup);
            if (!known.contains(audited)) {
                book.save(audited);
            }
            for (StoreListing listing : look.listings()) {
                for (Part part : parts(backup)) {
                    Key key = new Key(audited.application(), audited.id(), listing.store(), part.name());
                    FileCopy last = before.get(key);
                    FileCopy copy = found(look, backup, part, listing, key, last, at);
                    seen.add(key);
                    if (last != null && copy.checked(last.checkedAt()).equals(last)) {
                        look.known(copy);
                    } else {
                        look.found(copy);
                    }
                }
            }
        }
        forget(look, before, seen, known);
        look.answered().forEach(store -> book.lookedAt(store, at));
    }

    private FileCopy found(
            Look look, Backup backup, Part part, StoreListing listing, Key key, @Nullable FileCopy last, Instant at) {
        if (!listing.answered()) {
            String why = listing.store() + " does not answer: " + listing.error();
            return last == null
                    ? copy(key, part, CopyState.UNKNOWN, null, null, why)
                    : last.state(CopyState.UNKNOWN, why);
        }
        Optional<StoredFile> file = listing.file(key.application(), part.name());
        if (file.isEmpty()) {
            boolean over = retention.isOver(listing.store(), backup.manifest().createdAt(), Instant.now())
                    && !look.newestGood(backup);
            CopyState state = over ? CopyState.NOT_KEPT : CopyState.MISSING;
            return copy(key, part, state, null, at, last != null && last.state() == state ? last.note() : null);
        }
        StoredFile there = file.get();
        FileCopy present = copy(key, part, CopyState.PRESENT, there, at, null);
        if (part.bytes() != null && part.bytes() != there.sizeBytes()) {
            return present.state(
                    CopyState.WRONG_SIZE, last != null && last.state() == CopyState.WRONG_SIZE ? last.note() : null);
        }
        Optional<String> unread = listing.whyUnread(key.application(), part.name());
        if (unread.isPresent()) {
            return present.state(CopyState.UNKNOWN, unread.get());
        }
        boolean same = last != null && there.version().equals(last.version());
        if (part.manifest()) {
            return manifest(backup, listing, present, same ? last : null, last);
        }
        if (last == null || !same || last.sha256() == null) {
            return last == null || part.sha256() != null ? present : present.expecting(last.expectedSha256());
        }
        CopyState state = last.sha256().equalsIgnoreCase(last.expectedSha256()) ? CopyState.GOOD : CopyState.DIFFERS;
        return last.state(state, last.state() == CopyState.DIFFERS && state == CopyState.DIFFERS ? last.note() : null)
                .checked(at);
    }

    /** A manifest was read for the catalog. */
    private FileCopy manifest(
            Backup backup, StoreListing listing, FileCopy unread, @Nullable FileCopy same, @Nullable FileCopy last) {
        Optional<Backup> here =
                listing.find(unread.application(), backup.id()).filter(read -> read.trust() == Trust.VOUCHED);
        CopyState state = here.isEmpty()
                ? CopyState.DIFFERS
                : here.get().manifest().equals(backup.manifest()) ? CopyState.PRESENT : CopyState.BEHIND;
        if (state == CopyState.PRESENT && same != null && same.sha256() != null) {
            // The listing knows a manifest by its version: what was read since says more.
            return same.state() == CopyState.DIFFERS
                    ? same.checked(unread.checkedAt())
                    : same.state(CopyState.GOOD, null).checked(unread.checkedAt());
        }
        return unread.state(state, state.damaged() && last != null && last.state() == state ? last.note() : null);
    }

    private static FileCopy copy(
            Key key,
            Part part,
            CopyState state,
            @Nullable StoredFile there,
            @Nullable Instant at,
            @Nullable String note) {
        return new FileCopy(
                key,
                part.manifest(),
                state,
                there == null ? null : there.sizeBytes(),
                there == null ? null : there.version(),
                null,
                part.bytes(),
                part.sha256(),
                at,
                null,
                note);
    }

    /** Backups that no listing shows. One that may still lie in a store that does not answer is not forgotten. */
    private void forget(Look look, Map<Key, FileCopy> before, Set<Key> seen, Set<AuditedBackup> known) {
        Set<Key> gone = new HashSet<>(before.keySet());
        gone.removeAll(seen);
        for (AuditedBackup backup : known) {
            List<FileCopy> copies = gone.stream()
                    .filter(key -> key.backupId().equals(backup.id())
                            && key.application().equals(backup.application()))
                    .map(key -> Optional.ofNullable(before.get(key)).orElseThrow())
                    .toList();
            boolean shown = look.backup(new Key(backup.application(), backup.id(), "", ""))
                    .isPresent();
            if (shown) {
                copies.forEach(copy -> book.remove(copy.key()));
            } else if (copies.stream().anyMatch(copy -> mayBeThere(look, copy))) {
                copies.forEach(copy -> look.found(unseen(look, backup, copy)));
            } else {
                forget(backup, copies);
            }
        }
    }

    private void forget(AuditedBackup backup, List<FileCopy> copies) {
        boolean past =
                copies.stream().allMatch(copy -> retention.isOver(copy.store(), backup.createdAt(), Instant.now()));
        book.remove(backup);
        if (backup.wanted() && !past && settings.applications().containsKey(backup.application())) {
            LOG.warn("{} of {} is gone from every store", backup.filename(), backup.application());
            journal.event(
                    null,
                    "no_good_copy",
                    lost(
                            backup.application(),
                            backup.id().toString(),
                            backup.filename(),
                            backup.filename() + " is gone from every store, or its manifest is; no good copy of it is"
                                    + " left; take a new backup"));
        }
    }

    static Map<String, Object> lost(String application, String backup, String filename, String message) {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("application", application);
        content.put("backup_id", backup);
        content.put("filename", filename);
        content.put("message", message);
        return content;
    }

    private boolean mayBeThere(Look look, FileCopy copy) {
        return stores.configured(copy.store())
                && !look.answered().contains(copy.store())
                && copy.state() != CopyState.MISSING
                && copy.state() != CopyState.NOT_KEPT;
    }

    private FileCopy unseen(Look look, AuditedBackup backup, FileCopy copy) {
        if (look.answered().contains(copy.store())) {
            return copy.state(
                    retention.isOver(copy.store(), backup.createdAt(), Instant.now())
                            ? CopyState.NOT_KEPT
                            : CopyState.MISSING,
                    null);
        }
        return mayBeThere(look, copy) ? copy.state(CopyState.UNKNOWN, copy.store() + " does not answer") : copy;
    }

    /** Plans what is read of that store in this pass, and begins with the first. */
    public void round(@ExchangeProperty(LOOK) Look look, @Body String store, Exchange exchange) {
        long share = settings.audit().bytesPerHour().toBytes() / look.listings().size();
        HashRound round = new HashRound(store, Math.max(1, share), book.allowance(store), due(look, store));
        exchange.setProperty(ROUND, round);
        exchange.setProperty("store", store);
        next(exchange);
    }

    /** What was never read first, the newest backups before others; then what was not read for longest. */
    private List<FileCopy> due(Look look, String store) {
        Instant before = CopyBook.now().minus(settings.audit().recheckAfter());
        Comparator<FileCopy> newestFirst = Comparator.<FileCopy, Instant>comparing(
                        copy -> look.backup(copy.key()).orElseThrow().manifest().createdAt())
                .reversed();
        return look.copies().stream()
                .filter(copy -> copy.store().equals(store))
                .filter(copy -> copy.state().usable() || copy.state() == CopyState.DIFFERS && copy.sha256() != null)
                .filter(copy -> copy.hashedAt() == null || !copy.hashedAt().isAfter(before))
                .filter(copy -> look.backup(copy.key()).isPresent())
                .sorted(Comparator.<FileCopy, Integer>comparing(copy -> failures.getOrDefault(copy.key(), 0))
                        .thenComparing(FileCopy::hashedAt, Comparator.nullsFirst(Comparator.naturalOrder()))
                        .thenComparing(newestFirst)
                        .thenComparing(FileCopy::manifest)
                        .thenComparing(FileCopy::name))
                .toList();
    }

    /** Names the next file to read, if there is one and the allowance is enough for it. */
    public void next(Exchange exchange) {
        HashRound round = roundOf(exchange);
        Look look = lookOf(exchange);
        boolean more = !recoveries.any() && round.next();
        exchange.setProperty(MORE, more);
        if (more) {
            FileCopy copy = round.current();
            exchange.getMessage().setBody(null);
            exchange.getMessage()
                    .setHeader(
                            "key",
                            look.listing(copy.store())
                                    .file(copy.application(), copy.name())
                                    .map(StoredFile::key)
                                    .orElseThrow());
        } else {
            book.allowance(round.store(), round.left());
        }
    }

    /** Reads what lies there to its end, and keeps nothing of it but its SHA-256. */
    public void read(@Body InputStream content, Exchange exchange) throws IOException {
        HashRound round = roundOf(exchange);
        Look look = lookOf(exchange);
        FileCopy copy = round.current();
        Backup backup = look.backup(copy.key()).orElseThrow();
        byte[] start = copy.manifest() ? content.readNBytes(largestManifest()) : new byte[0];
        InputStream whole = copy.manifest() ? manifest(content, start) : content;
        Arrival.Fingerprint read = arrival.fingerprint(
                whole,
                bytes -> {
                    metrics.counter("dr.audit.bytes", "store", copy.store()).increment(bytes);
                    round.used(bytes);
                },
                recoveries.begun());
        round.succeeded();
        failures.remove(copy.key());
        if (copy.manifest()) {
            judge(look, copy, read, sameManifest(start, backup) ? read.sha256() : null);
        } else if (copy.expectedSha256() == null) {
            first(look, copy, read);
        } else if (!read.sha256().equalsIgnoreCase(copy.expectedSha256()) && round.again()) {
            LOG.info("{} in {} differs: it is read once more", copy.name(), copy.store());
        } else {
            judge(look, copy, read, copy.expectedSha256());
        }
    }

    private int largestManifest() {
        return Math.toIntExact(settings.listing().largestManifest().toBytes());
    }

    private static InputStream manifest(InputStream content, byte[] bytes) throws IOException {
        content.close();
        return new ByteArrayInputStream(bytes);
    }

    private boolean sameManifest(byte[] content, Backup backup) {
        try {
            Backup read = seal.read(content);
            return read.trust() == Trust.VOUCHED && read.manifest().equals(backup.manifest());
        } catch (IOException e) {
            LOG.warn("a manifest of {} is none any more: {}", backup.id(), e.getMessage());
            return false;
        }
    }

    private void judge(Look look, FileCopy copy, Arrival.Fingerprint read, @Nullable String expected) {
        boolean good = read.sha256().equalsIgnoreCase(expected);
        FileCopy judged = copy.read(good ? CopyState.GOOD : CopyState.DIFFERS, read.sha256(), CopyBook.now(), null);
        // Why it was not repaired is told once, as long as it is the same.
        boolean known = !good && copy.state() == CopyState.DIFFERS;
        look.found(judged.state(judged.state(), known ? copy.note() : null));
    }

    /** Nothing vouches for a foreign backup: what is read first is what its other copies are compared with. */
    private void first(Look look, FileCopy copy, Arrival.Fingerprint read) {
        String sha256 = read.sha256();
        synchronized (look) {
            String expected = Stores.NAMES.stream()
                    .flatMap(store -> look.copy(copy.key().in(store)).stream())
                    .map(FileCopy::expectedSha256)
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(sha256);
            Stores.NAMES.forEach(
                    store -> look.copy(copy.key().in(store)).ifPresent(other -> look.found(other.expecting(expected))));
            judge(look, look.copy(copy.key()).orElseThrow(), read, expected);
        }
    }

    /** It could not be read: that says nothing of what lies there. */
    public void unread(Exchange exchange) {
        HashRound round = roundOf(exchange);
        StoreFailure failure = StoreFailure.of(exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class));
        FileCopy copy = round.current();
        LOG.warn("{} in {} could not be read ({}): {}", copy.name(), copy.store(), failure.outcome(), failure.cause());
        round.failed();
        if (!failure.outcome().equals("cancelled")) {
            failures.merge(copy.key(), 1, Integer::sum);
            lookOf(exchange).found(copy.state(CopyState.UNKNOWN, "it could not be read: " + failure.cause()));
        }
    }

    /** The pass has come to its end. */
    public void end() {
        book.passDone();
    }

    /** The pass has not come to its end; the next one begins anew. */
    public void failed(@ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Exception failure) {
        Explained explained = Explained.of(failure);
        LOG.error("the audit of the copies has failed [{}]: {}", explained.code(), explained.message());
        LOG.debug("the audit failed of", failure);
        book.passFailed(explained.message());
    }

    private static List<Part> parts(Backup backup) {
        Manifest manifest = backup.manifest();
        List<Part> parts = new ArrayList<>();
        if (backup.trust() != Trust.BROKEN) {
            manifest.objects()
                    .forEach(object -> parts.add(new Part(object.name(), false, object.sizeBytes(), object.sha256())));
        }
        if (backup.trust() != Trust.FOREIGN) {
            parts.add(new Part(manifestName(manifest), true, null, null));
        }
        return parts;
    }

    static String manifestName(Manifest manifest) {
        return manifest.filename() + ".json";
    }

    static Look lookOf(Exchange exchange) {
        return exchange.getProperty(LOOK, Look.class);
    }

    private static HashRound roundOf(Exchange exchange) {
        return exchange.getProperty(ROUND, HashRound.class);
    }

    /** A file that a backup consists of. */
    private record Part(
            String name,
            boolean manifest,
            @Nullable Long bytes,
            @Nullable String sha256) {}
}
