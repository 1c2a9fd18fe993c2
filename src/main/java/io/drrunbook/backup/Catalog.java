package io.drrunbook.backup;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

/** What can be restored, merged over whichever stores answered. */
public final class Catalog {

    /** Newest first; of the same age the vouched one first. */
    private static final Comparator<Backup> NEWEST_FIRST = Comparator.<Backup, Instant>comparing(
                    backup -> backup.manifest().createdAt())
            .reversed()
            .thenComparing(Backup::trust)
            .thenComparing(Backup::id);

    private final List<StoreListing> listings;
    private final List<Backup> backups;

    public Catalog(List<StoreListing> listings) {
        this.listings = List.copyOf(listings);
        Map<String, Backup> merged = new LinkedHashMap<>();
        for (StoreListing listing : listings) {
            for (Backup backup : listing.backups()) {
                String name = backup.manifest().application() + "/" + backup.id();
                merged.merge(name, backup, Backup::and);
            }
        }
        this.backups = merged.values().stream().sorted(NEWEST_FIRST).toList();
    }

    /** All of an application's, newest first, also those that cannot be restored. */
    public List<Backup> of(String application) {
        return backups.stream()
                .filter(backup -> backup.manifest().application().equals(application))
                .toList();
    }

    /** The restorable ones of an application, newest first. */
    public List<Backup> good(String application) {
        return of(application).stream()
                .filter(backup -> backup.whyNotRestorable().isEmpty())
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
