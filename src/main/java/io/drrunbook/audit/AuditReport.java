package io.drrunbook.audit;

import io.drrunbook.audit.CopyBook.Pass;
import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Backup.Trust;
import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.Stores;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What the audit knows of every copy, as of its last pass; asks no store. */
@Component
public class AuditReport {

    /** Stores that the disaster of one's own house does not reach. */
    private static final Set<String> OFF_SITE = Set.of("r2", "b2");

    private static final int ENOUGH = 2;

    private final CopyBook book;

    AuditReport(CopyBook book) {
        this.book = book;
    }

    /**
     * All of it, newest backups first, and with it what the stores list and no pass has compared yet.
     *
     * @param at when the stores were last looked at; a pass that ended after that knows better
     * @param stores that answered then
     * @param listed the backups that they showed
     */
    public Audit read(Instant at, List<String> stores, List<Backup> listed) {
        Audit compared = read();
        if (compared.doneAt() != null && !at.isAfter(compared.doneAt())) {
            return compared;
        }
        Set<UUID> known = compared.backups().stream().map(BackupAudit::id).collect(Collectors.toSet());
        List<BackupAudit> all = Stream.concat(
                        compared.backups().stream(),
                        listed.stream()
                                .filter(backup -> !known.contains(backup.id()))
                                .map(backup -> onlyListed(stores, backup)))
                .sorted(Comparator.comparing(BackupAudit::createdAt).reversed())
                .toList();
        return new Audit(
                compared.startedAt(),
                compared.endedAt(),
                compared.doneAt(),
                compared.underWay(),
                compared.error(),
                all);
    }

    private static BackupAudit onlyListed(List<String> stores, Backup backup) {
        AuditedBackup listed = AuditedBackup.of(backup);
        List<StoreCopy> copies = Stores.NAMES.stream()
                .filter(store -> stores.contains(store) || backup.keys().containsKey(store))
                .map(store -> onlyListed(store, backup.keys().containsKey(store), listed.sizeBytes()))
                .toList();
        return audit(listed, copies);
    }

    private static StoreCopy onlyListed(String store, boolean there, long sizeBytes) {
        return there
                ? new StoreCopy(store, CopyState.PRESENT, sizeBytes, null, null, "listed; not compared yet")
                : new StoreCopy(store, CopyState.UNKNOWN, null, null, null, "not compared yet");
    }

    /** What the passes have compared, newest backups first. */
    public Audit read() {
        Pass pass = book.pass();
        Map<String, List<FileCopy>> files = new HashMap<>();
        book.copies()
                .forEach(copy -> files.computeIfAbsent(
                                copy.application() + "/" + copy.backupId(), key -> new ArrayList<>())
                        .add(copy));
        List<BackupAudit> backups = book.backups().stream()
                .map(backup -> audit(
                        backup,
                        copies(Optional.ofNullable(files.get(backup.application() + "/" + backup.id()))
                                .orElse(List.of()))))
                .toList();
        return new Audit(pass.startedAt(), pass.endedAt(), pass.doneAt(), pass.underWay(), pass.error(), backups);
    }

    /** How each backup was found in each store, by the backup's id and the store's name. */
    public Map<UUID, Map<String, CopyState>> states() {
        Map<UUID, Map<String, CopyState>> states = new HashMap<>();
        book.copies()
                .forEach(copy -> states.computeIfAbsent(copy.backupId(), id -> new TreeMap<>())
                        .merge(copy.store(), copy.state(), AuditReport::worse));
        return states;
    }

    private static List<StoreCopy> copies(List<FileCopy> files) {
        Map<String, List<FileCopy>> byStore = new TreeMap<>();
        files.forEach(file -> byStore.computeIfAbsent(file.store(), store -> new ArrayList<>())
                .add(file));
        return byStore.entrySet().stream()
                .map(store -> copy(store.getKey(), store.getValue()))
                .sorted(Comparator.comparing(copy -> Stores.NAMES.indexOf(copy.store())))
                .toList();
    }

    private static BackupAudit audit(AuditedBackup backup, List<StoreCopy> copies) {
        List<StoreCopy> there = copies.stream().filter(StoreCopy::there).toList();
        boolean offSite = there.stream().anyMatch(copy -> OFF_SITE.contains(copy.store()));
        return new BackupAudit(
                backup.id(),
                backup.application(),
                backup.filename(),
                backup.createdAt(),
                backup.status(),
                backup.trust(),
                backup.sizeBytes(),
                there.size(),
                copies.size(),
                offSite,
                identical(copies, there),
                there.size() >= ENOUGH && offSite,
                copies);
    }

