package io.drrunbook.retention;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.BackupCatalog;
import io.drrunbook.backup.Catalog;
import io.drrunbook.backup.StoreFailure;
import io.drrunbook.backup.StoreListing;
import io.drrunbook.backup.Stores;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.camel.Body;
import org.apache.camel.CamelExecutionException;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.ProducerTemplate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Lazy;
import org.springframework.stereotype.Component;

/** What the route that deletes backups asks before each step, and where it says what has happened. */
@Component("expiredBackups")
class ExpiredBackups {

    private static final Logger LOG = LoggerFactory.getLogger(ExpiredBackups.class);

    /** Exchange property: the stores as this round found them. */
    private static final String CATALOG = "catalog";

    /** Exchange property: the stores that did not do as they should in this round; they are left alone until the next. */
    private static final String TROUBLED = "troubled";

    /** Exchange property: what is deleted now. */
    private static final String DELETION = "deletion";

    private final Retention retention;
    private final BackupCatalog catalog;
    private final Stores stores;
    private final DeletionBook book;
    private final ProducerTemplate producer;
    private final Duration askAgain;

    ExpiredBackups(
            Retention retention,
            BackupCatalog catalog,
            Stores stores,
            DeletionBook book,
            @Lazy ProducerTemplate producer,
            DrSettings settings) {
        this.retention = retention;
        this.catalog = catalog;
        this.stores = stores;
        this.book = book;
        this.producer = producer;
        this.askAgain = settings.retention().askAgain();
    }

    /** What was interrupted the last time, then what is past its time; without what a store has just refused. */
    public List<Deletion> due(Exchange exchange) {
        Catalog now = catalog.read();
        Instant asked = Instant.now().minus(askAgain);
        exchange.setProperty(CATALOG, now);
        exchange.setProperty(TROUBLED, new HashSet<String>());
        return Stream.concat(
                        book.open().stream()
                                .filter(begun -> now.answered().contains(begun.store()))
                                .filter(begun -> listed(now, begun.store(), begun.backupId())
                                        .isEmpty()),
                        retention.of(now).stream()
                                .filter(Verdict::isDue)
                                .map(verdict -> Deletion.of(verdict.store(), verdict.backup(), stores)))
                .filter(deletion -> !book.isRefusedSince(asked, deletion))
                .toList();
    }

    /**
     * Asks everything again, because time has passed since the list was made: lists that store anew and judges by what is
     * there now. When it is still to be deleted, that is written down first.
     *
     * @return whether to delete it
     */
    public boolean begin(@Body Deletion deletion, @ExchangeProperty(CATALOG) Catalog before, Exchange exchange) {
        exchange.setProperty(DELETION, deletion);
        if (troubled(exchange).contains(deletion.store())) {
            return false;
        }
        Catalog now = with(listing(deletion.store()), before);
        Optional<Backup> backup = listed(now, deletion.store(), deletion.backupId());
        boolean due = backup.isPresent() ? isDue(deletion, now) : isLeftOver(deletion);
        if (due) {
            book.begin(deletion);
        }
        return due;
    }

    /**
     * The manifest is gone, also when the store is listed.
     *
     * @throws RunbookException ({@code refused}) when the store has only said so
     */
    public void manifestGone(@ExchangeProperty(DELETION) Deletion deletion) {
        StoreListing listing = listing(deletion.store());
        if (listed(new Catalog(List.of(listing)), deletion.store(), deletion.backupId())
                .isPresent()) {
            throw new RunbookException(
                    "refused", "it answered that " + deletion.manifest() + " is deleted and it is still there");
        }
    }

    /** All of it is gone. */
    public void done(@ExchangeProperty(DELETION) Deletion deletion) {
        book.done(deletion);
        LOG.info(
                "{} of {} is past its time in {} and was deleted there",
                deletion.filename(),
                deletion.application(),
                deletion.store());
    }

    /** The next round goes on with that store. What a store refuses, because it is locked there, is told once. */
    public void failed(@ExchangeProperty(DELETION) Deletion deletion, Exchange exchange) {
        StoreFailure failure = StoreFailure.of(exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class));
        if (!failure.outcome().equals("refused")) {
            troubled(exchange).add(deletion.store());
            LOG.warn(
                    "{} of {} is past its time and could not be deleted from {} ({}); nothing more is until the next"
                            + " round: {}",
                    deletion.filename(),
                    deletion.application(),
                    deletion.store(),
                    failure.outcome(),
                    failure.cause());
        } else if (book.refused(deletion, failure.cause())) {
            LOG.info(
                    "{} of {} is past its time and is kept by {}: {}",
                    deletion.filename(),
                    deletion.application(),
                    deletion.store(),
                    failure.cause());
        }
    }

    @SuppressWarnings("unchecked")
    private static Set<String> troubled(Exchange exchange) {
        return exchange.getProperty(TROUBLED, Set.class);
    }

    private boolean isDue(Deletion deletion, Catalog now) {
        return retention.of(now).stream()
                .filter(Verdict::isDue)
                .anyMatch(verdict -> verdict.store().equals(deletion.store())
                        && verdict.backup().id().equals(deletion.backupId()));
    }

    /** Its deletion has begun, its manifest is really gone and not only unreadable, and no run could be at the rest. */
    private boolean isLeftOver(Deletion deletion) {
        return book.find(deletion.store(), deletion.backupId()).isPresent()
                && retention.run(deletion.application()).isEmpty()
                && isMissing(deletion.store(), deletion.manifest());
    }

    private boolean isMissing(String store, String key) {
        try (InputStream content =
                producer.requestBodyAndHeader("direct:read-from-" + store, null, "key", key, InputStream.class)) {
            return content == null;
        } catch (CamelExecutionException e) {
            return StoreFailure.of(e).outcome().equals("not_found");
        } catch (IOException e) {
            LOG.warn("{} in {} was found, but not read to its end", key, store, e);
            return false;
        }
    }

    private StoreListing listing(String store) {
        StoreListing listing = producer.requestBody("direct:list-" + store, null, StoreListing.class);
        if (listing.error() != null) {
            throw new RunbookException("unreachable", store + " does not list its backups: " + listing.error());
        }
        return listing;
    }

    private static Catalog with(StoreListing fresh, Catalog before) {
        List<StoreListing> listings = new ArrayList<>(before.listings());
        listings.replaceAll(listing -> listing.store().equals(fresh.store()) ? fresh : listing);
        return new Catalog(listings);
    }

    private static Optional<Backup> listed(Catalog catalog, String store, UUID backup) {
        return catalog.listings().stream()
                .filter(listing -> listing.store().equals(store))
                .flatMap(listing -> listing.backups().stream())
                .filter(one -> one.id().equals(backup))
                .findFirst();
    }
}
