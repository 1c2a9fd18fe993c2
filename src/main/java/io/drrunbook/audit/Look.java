package io.drrunbook.audit;

import io.drrunbook.audit.FileCopy.Key;
import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Backup.Trust;
import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.StoreListing;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What one pass of the audit has found so far; what it finds later goes into the book, too. */
final class Look {

    private final CopyBook book;
    private final Map<String, StoreListing> listings;
    private final Map<String, Backup> backups;
    private final Map<Key, FileCopy> copies = new ConcurrentHashMap<>();
    private final Map<String, Backup> newestGood = new HashMap<>();
    private final Set<String> damagedBefore = new TreeSet<>();
    private final Set<String> disputed = new HashSet<>();

    /**
     * @param listings of the configured stores
     * @param backups those whose copies are looked after, newest first for each application
     */
    Look(CopyBook book, List<StoreListing> listings, List<Backup> backups) {
        this.book = book;
        this.listings = listings.stream().collect(Collectors.toMap(StoreListing::store, listing -> listing));
        this.backups = backups.stream()
                .collect(Collectors.toMap(
                        backup -> name(backup.manifest().application(), backup.id()),
                        backup -> backup,
                        (one, other) -> one,
                        LinkedHashMap::new));
        Set<String> files = new HashSet<>();
        backups.stream()
                .filter(backup -> backup.trust() == Trust.VOUCHED)
                .map(Backup::manifest)
                .flatMap(manifest -> Stream.concat(
                                Stream.of(CopyAudit.manifestName(manifest)),
                                manifest.objects().stream().map(Manifest.StoredObject::name))
                        .map(file -> manifest.application() + "/" + file))
                .filter(file -> !files.add(file))
                .forEach(disputed::add);
        backups.stream()
                .filter(backup -> backup.whyNotRestorable().isEmpty())
                .forEach(backup -> newestGood.putIfAbsent(backup.manifest().application(), backup));
    }

    /** Whether two backups say that the file of that name is theirs: then nobody knows what should lie there. */
    boolean disputed(FileCopy copy) {
        return disputed.contains(copy.application() + "/" + copy.name());
    }

    /** Whether it is the newest of its application that can be restored: it stays, however old it is. */
    boolean newestGood(Backup backup) {
        return backup.equals(newestGood.get(backup.manifest().application()));
    }

    /** Whether something of the application was damaged when the pass began. */
    boolean damagedBefore(String application) {
        return damagedBefore.contains(application);
    }

    void wasDamaged(String application) {
        damagedBefore.add(application);
    }

    /** Whether that copy is one that somebody must know of: of a foreign backup nobody has promised where it lies. */
    boolean isDamage(FileCopy copy) {
        return copy.state().damaged()
                && backup(copy.key())
                        .filter(backup -> switch (backup.trust()) {
                            case VOUCHED -> AuditedBackup.of(backup).wanted() || copy.manifest();
                            case FOREIGN -> copy.state() != CopyState.MISSING;
                            case BROKEN -> false;
                        })
                        .isPresent();
    }

    Collection<StoreListing> listings() {
        return listings.values();
    }

    List<String> answered() {
        return listings.values().stream()
                .filter(StoreListing::answered)
                .map(StoreListing::store)
                .sorted()
                .toList();
    }

    StoreListing listing(String store) {
        return Optional.ofNullable(listings.get(store)).orElseThrow();
    }

    Collection<Backup> backups() {
        return backups.values();
    }

    Optional<Backup> backup(Key copy) {
        return Optional.ofNullable(backups.get(name(copy.application(), copy.backupId())));
    }

    Collection<FileCopy> copies() {
        return copies.values();
    }

    Optional<FileCopy> copy(Key key) {
        return Optional.ofNullable(copies.get(key));
    }

    /** It stands in the book already. */
    void known(FileCopy copy) {
        copies.put(copy.key(), copy);
    }

    /** It has been found to be so just now. */
    void found(FileCopy copy) {
        copies.put(copy.key(), copy);
        book.save(copy);
    }

    private static String name(String application, UUID id) {
        return application + "/" + id;
    }
}
