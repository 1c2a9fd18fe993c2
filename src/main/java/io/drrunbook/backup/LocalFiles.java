package io.drrunbook.backup;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Walks through the local store's folder; what cannot be looked at costs itself and nothing else. */
final class LocalFiles extends SimpleFileVisitor<Path> {

    private final Path directory;
    private final @Nullable ListedFiles files;
    private final List<Path> unfinished;

    /** Hands all whole files to {@code files}. */
    LocalFiles(Path directory, ListedFiles files) {
        this(directory, files, new ArrayList<>());
    }

    /** Hands all unfinished files to {@code unfinished}. */
    LocalFiles(Path directory, List<Path> unfinished) {
        this(directory, null, unfinished);
    }

    private LocalFiles(Path directory, @Nullable ListedFiles files, List<Path> unfinished) {
        this.directory = directory;
        this.files = files;
        this.unfinished = unfinished;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
        if (file.toString().endsWith(LocalStore.PART)) {
            if (attributes.isRegularFile()) {
                unfinished.add(file);
            }
        } else if (files != null) {
            try {
                // A link to a file counts as that file; one that leads nowhere, or in a circle, cannot be read.
                list(
                        file,
                        attributes.isSymbolicLink()
                                ? Files.readAttributes(file, BasicFileAttributes.class)
                                : attributes);
            } catch (IOException e) {
                return visitFileFailed(file, e);
            }
        }
        return FileVisitResult.CONTINUE;
    }

    private void list(Path file, BasicFileAttributes attributes) {
        if (files != null && attributes.isDirectory() && Files.isSymbolicLink(file)) {
            files.unreadable(FileName.shown(directory.relativize(file).toString())
                    + " is a link to a folder, which is not followed: mount it there");
        } else if (files != null && attributes.isRegularFile()) {
            files.add(new StoredFile(
                    directory.relativize(file).toString(),
                    attributes.size(),
                    attributes.lastModifiedTime().toInstant(),
                    attributes.size() + "-" + attributes.lastModifiedTime().toMillis()));
        }
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
        if (file.equals(directory)) {
            throw failure;
        }
        if (files != null) {
            files.unreadable(FileName.shown(directory.relativize(file).toString()) + " cannot be looked at: "
                    + StoreFailure.of(failure).cause());
        }
        return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) throws IOException {
        return failure == null ? FileVisitResult.CONTINUE : visitFileFailed(folder, failure);
    }
}
