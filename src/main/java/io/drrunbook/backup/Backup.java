package io.drrunbook.backup;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A backup and where it lies.
 *
 * @param keys the key of its object by store name
 */
public record Backup(Manifest manifest, Trust trust, Map<String, String> keys) {

    public UUID id() {
        return manifest.id();
    }

    /** Why it is not to be restored, or empty when it may be. */
    public Optional<String> whyNotRestorable() {
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

    /**
     * Why it is refused, or empty. A drill, and an administrator who asks for it by its id, get also what a drill has
     * condemned: its bytes are whole.
     */
    public Optional<String> whyRefused(boolean drill, boolean anyway) {
        return drill || anyway ? whyNotDrillable() : whyNotRestorable();
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
        return new Backup(manifest.judged(verdict), trust, keys);
    }

    /**
     * The same backup as two stores have it: of two that were judged the later verdict wins, else the manifest that says
     * FAILED, then the one that is further on.
     */
    Backup and(Backup other) {
        Map<String, String> both = new LinkedHashMap<>(keys);
        both.putAll(other.keys);
        Backup stronger = strongerThan(other) ? this : other;
        return new Backup(stronger.manifest, stronger.trust, both);
    }

    private boolean strongerThan(Backup other) {
        Manifest.Proof mine = manifest.proof();
        Manifest.Proof its = other.manifest.proof();
        if (mine != null && its != null && trust == other.trust) {
            return !mine.at().isBefore(its.at());
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
