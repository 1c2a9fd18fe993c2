package io.drrunbook.backup;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import software.amazon.awssdk.http.Abortable;

/** Takes in an object from a store: into a file of the service's user, checked against what the manifest says. */
public final class Arrival {

    private static final int CHUNK = 256 * 1024;

    private final DrSettings.Download limits;

    public Arrival(DrSettings.Download limits) {
        this.limits = limits;
    }

    /**
     * Reads {@code content} to its end into {@code target}, which is gone again when anything is wrong.
     *
     * @param expected size and SHA-256; a foreign object has no SHA-256 and only its size is compared
     * @param progress given the bytes so far
     * @return the SHA-256 of what arrived, in hexadecimal
     * @throws RunbookException ({@code too_slow}, {@code cut_short}, {@code corrupt}, {@code cancelled})
     * @throws IOException when the connection fails
     */
    public String take(
            InputStream content,
            Path target,
            Manifest.StoredObject expected,
            LongConsumer progress,
            BooleanSupplier cancelled)
            throws IOException {
        boolean whole = false;
        try {
            MessageDigest sha256 = sha256();
            long size = copy(new DigestInputStream(content, sha256), target, progress, cancelled);
            String hash = HexFormat.of().formatHex(sha256.digest());
            compare(expected, size, hash);
            whole = true;
            return hash;
        } finally {
            if (!whole) {
                abort(content);
                Files.deleteIfExists(target);
            } else {
                content.close();
            }
        }
    }

    /**
     * Reads {@code content} to its end and keeps nothing of it.
     *
     * @param progress given the bytes of each piece
     * @throws RunbookException ({@code too_slow}, {@code cancelled})
     * @throws IOException when the connection fails
     */
    public Fingerprint fingerprint(InputStream content, LongConsumer progress, BooleanSupplier cancelled)
            throws IOException {
        boolean whole = false;
        try {
            MessageDigest sha256 = sha256();
            Pace pace = new Pace(limits);
            byte[] chunk = new byte[CHUNK];
            long size = 0;
            for (int n = content.read(chunk); n >= 0; n = content.read(chunk)) {
                sha256.update(chunk, 0, n);
                size += n;
                pace.got(n);
                progress.accept(n);
                if (cancelled.getAsBoolean()) {
                    throw new RunbookException("cancelled", "cancelled while reading");
                }
            }
            whole = true;
            return new Fingerprint(size, HexFormat.of().formatHex(sha256.digest()));
        } finally {
            if (whole) {
                content.close();
            } else {
                abort(content);
            }
        }
    }

    /**
     * The same bytes, checked on their way: reading the last of them fails when they are not what was expected, so that
     * whoever writes them never comes to the end. Closing it early gives up the connection.
     */
    public InputStream checked(InputStream content, Manifest.StoredObject expected, BooleanSupplier cancelled) {
        return new CheckedContent(content, expected, new Pace(limits), cancelled);
    }

    private long copy(InputStream in, Path target, LongConsumer progress, BooleanSupplier cancelled)
            throws IOException {
        Files.deleteIfExists(target);
        try (FileChannel file = FileChannel.open(
                        target,
                        EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                OutputStream out = Channels.newOutputStream(file)) {
            Pace pace = new Pace(limits);
            byte[] chunk = new byte[CHUNK];
            long size = 0;
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                out.write(chunk, 0, n);
                size += n;
                pace.got(n);
                progress.accept(size);
                if (cancelled.getAsBoolean()) {
                    throw new RunbookException("cancelled", "cancelled while downloading");
                }
            }
            file.force(true);
            return size;
        }
    }

    static void compare(Manifest.StoredObject expected, long size, String hash) {
        if (size < expected.sizeBytes()) {
            throw new RunbookException(
                    "cut_short", "cut short: " + size + " of " + expected.sizeBytes() + " bytes arrived");
        }
        if (size > expected.sizeBytes()) {
            throw new RunbookException(
                    "corrupt",
                    "larger than its manifest says: " + size + " instead of " + expected.sizeBytes() + " bytes");
        }
        if (expected.sha256() != null && !expected.sha256().equalsIgnoreCase(hash)) {
            throw new RunbookException(
                    "corrupt", "SHA-256 differs: " + hash + " arrived, the manifest says " + expected.sha256());
        }
    }

    /** Closing an S3 stream would read the rest of it first. */
    static void abort(InputStream content) throws IOException {
        if (content instanceof Abortable connection) {
            connection.abort();
        } else {
            content.close();
        }
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** What somebody has read: bytes and SHA-256 in hexadecimal. */
    public record Fingerprint(long sizeBytes, String sha256) {}
}
