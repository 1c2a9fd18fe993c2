package io.drrunbook.crypto;

import com.github.luben.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the first bytes of a file say it is, when it may be a backup. Nothing of it is proven: that takes all of its bytes.
 *
 * @param encryption {@code openpgp}, {@code fernet} or {@code none}
 * @param compression {@code gzip}, {@code zstd}, {@code none}; null when it lies inside an encryption
 * @param dumpFormat {@code custom}, {@code tar}, {@code plain}; null when it cannot be seen
 * @param sealedAt when a Fernet token was made, as the token itself says; null for anything else
 */
public record FirstBytes(
        String encryption,
        @Nullable String compression,
        @Nullable String dumpFormat,
        @Nullable Instant sealedAt) {

    /** So many are enough to tell; no more, because a store that trickles is asked for them before a recovery. */
    public static final int BYTES = 2048;

    /** The name of the original system's encryption. */
    public static final String FERNET = "fernet";

    private static final Logger LOG = LoggerFactory.getLogger(FirstBytes.class);
    private static final int HEAD = 4096;
    private static final int SLICE = 64;

    /** 2 to the power of: what a zstd frame may ask for while only its beginning is looked at. */
    private static final int LARGEST_WINDOW = 23;

    /** Version and time of a token in base64: 9 bytes. */
    private static final int TOKEN_HEAD = 12;

    /** What begins like this; empty when it is no backup. */
    public static Optional<FirstBytes> of(byte[] start) {
        String encryption = Format.encryption(start);
        if (encryption.equals(FERNET)) {
            return sealedAt(start).map(at -> new FirstBytes(encryption, null, null, at));
        }
        if (!encryption.equals("none")) {
            return Optional.of(new FirstBytes(encryption, null, null, null));
        }
        String compression = Format.compression(start);
        if (compression.equals("none")) {
            return dumpFormat(start).map(format -> new FirstBytes(encryption, compression, format, null));
        }
        Optional<byte[]> inside = inside(compression, start);
        if (inside.isEmpty()) {
            return Optional.of(new FirstBytes(encryption, compression, null, null));
        }
        return dumpFormat(inside.get()).map(format -> new FirstBytes(encryption, compression, format, null));
    }

    /** How what is compressed begins; empty when that cannot be seen from so few bytes. */
    private static Optional<byte[]> inside(String compression, byte[] start) {
        byte[] head = new byte[HEAD];
        int size = 0;
        try (InputStream in = decompressed(compression, start)) {
            int n = 0;
            while (n >= 0 && size < HEAD) {
                size += n;
                // In slices: all of a read that runs into the missing end is lost.
                n = in.read(head, size, Math.min(SLICE, HEAD - size));
            }
        } catch (IOException | RuntimeException e) {
            LOG.debug("the beginning of what is compressed ends after {} bytes", size, e);
            if (size == 0) {
                return Optional.empty();
            }
        }
        return Optional.of(Arrays.copyOf(head, size));
    }

    private static InputStream decompressed(String compression, byte[] start) throws IOException {
        InputStream in = new ByteArrayInputStream(start);
        return compression.equals("gzip")
                ? new GzipCompressorInputStream(in)
                : new ZstdInputStream(in).setLongMax(LARGEST_WINDOW);
    }

    private static Optional<String> dumpFormat(byte[] start) {
        String head = new String(start, 0, Math.min(start.length, HEAD), StandardCharsets.ISO_8859_1);
        if (head.startsWith("PGDMP")) {
            return Optional.of("custom");
        }
        if (head.startsWith("toc.dat\0")) {
            return Optional.of("tar");
        }
        return head.contains("-- PostgreSQL database dump\n") || head.contains("-- PostgreSQL database dump\r\n")
                ? Optional.of("plain")
                : Optional.empty();
    }

    /** Fernet's specification: a byte 0x80, then the time in seconds since 1970. */
    private static Optional<Instant> sealedAt(byte[] start) {
        if (start.length < TOKEN_HEAD) {
            return Optional.empty();
        }
        String text = new String(start, 0, TOKEN_HEAD, StandardCharsets.US_ASCII);
        if (!text.matches("[A-Za-z0-9_-]+")) {
            return Optional.empty();
        }
        long seconds = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text)).getLong(1);
        return seconds < 0 || seconds > Instant.parse("9999-12-31T23:59:59Z").getEpochSecond()
                ? Optional.empty()
                : Optional.of(Instant.ofEpochSecond(seconds));
    }
}
