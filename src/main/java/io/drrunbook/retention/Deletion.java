package io.drrunbook.retention;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.Stores;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The files of a backup that are deleted from a store. The manifest goes first: what is left half-way must not look whole.
 *
 * @param manifest its key
 * @param objects their keys
 */
public record Deletion(
        String store,
        UUID backupId,
        String application,
        String filename,
        Instant createdAt,
        String manifest,
        List<String> objects) {

    static Deletion of(String store, Backup backup, Stores stores) {
        Manifest manifest = backup.manifest();
        String object =
                backup.keys().getOrDefault(store, stores.key(store, manifest.application(), manifest.filename()));
        String folder = object.substring(0, object.lastIndexOf('/') + 1);
        List<String> objects = Stream.concat(
                        Stream.of(manifest.filename()),
                        manifest.objects().stream().map(Manifest.StoredObject::name))
                .distinct()
                .map(name -> folder + name)
                .toList();
        return new Deletion(
                store,
                manifest.id(),
                manifest.application(),
                manifest.filename(),
                manifest.createdAt(),
                object + ".json",
                objects);
    }
}
