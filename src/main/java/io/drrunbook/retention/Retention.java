package io.drrunbook.retention;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Backup.Trust;
import io.drrunbook.backup.BackupCatalog;
import io.drrunbook.backup.Catalog;
import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.StoreListing;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Run;
import io.drrunbook.settings.DrSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import org.springframework.stereotype.Component;

/**
 * Which backups are past their time in which store, and which of those stay all the same.
 *
 * <p>Each store is looked at for itself, as if it were the only one left: the newest good backup and the newest proven one
 * that it holds stay in it. So they stay of all stores together, too.
 */
@Component
public class Retention {

    private final DrSettings settings;
    private final BackupCatalog stores;
    private final Journal journal;
    private final DeletionBook book;

    Retention(DrSettings settings, BackupCatalog stores, Journal journal, DeletionBook book) {
        this.settings = settings;
        this.stores = stores;
        this.journal = journal;
        this.book = book;
    }

    /** As the stores are now. */
    public Outlook look() {
        Catalog catalog = stores.read();
        return new Outlook(
                catalog,
                of(catalog).stream()
                        .map(verdict -> verdict.orStays(
                                book.refusal(verdict.store(), verdict.backup().id())
                                        .map(cause -> "the store refuses to delete it: " + cause
                                                + "; it is asked again from time to time")))
                        .toList());
    }

    /** Of all that are past their time in the stores that answered, oldest first; what a store refuses counts as due. */
    List<Verdict> of(Catalog catalog) {
        Instant now = Instant.now();
        Set<UUID> proven = journal.provenBackups().keySet();
        List<Verdict> verdicts = new ArrayList<>();
        for (StoreListing listing : catalog.listings()) {
            Optional<Duration> time = settings.retention().of(listing.store());
            if (listing.error() != null || time.isEmpty()) {
                continue;
            }
            for (String application : settings.applications().keySet()) {
                verdicts.addAll(inStore(new Shelf(listing, application, catalog, proven), time.get(), now));
            }
        }
        return verdicts;
    }

    /** The run that keeps everything of that application where it is, in words. */
    Optional<String> run(String application) {
        return journal.active(application).map(Retention::said);
    }

    private List<Verdict> inStore(Shelf shelf, Duration time, Instant now) {
        Optional<String> run = run(shelf.application());
        return shelf.backups().stream()
                .filter(backup -> settings.retention()
                        .isOver(shelf.store(), backup.manifest().createdAt(), now))
                .sorted(Backup.newestFirst(now).reversed())
                .map(backup -> new Verdict(
                                shelf.store(),
                                backup,
                                Duration.between(backup.manifest().createdAt(), now),
                                time,
                                null)
                        .orStays(notOurs(backup))
                        .orStays(shelf.last(backup))
                        .orStays(run))
                .toList();
    }

    private static Optional<String> notOurs(Backup backup) {
        return switch (backup.trust()) {
            case VOUCHED -> Optional.empty();
            case FOREIGN -> Optional.of("it has no manifest: something else made it, and may delete it");
            case BROKEN -> Optional.of("its manifest is not believed: look at it, and delete it by hand");
        };
    }

    private static String said(Run run) {
        return run.mode().name().toLowerCase(Locale.ROOT) + " " + run.id() + " of " + run.application() + " is "
                + run.status().name().toLowerCase(Locale.ROOT);
    }

    /** The stores as they were looked at, and what becomes of the backups that are past their time. */
    public record Outlook(Catalog catalog, List<Verdict> verdicts) {}

    /** An application's backups in one store. */
    private record Shelf(StoreListing listing, String application, Catalog catalog, Set<UUID> proven) {

        String store() {
            return listing.store();
        }

        List<Backup> backups() {
            return listing.backups().stream()
                    .filter(backup -> backup.manifest().application().equals(application))
                    .toList();
        }

        /** Why it is the last of its kind. */
        Optional<String> last(Backup backup) {
            if (newest(this::isGood).filter(backup::equals).isPresent()) {
                return Optional.of("it is the newest good one in " + store());
            }
            if (newest(one -> isGood(one) && isProven(one))
                    .filter(backup::equals)
                    .isPresent()) {
                return Optional.of("it is the newest one in " + store() + " that a drill has proven");
            }
            return Optional.empty();
        }

        private Optional<Backup> newest(Predicate<Backup> wanted) {
            return backups().stream().filter(wanted).min(Backup.newestFirst(Instant.now()));
        }

        /** Ours, whole in this store as far as a listing shows, and condemned by no store's manifest. */
        private boolean isGood(Backup backup) {
            return backup.trust() == Trust.VOUCHED
                    && backup.keys().containsKey(store())
                    && merged(backup).whyNotRestorable().isEmpty();
        }

        private boolean isProven(Backup backup) {
            return merged(backup).manifest().status() == Manifest.Status.VERIFIED || proven.contains(backup.id());
        }

        private Backup merged(Backup backup) {
            return catalog.find(application, backup.id()).orElse(backup);
        }
    }
}
