package io.drrunbook.backup;

import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.ProducerTemplate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.annotation.Lazy;
import org.springframework.stereotype.Component;

/**
 * Turns a store's listing into backups: reads the manifests, and makes one for each foreign file.
 *
 * <p>A manifest that has not changed since the last look is not read again.
 */
@Component
class StoreContents {

    private static final Logger LOG = LoggerFactory.getLogger(StoreContents.class);
    private static final Pattern NAME = Pattern.compile(
            "^(?:backup_(?<type>[a-z]+(?:_[a-z]+)*)_(?=\\d))?.*?(?<date>\\d{8})[_T-]?(?<time>\\d{6}).*",
            Pattern.CASE_INSENSITIVE);
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMddHHmmss");
    private static final int READERS = 16;
    private static final int LARGEST_MANIFEST = 4 * 1024 * 1024;

    private final DrSettings settings;
    private final ManifestSeal seal;
    private final ProducerTemplate producer;
    private final Map<String, Backup> known = new ConcurrentHashMap<>();
    private final ExecutorService readers = Executors.newFixedThreadPool(READERS, task -> {
        Thread thread = new Thread(task, "manifest-reader");
        thread.setDaemon(true);
        return thread;
    });

    StoreContents(DrSettings settings, ManifestSeal seal, @Lazy ProducerTemplate producer) {
        this.settings = settings;
        this.seal = seal;
        this.producer = producer;
    }

    /** The backups among the files of a store. */
    public StoreListing read(@ExchangeProperty("store") String store, @Body List<StoredFile> files) throws Exception {
        Map<String, StoredFile> byKey = new HashMap<>();
        files.forEach(file -> byKey.put(file.key(), file));
        List<Future<Optional<Backup>>> reads = new ArrayList<>();
        for (StoredFile file : files) {
            reads.add(readers.submit(() -> backup(store, file, byKey)));
        }
        List<Backup> found = new ArrayList<>();
        for (Future<Optional<Backup>> read : reads) {
            read.get().ifPresent(found::add);
        }
        List<Backup> backups = withoutParts(found);
        backups.sort(Comparator.comparing((Backup backup) -> backup.manifest().createdAt())
                .reversed());
        return StoreListing.answered(store, backups, byName(store, files));
    }

    /** With one application a file may lie in its folder or above it; what lies in the folder counts. */
    private Map<String, StoredFile> byName(String store, List<StoredFile> files) {
        Map<String, StoredFile> byName = new HashMap<>();
        for (StoredFile file : files) {
            String key = file.key();
            application(store, key)
                    .ifPresent(application -> byName.merge(
                            application + "/" + key.substring(key.lastIndexOf('/') + 1),
                            file,
                            (one, other) -> one.key().length() > other.key().length() ? one : other));
        }
        return Map.copyOf(byName);
    }

    /** A file that a manifest names as one of its objects is a part of that backup, not a foreign one. */
    private static List<Backup> withoutParts(List<Backup> found) {
        Set<String> parts = found.stream()
                .filter(backup -> backup.trust() != Backup.Trust.FOREIGN)
                .map(Backup::manifest)
                .flatMap(manifest ->
                        manifest.objects().stream().map(object -> manifest.application() + "/" + object.name()))
                .collect(Collectors.toSet());
        return new ArrayList<>(found.stream()
                .filter(backup -> backup.trust() != Backup.Trust.FOREIGN
                        || !parts.contains(backup.manifest().application() + "/"
                                + backup.manifest().filename()))
                .toList());
    }

