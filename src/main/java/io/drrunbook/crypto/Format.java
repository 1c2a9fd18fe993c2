package io.drrunbook.crypto;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;

/** Tells by the first bytes how something is encrypted or compressed; names of files tell nothing. */
final class Format {

    /** Enough bytes to tell any of them, with some empty lines in front. */
    static final int BYTES = 256;

    private static final byte[] ARMOUR = "-----BEGIN PGP MESSAGE".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FERNET = "gAAAA".getBytes(StandardCharsets.US_ASCII);

    /** RFC 1952 section 2.3.1, RFC 8878 section 3.1.1; then what other programs make. */
    private static final Map<String, byte[]> COMPRESSIONS = Map.of(
            "gzip", bytes(0x1f, 0x8b),
            "zstd", bytes(0x28, 0xb5, 0x2f, 0xfd),
            "bzip2", bytes('B', 'Z', 'h'),
            "xz", bytes(0xfd, '7', 'z', 'X', 'Z', 0),
            "lz4", bytes(0x04, 0x22, 0x4d, 0x18),
            "zip", bytes('P', 'K', 3, 4));

    private Format() {}

    /** {@code openpgp}, {@code fernet} or {@code none}. */
    static String encryption(byte[] start) {
        if (startsWith(start, FERNET)) {
            return "fernet";
        }
        return startsWith(withoutEmptyLines(start), ARMOUR) || isMessage(start) ? "openpgp" : "none";
    }

    /** {@code gzip}, {@code zstd} or {@code bzip2}, which are opened here, {@code none}, or one that is not opened. */
    static String compression(byte[] start) {
        return COMPRESSIONS.entrySet().stream()
                .filter(known -> startsWith(start, known.getValue()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse("none");
    }

    /**
     * RFC 4880 section 11.3: a message for a key or passphrase, or encrypted data itself; or one that is only signed or
     * compressed.
     */
    private static boolean isMessage(byte[] start) {
        return start.length > 0
                && switch (Packets.tag(start[0])) {
                    case Packets.PUBLIC_KEY_SESSION,
                            Packets.PASSPHRASE_SESSION,
                            Packets.ENCRYPTED,
                            Packets.ENCRYPTED_PROTECTED,
                            Packets.ENCRYPTED_AEAD,
                            Packets.MARKER,
                            Packets.SIGNATURE,
                            Packets.ONE_PASS_SIGNATURE,
                            Packets.COMPRESSED,
                            Packets.LITERAL -> true;
                    default -> false;
                };
    }

    private static byte[] withoutEmptyLines(byte[] start) {
        int from = 0;
        while (from < start.length && Character.isWhitespace(start[from])) {
            from++;
        }
        return Arrays.copyOfRange(start, from, start.length);
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }

    private static boolean startsWith(byte[] start, byte[] magic) {
        if (start.length < magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if (start[i] != magic[i]) {
                return false;
            }
        }
        return true;
    }
}
