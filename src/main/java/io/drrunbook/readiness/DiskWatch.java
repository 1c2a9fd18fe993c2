package io.drrunbook.readiness;

import io.drrunbook.settings.DrSettings;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * How full the disks are that the service itself writes to. Whoever asks sees the last look: a folder on a network that
 * hangs keeps nobody waiting.
 */
@Component("diskWatch")
public class DiskWatch {

    private static final Logger LOG = LoggerFactory.getLogger(DiskWatch.class);

    private final Map<String, Path> places = new TreeMap<>();
    private final double warning;
    private volatile Optional<List<Disk>> last = Optional.empty();

    DiskWatch(DrSettings settings, MeterRegistry registry) {
        this.warning = settings.retention().diskWarning();
        places.put("work", settings.workDirectory());
        if (settings.stores().local().configured()) {
            places.put("local", Objects.requireNonNull(settings.stores().local().directory()));
        }
        places.keySet()
                .forEach(place -> Gauge.builder("dr.disk.used", () -> used(place))
                        .tag("place", place)
                        .baseUnit("ratio")
                        .description("Used share of the disk under the local store or the work directory")
                        .register(registry));
    }

    /** Looks at each disk. A folder that is not there yet is left out. */
    public void look() {
        Map<FileStore, Map<String, Path>> byDisk = new LinkedHashMap<>();
        places.forEach((place, folder) -> {
            try {
                if (Files.isDirectory(folder)) {
                    byDisk.computeIfAbsent(Files.getFileStore(folder), disk -> new TreeMap<>())
                            .put(place, folder);
                }
            } catch (IOException e) {
                LOG.warn("how full the disk of {} is cannot be seen: {}", folder, e.getMessage());
            }
        });
        last = Optional.of(byDisk.entrySet().stream()
                .map(disk -> new Disk(disk.getValue(), used(disk.getKey())))
                .toList());
    }

    /** Those that are fuller than {@code dr.retention.disk-warning}, as of the last look; empty before the first. */
    public Optional<List<Disk>> filling() {
        return last.map(
                disks -> disks.stream().filter(disk -> disk.used() > warning).toList());
    }

    private double used(String place) {
        return last.stream()
                .flatMap(List::stream)
                .filter(disk -> disk.places().containsKey(place))
                .mapToDouble(Disk::used)
                .findFirst()
                .orElse(Double.NaN);
    }

    /** As df counts: what is kept for root is not there. */
    private static double used(FileStore disk) {
        try {
            double used = disk.getTotalSpace() - disk.getUnallocatedSpace();
            double room = used + disk.getUsableSpace();
            return room == 0 ? Double.NaN : used / room;
        } catch (IOException e) {
            LOG.warn("how full {} is cannot be seen: {}", disk, e.getMessage());
            return Double.NaN;
        }
    }

    /**
     * A disk.
     *
     * @param places folders of the service on it: {@code local}, {@code work}
     * @param used share, 0 to 1; NaN when it could not be seen
     */
    public record Disk(Map<String, Path> places, double used) {

        /** A sentence for whoever must make room. */
        public String message() {
            return "the disk of " + places.values().stream().map(Path::toString).collect(Collectors.joining(" and "))
                    + " (" + places.keySet().stream().map(Disk::setting).collect(Collectors.joining(", ")) + ") is "
                    + Math.round(used * 100) + " % full; make room, or shorten dr.retention.local";
        }

        private static String setting(String place) {
            return place.equals("local") ? "dr.stores.local.directory" : "dr.work-directory";
        }
    }
}
