package io.drrunbook.crypto;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.apache.commons.io.input.ReadAheadInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * Decrypts and decompresses a backup as a stream, by what its bytes say it is.
 *
 * <p>The plain file exists afterwards only when every layer was whole to its last byte: OpenPGP's integrity packet,
 * Fernet's HMAC (checked before anything is decrypted), gzip's CRC and length, zstd's frames.
 */
@Component
public class BackupOpener {

    private static final Logger LOG = LoggerFactory.getLogger(BackupOpener.class);
    private static final int BUFFER = 512 * 1024;

    /** What is read at once where the end is missing: all of a read that runs into it is lost. */
    private static final int SLICE = 4096;

    private final DrSettings.Encryption keys;

    public BackupOpener(DrSettings settings) {
        this.keys = settings.encryption();
    }

    /**
     * Opens {@code sealed} into {@code plain}, which only the service's user can read.
     *
     * @param room how large the plain file may become
     * @param progress given the bytes of the sealed file that were read so far
     * @throws RunbookException {@code wrong_key}, {@code no_key}, {@code unsupported_encryption}, {@code
     *     unsupported_compression}, {@code corrupt_backup}, {@code expands_too_far}, {@code disk_full}, {@code disk_failed},
     *     {@code cancelled}
     */
    public OpenedBackup open(Path sealed, Path plain, Room room, LongConsumer progress, BooleanSupplier cancelled)
            throws IOException {
        SealedFile file = new SealedFile(sealed, progress);
        boolean whole = false;
        try {
            String encryption = encryption(file);
            OpenedBackup opened;
            try (Decryption decryption = decryption(encryption, file, true)) {
                opened = decompress(encryption, decryption, new PlainFile(plain, room), cancelled);
            }
            whole = true;
            return opened;
        } finally {
            if (!whole) {
                Files.deleteIfExists(plain);
            }
        }
    }

    /**
     * Opens as much as there is of a backup whose end is missing, to see whether the keys fit and what is inside. What
     * comes out is not proven and must not be restored.
     *
     * @param beginning the first bytes of a sealed backup
     * @param room where reading stops
     * @return with the size of what could be read; 0 for what is opened whole or not at all: a Fernet token, chunks of AEAD
     * @throws RunbookException as {@link #open} does
     */
    public OpenedBackup openBeginning(Path beginning, Path plain, Room room) throws IOException {
        SealedFile file = new SealedFile(beginning, bytes -> {});
        String encryption = encryption(file);
        if (encryption.equals("fernet")) {
            return new OpenedBackup(encryption, "unknown", 0);
        }
        try (Decryption decryption = decryption(encryption, file, false);
                BufferedInputStream decrypted = new BufferedInputStream(decryption.content(), SLICE)) {
            if (!decryption.opensInPart()) {
                return new OpenedBackup(encryption, "unknown", 0);
            }
            String compression = compression(decrypted);
            Beginning clear = new Beginning(Decompression.of(compression, decrypted), room.bytes());
            long size = new PlainFile(plain, room).write(clear, () -> false);
            if (size == 0) {
                throw new CorruptBackupException(decryption.layer(), "nothing of its beginning can be read");
            }
            return new OpenedBackup(encryption, compression, size);
        } catch (IOException e) {
            throw CorruptBackupException.of("outermost", e);
        }
    }

    private static String encryption(SealedFile file) throws IOException {
        byte[] start = file.start();
        if (start.length == 0) {
            throw new CorruptBackupException("outermost", "it is empty, 0 bytes");
        }
        return Format.encryption(start);
    }

    private Decryption decryption(String encryption, SealedFile file, boolean whole) throws IOException {
        return switch (encryption) {
            case "fernet" ->
                Decryption.of(Fernet.authenticate(file, keys.fernetKeys()).decrypt(file.stream()), "Fernet");
            case "openpgp" -> OpenPgpDecryption.of(file, keys, whole);
            default -> Decryption.of(file.stream(), "file");
        };
    }

    private OpenedBackup decompress(
            String encryption, Decryption decryption, PlainFile plain, BooleanSupplier cancelled) throws IOException {
        String layer = decryption.layer();
        // Decrypting and decompressing keep one core busy each.
        try (InputStream ahead = ReadAheadInputStream.builder()
                        .setInputStream(decryption.content())
                        .setBufferSize(BUFFER)
                        .get();
                BufferedInputStream decrypted = new BufferedInputStream(ahead, BUFFER)) {
            String compression = compression(decrypted);
            layer = compression.equals("none") ? layer : compression;
            long size = plain.write(Decompression.of(compression, decrypted), cancelled);
            decryption.verify();
            if (size == 0) {
                throw new CorruptBackupException(layer, "it is empty, nothing is inside");
            }
            return new OpenedBackup(encryption, compression, size);
        } catch (IOException | RuntimeException e) {
            throw CorruptBackupException.of(layer, e);
        }
    }

    private static String compression(BufferedInputStream decrypted) throws IOException {
        decrypted.mark(Format.BYTES);
        byte[] start = decrypted.readNBytes(Format.BYTES);
        decrypted.reset();
        return Format.compression(start);
    }

    /** Ends where its source fails, because that is where the backup was cut, and where enough was read. */
    private static final class Beginning extends FilterInputStream {

        private long left;

        Beginning(InputStream in, long most) {
            super(in);
            this.left = most;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            if (left <= 0) {
                return -1;
            }
            try {
                int n = super.read(bytes, offset, (int) Math.min(Math.min(length, SLICE), left));
                left -= n;
                return n;
            } catch (IOException | RuntimeException e) {
                LOG.debug("the beginning of the backup ends here", e);
                left = 0;
                return -1;
            }
        }
    }
}
