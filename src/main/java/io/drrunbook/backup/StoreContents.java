package io.drrunbook.backup;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Turns a store's listing into backups: by its manifests, and by a look at the first bytes of each file that no manifest
 * names. What is wrong with one file costs that file, and is said of it.
 */
@Component
class StoreContents {

    private static final Logger LOG = LoggerFactory.getLogger(StoreContents.class);
    private static final String JSON = ".json";

    private final StoreReading reading;
    private final ListingLimits limits;

    StoreContents(StoreReading reading, ListingLimits limits) {
        this.reading = reading;
        this.limits = limits;
    }

    /** The backups among the files of a store. */
    public StoreListing read(@ExchangeProperty("store") String store, @Body ListedFiles files) {
        Instant now = Instant.now();
        Map<StoredFile, String> mine = files.byApplication();
        Map<String, StoredFile> byKey = new HashMap<>();
        mine.keySet().forEach(file -> byKey.put(file.key(), file));
        StoreReading.Round round = reading.round(store, now);
        List<Backup> backups = new ArrayList<>();
        Set<String> ours = new HashSet<>();
        Set<String> doubtful = new HashSet<>();
        manifests(mine, round).forEach((file, manifest) -> {
            (manifest.isVouched() ? ours : doubtful).addAll(claims(file, manifest));
            backups.add(manifest.backup()
                    .map(backup -> located(backup, store, file, byKey))
                    .orElseGet(() -> ForeignFile.flawed(
                            store, Objects.requireNonNull(mine.get(file)), file, manifest.flaw(), now)));
        });
        withoutForgedIds(backups);
        List<StoredFile> foreign = mine.keySet().stream()
                .filter(file -> !isManifest(file)
                        && !ours.contains(file.key())
                        && !file.name().contains(Manifest.GLOBALS_MARK))
                .sorted(Comparator.comparing(StoredFile::lastModified)
                        .reversed()
                        .thenComparing(StoredFile::key))
                .toList();
        round.foreign(foreign, mine).stream()
                // Whoever has no key cannot hide what the original system's key authenticates.
                .filter(backup -> backup.sealedByOriginal()
                        || !doubtful.contains(backup.keys().get(store)))
                .forEach(backups::add);
        round.end();
        backups.sort(Backup.newestFirst(now));
        List<Backup> shown = bounded(backups);
        List<String> notes = new ArrayList<>(files.notes());
        int more = backups.size() - shown.size() + Math.max(0, foreign.size() - limits.foreign());
        if (more > 0) {
            notes.add(more + " files without a manifest of ours are passed over, because there are more than "
                    + limits.foreign() + " of them: delete what is not needed, or raise dr.listing.foreign");
        }
        notes.forEach(note -> LOG.warn("{}: {}", store, note));
        return StoreListing.answered(store, shown, byName(mine), round.unread(), notes);
    }

    /** All that are vouched for, and of the others no more than a limit. */
    private List<Backup> bounded(List<Backup> backups) {
        List<Backup> bounded = new ArrayList<>();
        int others = 0;
        for (Backup backup : backups) {
            boolean vouched = backup.trust() == Backup.Trust.VOUCHED;
            others += vouched ? 0 : 1;
            if (vouched || others <= limits.foreign()) {
                bounded.add(backup);
            }
        }
        return bounded;
    }

    /** A manifest that is not believed may claim the id of one that is: then it is nothing at all. */
    private static void withoutForgedIds(List<Backup> backups) {
        Set<String> vouched = backups.stream()
                .filter(backup -> backup.trust() == Backup.Trust.VOUCHED)
                .map(StoreContents::identity)
                .collect(Collectors.toSet());
        backups.removeIf(backup -> backup.trust() == Backup.Trust.BROKEN && vouched.contains(identity(backup)));
    }

    private static String identity(Backup backup) {
        return backup.manifest().application() + "/" + backup.id();
    }

    private static Map<StoredFile, StoreReading.ReadManifest> manifests(
            Map<StoredFile, String> mine, StoreReading.Round round) {
        Map<StoredFile, String> manifests = new TreeMap<>(Comparator.comparing(StoredFile::key));
        mine.forEach((file, application) -> {
            if (isManifest(file)) {
                manifests.put(file, application);
            }
        });
        return round.manifests(manifests);
    }

    private static boolean isManifest(StoredFile file) {
        return file.name().endsWith(JSON);
    }

    /**
     * Keys of the files that a manifest speaks for. One that is not believed, or could not be read, speaks for the file beside
     * it only, and any other JSON file for none.
     */
    private static Set<String> claims(StoredFile file, StoreReading.ReadManifest manifest) {
        String folder =
                file.key().substring(0, file.key().length() - file.name().length());
        if (manifest.isVouched()) {
            return manifest.backup().orElseThrow().manifest().objects().stream()
                    .map(object -> folder + object.name())
                    .collect(Collectors.toSet());
        }
        String beside = file.key().substring(0, file.key().length() - JSON.length());
        boolean claims = manifest.unread()
                || manifest.backup()
                        .filter(backup ->
                                beside.equals(folder + backup.manifest().filename()))
                        .isPresent();
        return claims ? Set.of(beside) : Set.of();
    }

    /** With one application a file may lie in its folder or above it; what lies in the folder counts. */
    private static Map<String, StoredFile> byName(Map<StoredFile, String> mine) {
        Map<String, StoredFile> byName = new HashMap<>();
        mine.forEach((file, application) -> byName.merge(
                application + "/" + file.name(),
                file,
                (one, other) -> one.key().length() > other.key().length() ? one : other));
        return Map.copyOf(byName);
    }

    /** The listing of a store that did not answer. */
    public StoreListing silent(Exchange exchange) {
        String store = exchange.getProperty("store", String.class);
        StoreFailure failure = StoreFailure.of(exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class));
        if (!failure.outcome().equals("not_configured")) {
            LOG.warn("{} does not list its backups ({}): {}", store, failure.outcome(), failure.cause());
        }
        return StoreListing.silent(store, failure.cause());
    }

    /** The object lies beside its manifest, or this store has lost it. */
    private static Backup located(Backup backup, String store, StoredFile file, Map<String, StoredFile> all) {
        String folder =
                file.key().substring(0, file.key().length() - file.name().length());
        String key = folder + backup.manifest().filename();
        StoredFile object = all.get(key);
        return object == null
                ? backup
                : new Backup(
                        backup.manifest(),
                        backup.trust(),
                        Map.of(store, key),
                        Map.of(store, object.sizeBytes()),
                        backup.flaw());
    }
}
