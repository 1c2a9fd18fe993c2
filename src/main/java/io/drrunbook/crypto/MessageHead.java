package io.drrunbook.crypto;

import io.drrunbook.failure.RunbookException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.bcpg.AEADEncDataPacket;
import org.bouncycastle.bcpg.BCPGInputStream;
import org.bouncycastle.bcpg.InputStreamPacket;
import org.bouncycastle.bcpg.MalformedPacketException;
import org.bouncycastle.bcpg.S2K;
import org.bouncycastle.bcpg.SymmetricEncIntegrityPacket;
import org.bouncycastle.bcpg.SymmetricKeyEncSessionPacket;
import org.bouncycastle.bcpg.UnsupportedPacketVersionException;
import org.bouncycastle.openpgp.PGPEncryptedDataList;

/**
 * The beginning of an OpenPGP message: one packet for each passphrase and recipient, and where the encrypted data begins.
 *
 * <p>BouncyCastle gets to see only packets that are small, and that ask for no more memory than there is: 170 bytes may ask
 * for two terabytes. What it could not read is kept apart, because another packet may open the message all the same.
 *
 * @param tag of the packet behind those for keys
 * @param keyPackets those that can be tried, with new headers
 * @param unsupported why the others cannot be
 * @param rest the stream, from the encrypted data's header on
 */
record MessageHead(int tag, byte[] keyPackets, List<String> unsupported, InputStream rest) {

    /** Recipients and passphrases of one message. */
    private static final int MOST = 256;

    /** A session key for RSA with 16,384 bits is an eighth of this. */
    private static final int LARGEST = 16 * 1024;

    /** 4 MiB, the most that RFC 9580 and {@code gpg} know: a chunk is held in memory until its tag is checked. */
    private static final int LARGEST_CHUNK = 16;

    /** IDEA, 3DES, CAST5, Blowfish, AES, Twofish, Camellia: RFC 4880 section 9.2, RFC 5581. */
    private static final Set<Integer> CIPHERS = Set.of(1, 2, 3, 4, 7, 8, 9, 10, 11, 12, 13);

    private static final int HIGHEST_COST = 16;

    static MessageHead read(InputStream message) throws IOException {
        Packets packets = new Packets(message);
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        List<String> unsupported = new ArrayList<>();
        for (int count = 0; count < MOST; count++) {
            int tag = packets.peek();
            if (tag == Packets.MARKER || tag == Packets.PADDING) {
                packets.skip(LARGEST);
            } else if (tag == Packets.PUBLIC_KEY_SESSION || tag == Packets.PASSPHRASE_SESSION) {
                InputStream body = packets.next();
                byte[] content = body.readNBytes(LARGEST);
                if (body.read() >= 0) {
                    throw new UnsupportedBackupException(
                            "what it holds for one key is larger than " + LARGEST + " bytes");
                }
                byte[] packet = framed(tag, content);
                objection(packet).ifPresentOrElse(unsupported::add, () -> kept.writeBytes(packet));
            } else if (!isEncrypted(tag) && (kept.size() > 0 || !unsupported.isEmpty())) {
                throw new IOException("no encrypted data is behind its keys");
            } else {
                return new MessageHead(tag, kept.toByteArray(), List.copyOf(unsupported), packets.rest());
            }
        }
        throw new UnsupportedBackupException("it is for more than " + MOST + " keys and passphrases");
    }

    /** Whether encrypted data follows; else it is a message that is only signed, or compressed. */
    boolean encrypted() {
        return isEncrypted(tag);
    }

    private static boolean isEncrypted(int tag) {
        return tag == Packets.ENCRYPTED || tag == Packets.ENCRYPTED_PROTECTED || tag == Packets.ENCRYPTED_AEAD;
    }

