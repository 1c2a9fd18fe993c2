package io.drrunbook.backup;

import io.drrunbook.crypto.FirstBytes;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A backup and where it lies.
 *
 * @param keys the key of its object by store name
 * @param sizes bytes of its object by store name, as listed; they differ where one of a foreign backup's copies is cut
 * @param flaw why it is none that can be restored, as far as its name and first bytes show; null when they show nothing
 */
public record Backup(
        Manifest manifest,
        Trust trust,
        Map<String, String> keys,
        Map<String, Long> sizes,
        @Nullable String flaw) {

    /** A clock that is ahead by less than this is no news. */
    private static final Duration CLOCKS_DIFFER = Duration.ofMinutes(15);

    public Backup {
        sizes = sizes == null ? Map.of() : sizes;
    }

    public Backup(Manifest manifest, Trust trust, Map<String, String> keys) {
        this(manifest, trust, keys, Map.of(), null);
    }

    /**
     * What is no backup last, what claims to be from the future before that; then newest first, and of the same age the
     * vouched one first.
     */
    public static Comparator<Backup> newestFirst(Instant now) {
        return Comparator.<Backup, Boolean>comparing(backup -> backup.flaw() != null)
                .thenComparing(backup -> backup.isAheadOf(now))
                .thenComparing(Comparator.<Backup, Instant>comparing(
                                backup -> backup.manifest().createdAt())
                        .reversed())
                .thenComparing(Backup::trust)
                .thenComparing(Backup::id);
    }

    public UUID id() {
        return manifest.id();
    }

    /** Whether it claims a time that has not come yet: its age says nothing. */
    public boolean isAheadOf(Instant now) {
        return manifest.createdAt().isAfter(now.plus(CLOCKS_DIFFER));
    }

    /** Since its snapshot was taken; never negative. */
    public Duration age(Instant now) {
        Duration age = Duration.between(manifest.createdAt(), now);
        return age.isNegative() ? Duration.ZERO : age;
    }

    /** Whether the original system's encryption stands around it, which authenticates it to whoever has the key. */
    public boolean sealedByOriginal() {
        return trust == Trust.FOREIGN && FirstBytes.FERNET.equals(manifest.encryption());
    }

    /** What its object should be in that store; of a foreign one only its size there is known. */
    public Manifest.StoredObject object(String store) {
        Manifest.StoredObject object = manifest.objects().get(0);
        Long size = sizes.get(store);
        return trust != Trust.FOREIGN || size == null
                ? object
                : new Manifest.StoredObject(object.name(), size, object.sha256(), object.content());
    }

    /** How the copies of a foreign backup differ in size; empty when they do not. */
    public Optional<String> differingSizes() {
        return trust != Trust.FOREIGN || sizes.values().stream().distinct().count() < 2
                ? Optional.empty()
                : Optional.of("its copies differ in size: "
                        + sizes.entrySet().stream()
                                .map(copy -> copy.getValue() + " bytes in " + copy.getKey())
                                .sorted()
                                .collect(Collectors.joining(", ")));
    }

    /** Why it is not to be restored, or empty when it may be. */
    public Optional<String> whyNotRestorable() {
        if (flaw != null) {
            return Optional.of(flaw);
        }
        if (trust == Trust.BROKEN) {
            return Optional.of("its manifest's HMAC is wrong, so somebody without the key has written it");
        }
        if (!Manifest.FULL_DATABASE.equals(manifest.backupType())) {
            return Optional.of("it is a " + manifest.backupType() + " backup, not a full database");
        }
        return switch (manifest.status()) {
            case IN_PROGRESS -> Optional.of("it is still being made, or its maker died (status IN_PROGRESS)");
            case FAILED -> Optional.of(failure());
            case COMPLETED, VERIFIED -> Optional.empty();
        };
    }

    /**
     * Why it is not to be drilled, or empty when it may be. A drill may look again at what a drill has condemned: an owner's
     * check may have been wrong.
     */
    public Optional<String> whyNotDrillable() {
        return condemned() && trust != Trust.BROKEN ? Optional.empty() : whyNotRestorable();
    }

    /** How it can be had all the same; empty when it cannot. */
    public String wayOut() {
        return whyNotRestorable().isPresent() && whyNotDrillable().isEmpty()
                ? ". Its bytes are whole: an administrator gets it all the same with ./dr recover --backup " + id()
                        + " --anyway, or \"anyway\": true in POST /api/v1/runs"
                : "";
    }

    /** Whether a drill has found that it is bad. */
    public boolean condemned() {
        Manifest.Proof proof = manifest.proof();
        return proof != null && !proof.passed();
    }

    /** Whether a drill has found that it is good. */
    public boolean proven() {
        Manifest.Proof proof = manifest.proof();
        return proof != null && proof.passed();
    }

    private String failure() {
        Manifest.Proof proof = manifest.proof();
        return proof == null || proof.passed()
                ? "it failed (status FAILED)"
                : "the drill " + proof.run() + " of " + proof.at() + " found it bad (status FAILED): " + proof.reason();
    }

    /**
     * The same backup with the verdict of a drill that its manifest does not know of. A foreign file that was replaced since
     * is another backup under the same name.
     */
    Backup judged(Manifest.@Nullable Proof verdict) {
        Manifest.Proof known = manifest.proof();
        if (verdict == null
                || trust == Trust.BROKEN
                || known != null && !known.at().isBefore(verdict.at())) {
            return this;
        }
        Instant completed = manifest.completedAt();
        if (trust == Trust.FOREIGN && completed != null && completed.isAfter(verdict.at())) {
            return this;
        }
        return new Backup(manifest.judged(verdict), trust, keys, sizes, flaw);
    }

    /**
     * The same backup as two stores have it: of two that were judged the later verdict wins, else the manifest that says
     * FAILED, then the one that is further on.
     */
    Backup and(Backup other) {
        if (trust != other.trust) {
            // What nobody vouches for may claim any id: it adds nothing to what is vouched for, above all no key.
            return strongerThan(other) ? this : other;
        }
        Map<String, String> both = new LinkedHashMap<>(keys);
        both.putAll(other.keys);
        Map<String, Long> bothSizes = new LinkedHashMap<>(sizes);
        bothSizes.putAll(other.sizes);
        Backup stronger = strongerThan(other) ? this : other;
        return new Backup(stronger.manifest, stronger.trust, both, bothSizes, stronger.flaw);
    }

    private boolean strongerThan(Backup other) {
        Manifest.Proof mine = manifest.proof();
        Manifest.Proof its = other.manifest.proof();
        if (mine != null && its != null && trust == other.trust) {
            return !mine.at().isBefore(its.at());
        }
        if (trust == Trust.FOREIGN && other.trust == Trust.FOREIGN && (flaw == null) != (other.flaw == null)) {
            return flaw == null;
        }
        return rank() > other.rank() || rank() == other.rank() && its == null;
    }

    private int rank() {
        if (trust == Trust.BROKEN) {
            return -2;
        }
        if (trust == Trust.FOREIGN) {
            return -1;
        }
        return switch (manifest.status()) {
            case IN_PROGRESS -> 0;
            case COMPLETED -> 1;
            case VERIFIED -> 2;
            case FAILED -> 3;
        };
    }

    /** What stands behind it. */
    public enum Trust {
        /** A manifest whose HMAC is right. */
        VOUCHED,
        /** No manifest: something else made it, and no checksum vouches for it. */
        FOREIGN,
        /** A manifest whose HMAC is wrong; never restored. */
        BROKEN
    }
}
