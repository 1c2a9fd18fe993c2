package io.drrunbook.crypto;

import io.drrunbook.failure.RunbookException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.function.BooleanSupplier;

/** What comes out of a backup: a file that only the service's user can read, and that does not grow past its room. */
record PlainFile(Path path, Room room) {

    private static final int BUFFER = 512 * 1024;

    /**
     * Writes all there is.
     *
     * @return how many bytes that were
     * @throws RunbookException {@code expands_too_far}, {@code cancelled}, {@code disk_full}, {@code disk_failed}
     */
    long write(InputStream in, BooleanSupplier cancelled) throws IOException {
        try (OutputStream out = open()) {
            byte[] chunk = new byte[BUFFER];
            long size = 0;
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                size += n;
                if (size > room.bytes()) {
                    throw new RunbookException(
                            "expands_too_far",
                            "the backup becomes larger than " + room.bytes() + " bytes (" + room.origin()
                                    + "): opening it was stopped, and what was written is removed");
                }
                put(out, chunk, n);
                if (cancelled.getAsBoolean()) {
                    throw new RunbookException("cancelled", "cancelled while decrypting");
                }
            }
            return size;
        }
    }

    private OutputStream open() {
        try {
            Files.deleteIfExists(path);
            return Channels.newOutputStream(FileChannel.open(
                    path,
                    EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))));
        } catch (IOException e) {
            throw DiskFailure.writing(path, e);
        }
    }

    private void put(OutputStream out, byte[] chunk, int n) {
        try {
            out.write(chunk, 0, n);
        } catch (IOException e) {
            throw DiskFailure.writing(path, e);
        }
    }
}
