package io.drrunbook.backup;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What can be restored, merged over whichever stores answered. */
public final class Catalog {

    private final List<StoreListing> listings;
    private final List<Backup> backups;

    public Catalog(List<StoreListing> listings) {
        this(listings, Map.of());
    }

    /** @param verdicts of drills, by the backup's id; they count where the manifests do not know of them */
    public Catalog(List<StoreListing> listings, Map<UUID, Manifest.Proof> verdicts) {
        this.listings = List.copyOf(listings);
        Map<String, Backup> merged = new LinkedHashMap<>();
        for (StoreListing listing : listings) {
            for (Backup backup : listing.backups()) {
                merged.merge(name(backup), backup, Backup::and);
            }
        }
        foldOrphans(merged);
        this.backups = merged.values().stream()
                .map(backup -> backup.judged(verdicts.get(backup.id())))
                .sorted(Backup.newestFirst(Instant.now()))
                .toList();
    }

    /**
     * An object whose manifest one store has lost is no foreign backup there while another store vouches for it: else a
     * backup that has failed its drill would come back as a foreign one.
     */
    private static void foldOrphans(Map<String, Backup> merged) {
        Map<String, Backup> owners = new HashMap<>();
        merged.values().stream()
                .filter(backup -> backup.trust() == Backup.Trust.VOUCHED)
                .forEach(backup -> backup.manifest()
                        .objects()
                        .forEach(object -> owners.put(backup.manifest().application() + "/" + object.name(), backup)));
        List<Backup> orphans = merged.values().stream()
                .filter(backup -> backup.trust() == Backup.Trust.FOREIGN && owners.containsKey(file(backup)))
                .toList();
        for (Backup orphan : orphans) {
            merged.remove(name(orphan));
            Backup owner = owners.get(file(orphan));
            if (file(owner).equals(file(orphan))) {
                merged.merge(name(owner), new Backup(owner.manifest(), owner.trust(), orphan.keys()), Backup::and);
            }
        }
    }

    private static String name(Backup backup) {
        return backup.manifest().application() + "/" + backup.id();
    }

    private static String file(Backup backup) {
        return backup.manifest().application() + "/" + backup.manifest().filename();
    }

    /** All of an application's, newest first, also those that cannot be restored; what is no backup at all comes last. */
    public List<Backup> of(String application) {
        return backups.stream()
                .filter(backup -> backup.manifest().application().equals(application))
                .toList();
    }

    /** The restorable ones of an application that a manifest vouches for, newest first. */
    public List<Backup> good(String application) {
        return of(application).stream()
                .filter(backup -> backup.trust() == Backup.Trust.VOUCHED
                        && backup.whyNotRestorable().isEmpty())
                .toList();
    }

    /** The newest of those whose time has come: from it the age counts. */
    public Optional<Backup> newestGood(String application) {
        Instant now = Instant.now();
        return good(application).stream()
                .filter(backup -> !backup.isAheadOf(now))
                .findFirst();
    }

    /**
     * What a recovery takes of those that a manifest vouches for. The newest good one comes first, unless a drill has found
     * the very newest bad: then the newest that a drill has found good.
     */
    public List<Backup> forRecovery(String application) {
        List<Backup> good = good(application);
        Optional<Backup> proven = newestCondemned(application).isEmpty()
                ? Optional.empty()
                : good.stream().filter(Backup::proven).findFirst();
        return proven.map(first -> Stream.concat(Stream.of(first), good.stream().filter(backup -> backup != first))
                        .toList())
                .orElse(good);
    }

    /** The newest full backup that a manifest vouches for, when a drill has found it bad. */
    public Optional<Backup> newestCondemned(String application) {
        return of(application).stream()
                .filter(backup -> backup.trust() == Backup.Trust.VOUCHED
                        && backup.manifest().backupType().equals(Manifest.FULL_DATABASE))
                .filter(backup ->
                        backup.condemned() || backup.whyNotRestorable().isEmpty())
                .findFirst()
                .filter(Backup::condemned);
    }

    /** What lies in the stores and is no backup, and what could not be looked at: a sentence each, with the reason. */
    public List<String> passedOver() {
        return Stream.concat(
                        listings.stream()
                                .flatMap(
                                        listing -> listing.notes().stream().map(note -> listing.store() + ": " + note)),
                        backups.stream()
                                .filter(backup -> backup.flaw() != null)
                                .map(backup -> FileName.shown(backup.manifest().application() + "/"
                                                + backup.manifest().filename())
                                        + " in "
                                        + String.join(", ", backup.keys().keySet()) + ": " + backup.flaw()))
                .toList();
    }

    /** The backup of that id. */
    public Optional<Backup> find(String application, UUID id) {
        return of(application).stream().filter(backup -> backup.id().equals(id)).findFirst();
    }

    /** What each store said. */
    public List<StoreListing> listings() {
        return listings;
    }

    public boolean anyStoreAnswered() {
        return listings.stream().anyMatch(listing -> listing.error() == null);
    }

    /** Names of the stores that answered. */
    public List<String> answered() {
        return listings.stream()
                .filter(listing -> listing.error() == null)
                .map(StoreListing::store)
                .toList();
    }

    /** {@code " (r2: connection refused)"}, or nothing when all stores answered. */
    public String troubles() {
        List<String> troubles = new ArrayList<>();
        listings.forEach(listing -> listing.trouble().ifPresent(troubles::add));
        return troubles.isEmpty() ? "" : troubles.stream().collect(Collectors.joining("; ", " (", ")"));
    }
}
