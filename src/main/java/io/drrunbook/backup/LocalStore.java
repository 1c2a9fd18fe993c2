package io.drrunbook.backup;

import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.apache.camel.Body;
import org.apache.camel.Header;
import org.springframework.stereotype.Component;

/** The store that is a folder of this machine. */
@Component
class LocalStore {

    /** What the name of a file ends with until it is whole. */
    static final String PART = ".part";

    private final DrSettings settings;
    private final Stores stores;
    private final ListingLimits limits;

    LocalStore(DrSettings settings, Stores stores, ListingLimits limits) {
        this.settings = settings;
        this.stores = stores;
        this.limits = limits;
    }

    /** All files below the folder; what cannot be looked at, such as lost+found, is left out and named. */
    public ListedFiles list() throws IOException {
        Path directory = directory();
        if (!Files.isDirectory(directory)) {
            throw new NoSuchFileException(directory.toString(), null, "the folder of dr.stores.local does not exist");
        }
        ListedFiles files = new ListedFiles(key -> stores.application("local", key), limits.files());
        // The folder may itself be a link, which a walk would not follow.
        Path real = directory.toRealPath();
        Files.walkFileTree(real, Set.of(), 2, new LocalFiles(real, files));
        return files;
    }

    /** Size of the file of that key, in bytes. */
    public long size(@Header("key") String key) throws IOException {
        return Files.size(file(key));
    }

    /** Opens the file of that key. */
    public InputStream open(@Header("key") String key) throws IOException {
        return Files.newInputStream(file(key));
    }

    /** Reads {@code content} to its end into the store, and closes it; the file has its name only when it is whole. */
    public void write(@Header("key") String key, @Body InputStream content) throws IOException {
        Path target = file(key);
        Files.createDirectories(
                Objects.requireNonNull(target.getParent()),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Path part = target.resolveSibling(target.getFileName() + PART);
        boolean whole = false;
        try (content) {
            copy(content, part);
            Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            whole = true;
        } finally {
            if (!whole) {
                Files.deleteIfExists(part);
            }
        }
    }

    private static void copy(InputStream content, Path part) throws IOException {
        Files.deleteIfExists(part);
        try (FileChannel file = FileChannel.open(
                        part,
                        EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                OutputStream out = Channels.newOutputStream(file)) {
            content.transferTo(out);
            file.force(true);
        }
    }

    /** Deletes the file of that key; nothing happens when there is none. */
    public void delete(@Header("key") String key) throws IOException {
        Files.deleteIfExists(file(key));
    }

    /** Deletes the beginnings of files below that prefix that nobody has written to since {@code before}. */
    public void dropUnfinished(String prefix, Instant before) throws IOException {
        if (!Files.isDirectory(directory())) {
            return;
        }
        List<Path> unfinished = new ArrayList<>();
        Path real = directory().toRealPath();
        Files.walkFileTree(real, Set.of(), 2, new LocalFiles(real, unfinished));
        for (Path part : unfinished) {
            if (real.relativize(part).toString().startsWith(prefix)
                    && Files.getLastModifiedTime(part).toInstant().isBefore(before)) {
                Files.deleteIfExists(part);
            }
        }
    }

    private Path directory() {
        return Objects.requireNonNull(settings.stores().local().directory())
                .toAbsolutePath()
                .normalize();
    }

    private Path file(String key) throws IOException {
        Path file;
        try {
            file = directory().resolve(key).normalize();
        } catch (InvalidPathException e) {
            throw new NoSuchFileException(FileName.shown(key), null, "no file can have that name");
        }
        if (!file.startsWith(directory())) {
            throw new IOException("'" + key + "' leads out of " + directory());
        }
        return file;
    }
}
