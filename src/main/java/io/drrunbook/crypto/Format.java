package io.drrunbook.crypto;

import java.nio.charset.StandardCharsets;

/** Tells by the first bytes how something is encrypted or compressed; names of files tell nothing. */
final class Format {

    /** Enough bytes to tell any of them. */
    static final int BYTES = 64;

    private static final byte[] ARMOUR = "-----BEGIN PGP MESSAGE".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FERNET = "gAAAA".getBytes(StandardCharsets.US_ASCII);

    private Format() {}

    /** {@code openpgp}, {@code fernet} or {@code none}. */
    static String encryption(byte[] start) {
        if (startsWith(start, FERNET)) {
            return "fernet";
        }
        return startsWith(start, ARMOUR) || isEncryptedPacket(start) ? "openpgp" : "none";
    }

    /** {@code gzip}, {@code zstd} or {@code none}. RFC 1952 section 2.3.1, RFC 8878 section 3.1.1. */
    static String compression(byte[] start) {
        if (startsWith(start, new byte[] {0x1f, (byte) 0x8b})) {
            return "gzip";
        }
        return startsWith(start, new byte[] {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd}) ? "zstd" : "none";
    }

    /** RFC 4880 section 4.2 and 4.3: a message for a key (1), a passphrase (3), or encrypted data itself (9, 18, 20). */
    private static boolean isEncryptedPacket(byte[] start) {
        if (start.length == 0 || (start[0] & 0x80) == 0) {
            return false;
        }
        boolean newFormat = (start[0] & 0x40) != 0;
        int tag = newFormat ? start[0] & 0x3f : (start[0] & 0x3f) >> 2;
        return tag == 1 || tag == 3 || tag == 9 || tag == 18 || tag == 20;
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
