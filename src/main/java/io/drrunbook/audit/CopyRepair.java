package io.drrunbook.audit;

import io.drrunbook.audit.FileCopy.Key;
import io.drrunbook.backup.Arrival;
import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Backup.Trust;
import io.drrunbook.backup.BadSourceException;
import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.ManifestSeal;
import io.drrunbook.backup.StoreFailure;
import io.drrunbook.backup.StoredFile;
import io.drrunbook.backup.Stores;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.run.Journal;
import io.drrunbook.run.Takings;
import io.drrunbook.settings.DrSettings;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.apache.commons.io.input.CountingInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Puts a copy that is damaged back from one that is good; whatever cannot be repaired is told once. */
@Component("copyRepair")
class CopyRepair {

    private static final Logger LOG = LoggerFactory.getLogger(CopyRepair.class);
    private static final String PLAN = "plan";
    private static final String MORE = "more";
    private static final String COPY = "damaged";
    private static final String FROM = "from";
    private static final String TO = "to";
    private static final String BYTES = "bytes";
    private static final String READING = "reading";

    /** The nearest first. */
    private static final List<String> SOURCES = List.of("local", "r2", "b2");

    private final Stores stores;
    private final ManifestSeal seal;
    private final DrSettings.Retention retention;
    private final Recoveries recoveries;
    private final Journal journal;
    private final Takings takings;
    private final Arrival arrival;
    private final DrSettings settings;
    private final MeterRegistry metrics;

    CopyRepair(
            Stores stores,
            ManifestSeal seal,
            Recoveries recoveries,
            Journal journal,
            Takings takings,
            DrSettings settings,
            MeterRegistry metrics) {
        this.stores = stores;
        this.seal = seal;
        this.retention = settings.retention();
        this.recoveries = recoveries;
        this.journal = journal;
        this.takings = takings;
        this.arrival = new Arrival(settings.download());
        this.settings = settings;
        this.metrics = metrics;
    }

    /** What is damaged: newest backups first; in each store the objects before the manifest, with which the backup exists. */
    public void plan(@ExchangeProperty(CopyAudit.LOOK) Look look, Exchange exchange) {
        Comparator<FileCopy> newestFirst = Comparator.<FileCopy, Instant>comparing(
                        copy -> look.backup(copy.key()).orElseThrow().manifest().createdAt())
                .reversed();
        exchange.setProperty(
                PLAN,
                new RepairPlan(look.copies().stream()
                        .filter(copy -> copy.state().damaged())
                        .filter(copy -> look.backup(copy.key()).isPresent())
                        .sorted(newestFirst
                                .thenComparing(FileCopy::backupId)
                                .thenComparing(FileCopy::store)
                                .thenComparing(FileCopy::manifest)
                                .thenComparing(FileCopy::name))
                        .map(FileCopy::key)
                        .toList()));
        next(exchange);
    }

    /** Names the next copy to repair, if there is one; nothing is repaired while an application is being recovered. */
    public void next(Exchange exchange) {
        Look look = CopyAudit.lookOf(exchange);
        RepairPlan plan = planOf(exchange);
        exchange.setProperty(MORE, false);
        Optional<Key> next = recoveries.any() ? Optional.empty() : plan.next();
        while (next.isPresent()) {
            FileCopy copy = look.copy(next.get()).orElseThrow();
            if (copy.state().damaged() && isToBeRepaired(look, copy, afterBackup(exchange))) {
                Optional<String> source = source(look, plan, copy);
                if (source.isPresent()) {
                    exchange.setProperty(MORE, true);
                    exchange.setProperty(COPY, copy);
                    exchange.setProperty(FROM, source.get());
                    exchange.setProperty(TO, copy.store());
                    return;
                }
                noSource(look, plan, copy);
            }
            next = plan.next();
        }
        end(look, plan);
    }

    private boolean isToBeRepaired(Look look, FileCopy copy, boolean afterBackup) {
        Backup backup = look.backup(copy.key()).orElseThrow();
        Manifest manifest = backup.manifest();
        if (backup.trust() == Trust.FOREIGN) {
            if (look.isDamage(copy)) {
                tell(
                        look,
                        copy,
                        "foreign",
                        "nothing vouches for a foreign backup, so it is never repaired by itself: compare its copies by"
                                + " hand and delete the bad one");
            }
            return false;
        }
        if (look.disputed(copy)) {
            tell(look, copy, "disputed", "two backups have a file of this name, and only one of them can lie there");
            return false;
        }
        Instant completedAt = manifest.completedAt() == null ? manifest.createdAt() : manifest.completedAt();
        boolean settled = completedAt.plus(settings.audit().settle()).isBefore(Instant.now());
        boolean over = retention.isOver(copy.store(), manifest.createdAt(), Instant.now()) && !look.newestGood(backup);
        boolean underWay = takings.active(copy.application())
                .filter(taking -> taking.id().equals(copy.backupId()))
                .isPresent();
        if (!look.isDamage(copy) || over || underWay || !settled && !afterBackup) {
            return false;
        }
        if (!copy.manifest() || copy.state() == CopyState.BEHIND) {
            return true;
        }
        boolean whole = manifest.objects().stream()
                .allMatch(object -> look.copy(new Key(copy.application(), copy.backupId(), copy.store(), object.name()))
                        .filter(file -> file.state().usable())
                        .isPresent());
        // A manifest that cannot be read hides its backup in that store; a missing one comes when its objects are
        // there.
        return whole || manifest.status() == Manifest.Status.FAILED && copy.state() == CopyState.DIFFERS;
    }