    /**
     * The packets for keys, and the encrypted data behind them.
     *
     * @throws RunbookException ({@code unsupported_encryption}) when the data is not protected against changes, or is so in
     *     a way that cannot be checked here
     */
    PGPEncryptedDataList list() throws IOException {
        if (tag == Packets.ENCRYPTED) {
            throw new UnsupportedBackupException(
                    "it carries no integrity protection, so nothing proves it whole (gpg wants --ignore-mdc-error)");
        }
        PGPEncryptedDataList list;
        try {
            list = new PGPEncryptedDataList(
                    new BCPGInputStream(new SequenceInputStream(new ByteArrayInputStream(keyPackets), rest)));
        } catch (UnsupportedPacketVersionException | IllegalArgumentException e) {
            throw new UnsupportedBackupException(String.valueOf(e.getMessage()), e);
        } catch (MalformedPacketException e) {
            if (String.valueOf(e.getMessage()).contains("chunkSize")) {
                throw new UnsupportedBackupException("its chunks are larger than any standard knows", e);
            }
            throw e;
        }
        int chunk = chunk(list.getEncryptedData());
        if (chunk > LARGEST_CHUNK) {
            throw new UnsupportedBackupException("its chunks are of 2^" + (chunk + 6) + " bytes, and more than 2^"
                    + (LARGEST_CHUNK + 6) + " are not held in memory");
        }
        return list;
    }

    /** The coded size of what is authenticated at once; 0 for data that has no chunks. */
    private static int chunk(InputStreamPacket data) {
        if (data instanceof AEADEncDataPacket aead) {
            return aead.getChunkSize() & 0xff;
        }
        return data instanceof SymmetricEncIntegrityPacket whole
                        && whole.getVersion() == SymmetricEncIntegrityPacket.VERSION_2
                ? whole.getChunkSize() & 0xff
                : 0;
    }

    /** Why that packet cannot be tried. */
    private static Optional<String> objection(byte[] packet) {
        try {
            Object known = new BCPGInputStream(new ByteArrayInputStream(packet)).readPacket();
            return known instanceof SymmetricKeyEncSessionPacket locked ? objection(locked) : Optional.empty();
        } catch (IOException | RuntimeException e) {
            return Optional.of("a key packet of it is of an unknown kind (" + e.getMessage() + ")");
        }
    }

    private static Optional<String> objection(SymmetricKeyEncSessionPacket locked) {
        if (!CIPHERS.contains(locked.getEncAlgorithm())) {
            return Optional.of("its cipher " + locked.getEncAlgorithm() + " is not known");
        }
        S2K derivation = locked.getS2K();
        return switch (derivation.getType()) {
            case S2K.SIMPLE, S2K.SALTED, S2K.SALTED_AND_ITERATED -> Optional.empty();
            case S2K.ARGON_2 -> objection(derivation);
            default -> Optional.of("its key derivation " + derivation.getType() + " is not known");
        };
    }

    /** Argon2 takes as much memory and time as the message says. */
    private static Optional<String> objection(S2K argon2) {
        int exponent = argon2.getMemorySizeExponent();
        long allowed = Runtime.getRuntime().maxMemory() / 4;
        boolean fits = exponent < 31 && 1024L << exponent <= allowed;
        if (!fits) {
            return Optional.of("its passphrase is stretched by Argon2 with 2^" + (exponent + 10)
                    + " bytes of memory, and " + allowed + " are allowed here, a quarter of the service's heap");
        }
        return argon2.getPasses() < 1 || argon2.getPasses() > HIGHEST_COST || argon2.getParallelism() < 1
                ? Optional.of("its passphrase is stretched by Argon2 with " + argon2.getPasses() + " passes, and 1 to "
                        + HIGHEST_COST + " are allowed here")
                : Optional.empty();
    }

    private static byte[] framed(int tag, byte[] content) {
        return ByteBuffer.allocate(6 + content.length)
                .put((byte) (0xc0 | tag))
                .put((byte) 0xff)
                .putInt(content.length)
                .put(content)
                .array();
    }

    /** Whether data of that cipher can be decrypted. */
    static boolean isKnown(int cipher) {
        return CIPHERS.contains(cipher);
    }
}