    /** The listing of a store that did not answer. */
    public StoreListing silent(Exchange exchange) {
        String store = exchange.getProperty("store", String.class);
        StoreFailure failure = StoreFailure.of(exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class));
        if (!failure.outcome().equals("not_configured")) {
            LOG.warn("{} does not list its backups ({}): {}", store, failure.outcome(), failure.cause());
        }
        return StoreListing.silent(store, failure.cause());
    }

    private Optional<Backup> backup(String store, StoredFile file, Map<String, StoredFile> all) {
        Optional<String> application = application(store, file.key());
        if (application.isEmpty()) {
            return Optional.empty();
        }
        String key = file.key();
        if (key.endsWith(".json")) {
            return manifest(store, file, all)
                    .filter(backup -> backup.manifest().application().equals(application.get()));
        }
        return hasManifest(key, all) || key.contains(Manifest.GLOBALS_MARK)
                ? Optional.empty()
                : Optional.of(foreign(store, application.get(), file));
    }

    private static boolean hasManifest(String key, Map<String, StoredFile> all) {
        int name = key.lastIndexOf('/') + 1;
        int suffix = key.indexOf('.', name);
        return all.containsKey(key + ".json") || suffix > 0 && all.containsKey(key.substring(0, suffix) + ".json");
    }

    private Optional<Backup> manifest(String store, StoredFile file, Map<String, StoredFile> all) {
        String version = store + " " + file.key() + " " + file.version();
        Backup before = known.get(version);
        if (before != null) {
            return Optional.of(located(before, store, file, all));
        }
        if (file.sizeBytes() > LARGEST_MANIFEST) {
            LOG.warn("{} in {} has {} bytes: no manifest is that large, not used", file.key(), store, file.sizeBytes());
            return Optional.empty();
        }
        try (InputStream content = Objects.requireNonNull(producer.requestBodyAndHeader(
                "direct:read-from-" + store, null, "key", file.key(), InputStream.class))) {
            Backup backup = seal.read(content.readNBytes(LARGEST_MANIFEST));
            if (backup.trust() == Backup.Trust.BROKEN) {
                LOG.warn(
                        "manifest {} in {} is not used: its HMAC is wrong; somebody without the key has written it,"
                                + " or dr.encryption.manifest-key has changed",
                        file.key(),
                        store);
            }
            known.put(version, backup);
            return Optional.of(located(backup, store, file, all));
        } catch (IOException e) {
            LOG.warn("{} in {} is not used: {}", file.key(), store, e.getMessage());
            return Optional.empty();
        }
    }

    /** The object lies beside its manifest, or this store has lost it. */
    private static Backup located(Backup backup, String store, StoredFile file, Map<String, StoredFile> all) {
        String folder = file.key().substring(0, file.key().lastIndexOf('/') + 1);
        String key = folder + backup.manifest().filename();
        return all.containsKey(key) ? new Backup(backup.manifest(), backup.trust(), Map.of(store, key)) : backup;
    }

    /** A file below {@code <prefix>/<application>/}; with one application also straight below the prefix. */
    private Optional<String> application(String store, String key) {
        String prefix = prefix(store);
        String path = key.startsWith(prefix) ? key.substring(prefix.length()) : key;
        int slash = path.indexOf('/');
        if (slash < 0) {
            return settings.applications().size() == 1
                    ? settings.applications().keySet().stream().findFirst()
                    : Optional.empty();
        }
        String folder = path.substring(0, slash);
        boolean direct = path.indexOf('/', slash + 1) < 0 && slash < path.length() - 1;
        return direct && settings.applications().containsKey(folder) ? Optional.of(folder) : Optional.empty();
    }

    private String prefix(String store) {
        return switch (store) {
            case "r2" -> Stores.prefix(settings.stores().r2());
            case "b2" -> Stores.prefix(settings.stores().b2());
            default -> "";
        };
    }

    private static Backup foreign(String store, String application, StoredFile file) {
        String filename = file.key().substring(file.key().lastIndexOf('/') + 1);
        Matcher name = NAME.matcher(filename);
        boolean named = name.matches();
        Instant createdAt = named ? time(name).orElse(file.lastModified()) : file.lastModified();
        String type = named && name.group("type") != null
                ? name.group("type").toUpperCase(Locale.ROOT)
                : Manifest.FULL_DATABASE;
        UUID id = UUID.nameUUIDFromBytes((application + "/" + filename).getBytes(StandardCharsets.UTF_8));
        Manifest manifest = new Manifest(
                id,
                application,
                type,
                filename,
                file.sizeBytes(),
                List.of(new Manifest.StoredObject(filename, file.sizeBytes(), null, null)),
                0,
                Manifest.Status.COMPLETED,
                createdAt,
                file.lastModified(),
                null,
                null,
                null,
                null,
                null,
                null,
                List.of(),
                null,
                null);
        return new Backup(manifest, Backup.Trust.FOREIGN, Map.of(store, file.key()));
    }

    private static Optional<Instant> time(Matcher name) {
        try {
            return Optional.of(LocalDateTime.parse(name.group("date") + name.group("time"), STAMP)
                    .toInstant(ZoneOffset.UTC));
        } catch (DateTimeParseException e) {
            LOG.debug("{} holds digits that are no date: its time of change counts", name.group());
            return Optional.empty();
        }
    }
}