    private Optional<String> source(Look look, RepairPlan plan, FileCopy copy) {
        return SOURCES.stream()
                .filter(store -> !store.equals(copy.store()))
                .filter(store -> !plan.failures(copy.key()).containsKey(store))
                .filter(store -> look.copy(copy.key().in(store))
                        .filter(other -> other.state().usable())
                        .isPresent())
                .min(Comparator.comparing(
                        store -> look.copy(copy.key().in(store)).orElseThrow().state() != CopyState.GOOD));
    }

    private void noSource(Look look, RepairPlan plan, FileCopy copy) {
        Map<String, String> open = new LinkedHashMap<>(plan.failures(copy.key()));
        SOURCES.stream()
                .flatMap(store -> look.copy(copy.key().in(store)).stream())
                .filter(other -> other.state() == CopyState.UNKNOWN)
                .forEach(other -> open.putIfAbsent(other.store(), String.valueOf(other.note())));
        if (!open.isEmpty()) {
            tell(
                    look,
                    copy,
                    "no_source",
                    "no store could give a good copy now: "
                            + open.entrySet().stream()
                                    .map(store -> store.getKey() + ": " + store.getValue())
                                    .collect(Collectors.joining("; ")));
            return;
        }
        String message = "no good copy of " + copy.name() + " is left; take a new backup";
        if (message.equals(copy.note())) {
            return;
        }
        LOG.warn("{}: {}", copy.application(), message);
        journal.event(
                null,
                "no_good_copy",
                CopyAudit.lost(copy.application(), copy.backupId().toString(), copy.name(), message));
        SOURCES.stream()
                .flatMap(store -> look.copy(copy.key().in(store)).stream())
                .filter(other -> other.state().damaged())
                .forEach(other -> look.found(other.state(other.state(), message)));
    }

    /** A journal that says the same every hour is read by nobody. */
    private void tell(Look look, FileCopy copy, String code, String cause) {
        String message = damage(copy) + "; not repaired: " + cause;
        if (message.equals(copy.note())) {
            return;
        }
        LOG.warn("{} in {} {}", copy.name(), copy.store(), message);
        Map<String, Object> content = content(copy);
        content.put("store", copy.store());
        content.put("state", copy.state().word());
        content.put("code", code);
        content.put("message", "the copy of " + copy.name() + " in " + copy.store() + " " + message);
        journal.event(null, "copy_not_repaired", content);
        look.found(copy.state(copy.state(), message));
    }

    /** Names the file to read in the good store. */
    public void ask(
            @ExchangeProperty(CopyAudit.LOOK) Look look,
            @ExchangeProperty(COPY) FileCopy copy,
            @ExchangeProperty(FROM) String from,
            Exchange exchange) {
        exchange.setProperty(READING, true);
        exchange.getMessage().setBody(null);
        exchange.getMessage()
                .setHeader(
                        "key",
                        look.listing(from)
                                .file(copy.application(), copy.name())
                                .map(StoredFile::key)
                                .orElseGet(() -> stores.key(from, copy.application(), copy.name())));
    }

    /** What the good store sends, checked on its way: the other store never comes to the end of what is not right. */
    public void check(
            @ExchangeProperty(CopyAudit.LOOK) Look look,
            @ExchangeProperty(COPY) FileCopy copy,
            @Body InputStream content,
            Exchange exchange)
            throws IOException {
        Backup backup = look.backup(copy.key()).orElseThrow();
        InputStream checked = copy.manifest()
                ? manifest(content, backup)
                : arrival.checked(content, object(backup, copy), recoveries.begun());
        CountingInputStream counted = new CountingInputStream(checked);
        exchange.setProperty(BYTES, counted);
        exchange.setProperty(READING, false);
        exchange.getMessage().setHeader("key", stores.key(copy.store(), copy.application(), copy.name()));
        exchange.getMessage().setBody(counted);
    }