    private static @Nullable Boolean identical(List<StoreCopy> copies, List<StoreCopy> there) {
        if (copies.stream()
                .anyMatch(copy -> copy.state() == CopyState.DIFFERS || copy.state() == CopyState.WRONG_SIZE)) {
            return false;
        }
        boolean allRead = !there.isEmpty() && there.stream().allMatch(copy -> copy.hashedAt() != null);
        return allRead ? true : null;
    }

    private static StoreCopy copy(String store, List<FileCopy> files) {
        CopyState state =
                files.stream().map(FileCopy::state).reduce(AuditReport::worse).orElse(CopyState.UNKNOWN);
        List<FileCopy> objects = files.stream().filter(file -> !file.manifest()).toList();
        boolean sized = objects.stream().anyMatch(file -> file.sizeBytes() != null);
        return new StoreCopy(
                store,
                state,
                sized
                        ? objects.stream()
                                .map(FileCopy::sizeBytes)
                                .filter(Objects::nonNull)
                                .mapToLong(Long::longValue)
                                .sum()
                        : null,
                oldest(files.stream().map(FileCopy::checkedAt).toList()),
                objects.isEmpty()
                        ? null
                        : oldest(objects.stream().map(FileCopy::hashedAt).toList()),
                files.stream()
                        .filter(file -> file.state() == state)
                        .map(AuditReport::said)
                        .filter(text -> !text.isEmpty())
                        .findFirst()
                        .orElse(null));
    }

    private static String said(FileCopy file) {
        if (file.note() != null) {
            return (file.manifest() ? "manifest: " : "") + file.note();
        }
        return file.state().damaged() ? (file.manifest() ? "the manifest " : "") + CopyRepair.damage(file) : "";
    }

    /** Of which all are at least as new; null when one of them is not known. */
    private static @Nullable Instant oldest(List<@Nullable Instant> times) {
        return times.stream().anyMatch(Objects::isNull)
                ? null
                : times.stream().min(Comparator.naturalOrder()).orElse(null);
    }

    private static CopyState worse(CopyState one, CopyState other) {
        return one.compareTo(other) >= 0 ? one : other;
    }

    /**
     * The audit.
     *
     * @param startedAt of the pass that is under way, or was the last; null before the first
     * @param endedAt of the last pass that has ended, in whatever way
     * @param doneAt of the last pass that came to its end
     * @param error why the last pass has not come to its end; null when it has
     */
    public record Audit(
            @Nullable Instant startedAt,
            @Nullable Instant endedAt,
            @Nullable Instant doneAt,
            boolean underWay,
            @Nullable String error,
            List<BackupAudit> backups) {

        /** Those of one application. */
        public List<BackupAudit> of(String application) {
            return backups.stream()
                    .filter(backup -> backup.application().equals(application))
                    .toList();
        }
    }

    /**
     * A backup and its copies.
     *
     * @param copies how many stores have it
     * @param stores of how many that were looked at
     * @param offSite whether R2 or B2 has it
     * @param identical whether what was read of all copies is the same and right; null while not all were read
     * @param threeTwoOne whether, with the live database, there are three copies in two places and one off-site
     */
    public record BackupAudit(
            UUID id,
            String application,
            String filename,
            Instant createdAt,
            Manifest.Status status,
            Trust trust,
            long sizeBytes,
            int copies,
            int stores,
            boolean offSite,
            @Nullable Boolean identical,
            boolean threeTwoOne,
            List<StoreCopy> inStores) {

        /** Whether something is wrong with that copy which somebody must know of. */
        public boolean isDamage(StoreCopy copy) {
            return copy.state().damaged()
                    && switch (trust) {
                        case VOUCHED -> status != Manifest.Status.FAILED || copy.state() == CopyState.BEHIND;
                        case FOREIGN -> copy.state() != CopyState.MISSING;
                        case BROKEN -> false;
                    };
        }

        /** Whether something is wrong with a copy that should be there. */
        public boolean damaged() {
            return inStores.stream().anyMatch(this::isDamage);
        }
    }

    /**
     * A backup in one store: the worst of what was found of its files.
     *
     * @param sizeBytes of its objects; null when none is there
     * @param checkedAt when the store's listing was last compared; null when it never answered
     * @param hashedAt since when all its objects were read; null when one of them was not
     * @param note what is wrong, or why it is not known
     */
    public record StoreCopy(
            String store,
            CopyState state,
            @Nullable Long sizeBytes,
            @Nullable Instant checkedAt,
            @Nullable Instant hashedAt,
            @Nullable String note) {

        /** Whether this store could give it, as far as anybody knows. */
        public boolean there() {
            return state.usable() || state == CopyState.BEHIND;
        }
    }
}
