package io.drrunbook.backup;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What one store holds, or why it did not say.
 *
 * @param store {@code r2}, {@code b2} or {@code local}
 * @param backups newest first
 * @param error null when it answered
 * @param files every file of an application, by {@code <application>/<file name>}
 * @param unread those that were listed and could not be read, by the same name, with the reason
 * @param notes what was passed over and belongs to no backup, a sentence each
 */
public record StoreListing(
        String store,
        List<Backup> backups,
        @Nullable String error,
        Map<String, StoredFile> files,
        Map<String, String> unread,
        List<String> notes) {

    static StoreListing answered(
            String store,
            List<Backup> backups,
            Map<String, StoredFile> files,
            Map<String, String> unread,
            List<String> notes) {
        return new StoreListing(store, backups, null, files, unread, notes);
    }

    static StoreListing silent(String store, String error) {
        return new StoreListing(store, List.of(), error, Map.of(), Map.of(), List.of());
    }

    /** Why the file of that name, which lies here, could not be read; empty when it was. */
    public Optional<String> whyUnread(String application, String name) {
        return Optional.ofNullable(unread.get(application + "/" + name));
    }

    public boolean answered() {
        return error == null;
    }

    /** The file of that name as it lies in this store. */
    public Optional<StoredFile> file(String application, String name) {
        return Optional.ofNullable(files.get(application + "/" + name));
    }

    /** The backup as this store has it, with the manifest that lies here. */
    public Optional<Backup> find(String application, UUID id) {
        return backups.stream()
                .filter(backup -> backup.id().equals(id)
                        && backup.manifest().application().equals(application))
                .findFirst();
    }

    Optional<String> trouble() {
        return Optional.ofNullable(error).map(cause -> store + ": " + cause);
    }
}