    /** As it lies there, byte for byte: also what a newer version has written into it stays. */
    private InputStream manifest(InputStream content, Backup backup) throws IOException {
        byte[] bytes;
        try (content) {
            bytes = content.readNBytes(
                    Math.toIntExact(settings.listing().largestManifest().toBytes()));
        }
        Backup read = seal.read(bytes);
        if (read.trust() != Trust.VOUCHED || !read.manifest().equals(backup.manifest())) {
            throw new RunbookException("corrupt", "its manifest is no longer the one that was listed");
        }
        return new ByteArrayInputStream(bytes);
    }

    private static Manifest.StoredObject object(Backup backup, FileCopy copy) {
        return backup.manifest().objects().stream()
                .filter(object -> object.name().equals(copy.name()))
                .findFirst()
                .orElseThrow();
    }

    /** The copy is there again; the next pass reads it. */
    public void repaired(
            @ExchangeProperty(CopyAudit.LOOK) Look look,
            @ExchangeProperty(COPY) FileCopy copy,
            @ExchangeProperty(FROM) String from,
            @ExchangeProperty(BYTES) CountingInputStream counted,
            Exchange exchange) {
        long bytes = counted.getByteCount();
        look.found(copy.written(bytes, CopyBook.now()));
        planOf(exchange).repaired(copy.application());
        metrics.counter("dr.copies.repaired", FROM, from, TO, copy.store()).increment();
        LOG.info("{} in {} {}: put back from {}", copy.name(), copy.store(), damage(copy), from);
        Map<String, Object> content = content(copy);
        content.put(FROM, from);
        content.put(TO, copy.store());
        content.put("cause", damage(copy));
        content.put(BYTES, bytes);
        content.put(
                "message",
                "the copy of " + copy.name() + " in " + copy.store() + " " + damage(copy) + "; it was put back from "
                        + from);
        journal.event(null, "copy_repaired", content);
    }

    /** Either the source was not good, and another one is tried, or the store does not take it. */
    public void failed(
            @ExchangeProperty(CopyAudit.LOOK) Look look,
            @ExchangeProperty(COPY) FileCopy copy,
            @ExchangeProperty(FROM) String from,
            @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Exception caught,
            Exchange exchange) {
        StoreFailure failure = StoreFailure.of(caught);
        if (failure.outcome().equals("cancelled")) {
            LOG.info("the repair of {} in {} makes way for a recovery", copy.name(), copy.store());
            return;
        }
        boolean reading = exchange.getProperty(READING, false, Boolean.class);
        if (reading || isCausedBySource(caught)) {
            LOG.warn("{} has no good copy of {}: {}", from, copy.name(), failure.cause());
            planOf(exchange).again(copy.key(), from, failure.cause());
            // Whether it is really bad there is for whoever reads it twice.
            look.copy(copy.key().in(from)).ifPresent(source -> look.found(source.unread()));
        } else {
            tell(look, copy, failure.outcome(), copy.store() + " does not take it: " + failure.cause());
        }
    }

    private static boolean isCausedBySource(Throwable caught) {
        for (Throwable cause = caught; cause != null; cause = cause.getCause()) {
            if (cause instanceof BadSourceException) {
                return true;
            }
        }
        return false;
    }

    /** Who was told of damage hears that it is over. */
    private void end(Look look, RepairPlan plan) {
        for (String application : settings.applications().keySet()) {
            boolean whole = look.copies().stream()
                    .noneMatch(copy -> copy.application().equals(application) && look.isDamage(copy));
            if (whole && (look.damagedBefore(application) || plan.hasRepaired(application))) {
                journal.event(null, "copies_whole", Map.of("application", application));
            }
        }
    }

    private static Map<String, Object> content(FileCopy copy) {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("application", copy.application());
        content.put("backup_id", copy.backupId());
        content.put("filename", copy.name());
        return content;
    }

    /** What is wrong with it, behind its name. */
    static String damage(FileCopy copy) {
        return switch (copy.state()) {
            case MISSING -> "is missing";
            case WRONG_SIZE -> "has " + copy.sizeBytes() + " bytes instead of " + copy.expectedBytes();
            case BEHIND -> "says less than another store's";
            case DIFFERS ->
                copy.manifest()
                        ? "is not what was signed"
                        : "differs (SHA-256 " + copy.sha256() + " instead of " + copy.expectedSha256() + ")";
            case UNKNOWN -> "is unknown";
            case GOOD, PRESENT -> "is there";
            case NOT_KEPT -> "is not kept";
        };
    }

    private static boolean afterBackup(Exchange exchange) {
        return exchange.getProperty(CopyAudit.AFTER_BACKUP, false, Boolean.class);
    }

    private static RepairPlan planOf(Exchange exchange) {
        return exchange.getProperty(PLAN, RepairPlan.class);
    }
}
