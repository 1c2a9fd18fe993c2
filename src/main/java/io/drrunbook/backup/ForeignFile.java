package io.drrunbook.backup;

import io.drrunbook.crypto.FirstBytes;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A file that no manifest vouches for, made into a backup out of its name, size, time and first bytes. All of these are
 * claims of whoever can write to the store.
 */
final class ForeignFile {

    private static final Pattern NAME = Pattern.compile(
            "^(?:backup_(?<type>[a-z]+(?:_[a-z]+)*)_(?=\\d))?.*?(?<date>\\d{8})[_T-]?(?<time>\\d{6}).*",
            Pattern.CASE_INSENSITIVE);
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("uuuuMMddHHmmss");

    /** Kinds that are no full database; any other word in a name is a name. */
    private static final Set<String> PARTIAL = Set.of("INCREMENTAL", "DIFFERENTIAL");

    private static final String PARTIAL_ENDING = "_ONLY";

    private ForeignFile() {}

    /** A file of which it is known how it begins; {@code start} is empty when it was not looked at. */
    static Backup backup(String store, String application, StoredFile file, Optional<FirstBytes> start, Instant now) {
        return made(store, application, file, start.orElse(null), null, now);
    }

    /** A file that is none that can be restored. */
    static Backup flawed(String store, String application, StoredFile file, String flaw, Instant now) {
        return made(store, application, file, null, flaw, now);
    }

    private static Backup made(
            String store,
            String application,
            StoredFile file,
            @Nullable FirstBytes start,
            @Nullable String flaw,
            Instant now) {
        String filename = file.name();
        Matcher name = NAME.matcher(filename);
        boolean named = name.matches();
        Instant changed = earlier(file.lastModified(), now);
        Instant createdAt = named ? time(name, now).orElse(changed) : changed;
        if (start != null && start.sealedAt() != null) {
            // A token's time is under its HMAC: a name cannot make it newer.
            createdAt = earlier(createdAt, start.sealedAt());
        }
        UUID id = UUID.nameUUIDFromBytes((application + "/" + filename).getBytes(StandardCharsets.UTF_8));
        Manifest manifest = new Manifest(
                id,
                application,
                named ? type(name.group("type")) : Manifest.FULL_DATABASE,
                filename,
                file.sizeBytes(),
                List.of(new Manifest.StoredObject(filename, file.sizeBytes(), null, null)),
                0,
                Manifest.Status.COMPLETED,
                createdAt,
                changed,
                null,
                null,
                start == null ? null : start.dumpFormat(),
                start == null ? null : start.compression(),
                start == null ? null : start.encryption(),
                null,
                List.of(),
                null,
                null);
        return new Backup(
                manifest, Backup.Trust.FOREIGN, Map.of(store, file.key()), Map.of(store, file.sizeBytes()), flaw);
    }

    /** {@code backup_shop_...} is a backup of a shop, and not one of the type SHOP. */
    private static String type(@Nullable String word) {
        String type = word == null ? Manifest.FULL_DATABASE : word.toUpperCase(Locale.ROOT);
        return PARTIAL.contains(type) || type.endsWith(PARTIAL_ENDING) ? type : Manifest.FULL_DATABASE;
    }

    private static Instant earlier(Instant one, Instant other) {
        return one.isAfter(other) ? other : one;
    }

    /** The date in a name, when it is one and has come. */
    private static Optional<Instant> time(Matcher name, Instant now) {
        try {
            return Optional.of(LocalDateTime.parse(name.group("date") + name.group("time"), STAMP)
                            .toInstant(ZoneOffset.UTC))
                    .filter(at -> !at.isAfter(now));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
