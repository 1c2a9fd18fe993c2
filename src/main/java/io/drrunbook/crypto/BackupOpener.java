package io.drrunbook.crypto;

import com.github.luben.zstd.ZstdInputStream;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.apache.commons.io.input.CountingInputStream;
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
     * @param progress given the bytes of the sealed file that were read so far
     * @throws RunbookException {@code wrong_key}, {@code no_key}, {@code corrupt_backup}, {@code cancelled}
     * @throws IOException when a file cannot be read or written, e.g. a full disk
     */
    public OpenedBackup open(Path sealed, Path plain, LongConsumer progress, BooleanSupplier cancelled)
            throws IOException {
        boolean whole = false;
        try {
            String encryption = Format.encryption(start(sealed));
            OpenedBackup opened;
            try (Decryption decryption = decryption(encryption, sealed, progress)) {
                opened = decompress(encryption, decryption, plain, cancelled);
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
     * @return with the size of what could be read; 0 for a Fernet token, which is opened whole or not at all
     * @throws RunbookException {@code wrong_key}, {@code no_key}, {@code corrupt_backup}
     * @throws IOException when a file cannot be read or written
     */
    public OpenedBackup openBeginning(Path beginning, Path plain) throws IOException {
        String encryption = Format.encryption(start(beginning));
        if (encryption.equals("fernet")) {
            return new OpenedBackup(encryption, "unknown", 0);
        }
        try (Decryption decryption = decryption(encryption, beginning, bytes -> {});
                BufferedInputStream decrypted = new BufferedInputStream(decryption.content(), SLICE)) {
            decrypted.mark(Format.BYTES);
            byte[] start = decrypted.readNBytes(Format.BYTES);
            decrypted.reset();
            String compression = Format.compression(start);
            Cut clear = new Cut(decompressed(compression, decrypted));
            long size = write(clear, plain, () -> false);
            if (size == 0) {
                throw new CorruptBackupException(decryption.layer(), "nothing of its beginning can be read");
            }
            return new OpenedBackup(encryption, compression, size);
        }
    }

    private Decryption decryption(String encryption, Path sealed, LongConsumer progress) throws IOException {
        if (encryption.equals("fernet")) {
            Fernet.Token token = Fernet.authenticate(sealed, keys.fernetKeys());
            return Decryption.of(token.decrypt(observed(sealed, progress)), "Fernet");
        }
        return encryption.equals("openpgp")
                ? openPgp(sealed, progress)
                : Decryption.of(observed(sealed, progress), "file");
    }

    /** With the passphrase that seals, then with the former ones: each try reads the file from its beginning. */
    private Decryption openPgp(Path sealed, LongConsumer progress) throws IOException {
        List<String> passphrases = keys.passphrases();
        for (int i = 0; ; i++) {
            InputStream in = observed(sealed, progress);
            try {
                return OpenPgpDecryption.of(in, keys, passphrases.isEmpty() ? "" : passphrases.get(i));
            } catch (RunbookException e) {
                in.close();
                if (!e.code().equals("wrong_key") || i + 1 >= passphrases.size()) {
                    throw e;
                }
            }
        }
    }

    private OpenedBackup decompress(String encryption, Decryption decryption, Path plain, BooleanSupplier cancelled)
            throws IOException {
        // Decrypting and decompressing keep one core busy each.
        try (InputStream ahead = ReadAheadInputStream.builder()
                        .setInputStream(decryption.content())
                        .setBufferSize(BUFFER)
                        .get();
                BufferedInputStream decrypted = new BufferedInputStream(ahead, BUFFER)) {
            String compression = "none";
            String layer = decryption.layer();
            try {
                decrypted.mark(Format.BYTES);
                byte[] start = decrypted.readNBytes(Format.BYTES);
                decrypted.reset();
                compression = Format.compression(start);
                layer = compression.equals("none") ? layer : compression;
                long size = write(decompressed(compression, decrypted), plain, cancelled);
                decryption.verify();
                return new OpenedBackup(encryption, compression, size);
            } catch (FileSystemException | FileNotFoundException | DiskException e) {
                throw e;
            } catch (IOException e) {
                throw new CorruptBackupException(layer, e);
            }
        }
    }

    private static InputStream decompressed(String compression, InputStream in) throws IOException {
        return switch (compression) {
            case "gzip" -> new GzipCompressorInputStream(in, true);
            case "zstd" -> new ZstdInputStream(in);
            default -> in;
        };
    }

    private static long write(InputStream in, Path plain, BooleanSupplier cancelled) throws IOException {
        Files.deleteIfExists(plain);
        try (FileChannel file = FileChannel.open(
                        plain,
                        EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                OutputStream out = Channels.newOutputStream(file)) {
            byte[] chunk = new byte[BUFFER];
            long size = 0;
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                try {
                    out.write(chunk, 0, n);
                } catch (IOException e) {
                    throw new DiskException(plain, e);
                }
                size += n;
                if (cancelled.getAsBoolean()) {
                    throw new RunbookException("cancelled", "cancelled while decrypting");
                }
            }
            return size;
        }
    }

    private static InputStream observed(Path sealed, LongConsumer progress) throws IOException {
        InputStream file = Files.newInputStream(sealed);
        return new BufferedInputStream(new Observed(file, progress), BUFFER);
    }

    private static byte[] start(Path sealed) throws IOException {
        try (InputStream in = Files.newInputStream(sealed)) {
            return in.readNBytes(Format.BYTES);
        }
    }

    /** The disk failed, not the backup. */
    private static final class DiskException extends IOException {

        DiskException(Path file, IOException cause) {
            super(file + " cannot be written: " + cause.getMessage() + "; free space there and resume the run", cause);
        }
    }

    /** Tells how far a file has been read. */
    private static final class Observed extends CountingInputStream {

        private final LongConsumer progress;

        @SuppressWarnings("deprecation")
        Observed(InputStream in, LongConsumer progress) {
            super(in);
            this.progress = progress;
        }

        @Override
        protected synchronized void afterRead(int n) throws IOException {
            super.afterRead(n);
            progress.accept(getByteCount());
        }
    }

    /** Ends where its source fails: that is where the backup was cut. */
    private static final class Cut extends FilterInputStream {

        private boolean ended;

        Cut(InputStream in) {
            super(in);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            if (ended) {
                return -1;
            }
            try {
                return super.read(bytes, offset, Math.min(length, SLICE));
            } catch (IOException | RuntimeException e) {
                LOG.debug("the beginning of the backup ends here", e);
                ended = true;
                return -1;
            }
        }
    }
}
