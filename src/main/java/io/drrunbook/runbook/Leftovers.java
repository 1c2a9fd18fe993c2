package io.drrunbook.runbook;

import io.drrunbook.backup.BackupCatalog;
import io.drrunbook.backup.Catalog;
import io.drrunbook.backup.Stores;
import io.drrunbook.run.Taking;
import io.drrunbook.run.Takings;
import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.util.FileSystemUtils;

/** What backups that came to nothing have left in the stores. */
@Component("leftovers")
class Leftovers {

    private static final Logger LOG = LoggerFactory.getLogger(Leftovers.class);

    private final Takings takings;
    private final BackupCatalog catalog;
    private final Stores stores;
    private final DrSettings settings;

    Leftovers(Takings takings, BackupCatalog catalog, Stores stores, DrSettings settings) {
        this.takings = takings;
        this.catalog = catalog;
        this.stores = stores;
        this.settings = settings;
    }

    /**
     * Backups that failed or died and certainly do not exist: their manifest is in no store, and all stores have answered.
     * One whose service died after the first store had its manifest does exist, and stays.
     */
    public List<Taking> ofDeadBackups() {
        List<Taking> untidied = takings.untidied();
        if (untidied.isEmpty()) {
            return List.of();
        }
        Catalog now = catalog.read();
        untidied.stream()
                .filter(taking -> now.find(taking.application(), taking.id()).isPresent())
                .forEach(taking -> {
                    LOG.info("backup {} exists although it was interrupted", taking.filename());
                    takings.tidied(taking.id());
                });
        if (!now.answered().containsAll(stores())) {
            LOG.warn(
                    "what {} failed backups have left is looked for when all stores answer{}",
                    untidied.size(),
                    now.troubles());
            return List.of();
        }
        return untidied.stream()
                .filter(taking -> now.find(taking.application(), taking.id()).isEmpty())
                .toList();
    }

    /** The configured stores. */
    public List<String> stores() {
        return Stores.NAMES.stream().filter(stores::configured).toList();
    }

    /** Where files of that backup may lie in that store. */
    public List<String> keys(Taking taking, String store) {
        String filename = taking.filename();
        String globals = TakeBackup.globalsName(filename);
        return Stream.of(filename, globals)
                .map(name -> stores.key(store, taking.application(), name))
                .toList();
    }

    /** Nothing of it is left. */
    public void removed(Taking taking) throws IOException {
        FileSystemUtils.deleteRecursively(TakeBackup.folder(settings, taking));
        takings.tidied(taking.id());
        LOG.info("nothing is left of backup {} of {}", taking.filename(), taking.application());
    }

    public Instant now() {
        return Instant.now();
    }

    /** Uploads that began before this are nobody's any more. */
    public Instant longAgo() {
        return Instant.now().minus(settings.upload().leftoversAfter());
    }

    /** Every application in every store. */
    public List<Place> places() {
        return stores().stream()
                .flatMap(store -> settings.applications().keySet().stream()
                        .map(application -> new Place(store, stores.key(store, application, ""))))
                .toList();
    }

    /** Where an application's backups lie in a store. */
    public record Place(String store, String prefix) {}
}
