package io.drrunbook.readiness;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Manifest;
import io.drrunbook.figures.Figures;
import io.drrunbook.settings.DrSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/**
 * The newest backup of an application when it is not like those before it: half a table's rows may be missing, or the
 * database server may be ill.
 *
 * @param message what is unusual, in a sentence
 */
public record UnusualBackup(Backup backup, String message) {

    /** The usual is the median of so many ... */
    private static final int LOOK_BACK = 10;

    /** ... and of no fewer than so many. */
    private static final int LEAST = 3;

    /** A difference of less says nothing, in seconds: small databases take one second or two. */
    private static final double LEAST_DIFFERENCE = 60;

    /**
     * Compares the newest of an application's good backups with those before it that were compressed and made in the same
     * way.
     *
     * @param good newest first
     */
    public static Optional<UnusualBackup> among(List<Backup> good, DrSettings.Backup limits) {
        Instant now = Instant.now();
        List<Backup> ours = good.stream()
                .filter(backup -> backup.trust() == Backup.Trust.VOUCHED && !backup.isAheadOf(now))
                .toList();
        if (ours.isEmpty()) {
            return Optional.empty();
        }
        Backup newest = ours.get(0);
        List<Manifest> before = ours.stream()
                .skip(1)
                .map(Backup::manifest)
                .filter(manifest ->
                        Objects.equals(manifest.compression(), newest.manifest().compression()))
                .limit(LOOK_BACK)
                .toList();
        List<String> unusual = new ArrayList<>();
        size(newest.manifest(), before, limits.unusualSize()).ifPresent(unusual::add);
        duration(newest.manifest(), before, limits.unusualDuration()).ifPresent(unusual::add);
        return unusual.isEmpty()
                ? Optional.empty()
                : Optional.of(new UnusualBackup(
                        newest,
                        "the newest good backup of " + newest.manifest().application() + " is unusual: "
                                + String.join("; ", unusual) + "; look whether that is as it should be, and drill"));
    }

    private static Optional<String> size(Manifest newest, List<Manifest> before, double share) {
        OptionalDouble usual = median(before, Manifest::sizeBytes);
        if (usual.isEmpty() || usual.getAsDouble() == 0) {
            return Optional.empty();
        }
        double difference = newest.sizeBytes() / usual.getAsDouble() - 1;
        return Math.abs(difference) <= share
                ? Optional.empty()
                : Optional.of(
                        "it has " + Figures.bytes(newest.sizeBytes()) + ", " + Math.round(Math.abs(difference) * 100)
                                + " % " + (difference > 0 ? "more" : "less") + " than the usual "
                                + Figures.bytes(usual.getAsDouble()));
    }

    private static Optional<String> duration(Manifest newest, List<Manifest> before, double factor) {
        OptionalDouble usual = median(
                before.stream()
                        .filter(manifest -> manifest.completedAt() != null)
                        .toList(),
                UnusualBackup::seconds);
        if (newest.completedAt() == null || usual.isEmpty()) {
            return Optional.empty();
        }
        double took = seconds(newest);
        boolean far = took > usual.getAsDouble() * factor || took < usual.getAsDouble() / factor;
        return far && Math.abs(took - usual.getAsDouble()) >= LEAST_DIFFERENCE
                ? Optional.of("it took " + Figures.duration(took) + " instead of the usual "
                        + Figures.duration(usual.getAsDouble()))
                : Optional.empty();
    }

    private static double seconds(Manifest manifest) {
        Instant completed = Objects.requireNonNull(manifest.completedAt());
        return Duration.between(manifest.createdAt(), completed).toMillis() / 1000.0;
    }

    private static OptionalDouble median(List<Manifest> before, ToDoubleFunction<Manifest> of) {
        double[] sorted = before.stream().mapToDouble(of).sorted().toArray();
        int middle = sorted.length / 2;
        if (sorted.length < LEAST) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of(sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2);
    }
}
