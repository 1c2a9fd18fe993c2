package io.drrunbook.crypto;

import io.drrunbook.failure.RunbookException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.CipherInputStream;
import javax.crypto.Mac;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.apache.commons.io.input.BoundedInputStream;

/**
 * Reads Fernet tokens of any size (https://github.com/fernet/spec/blob/master/Spec.md): version, time, IV, AES-128-CBC,
 * HMAC-SHA256, all in URL-safe base64. The age of a token is of no interest here.
 */
final class Fernet {

    private static final String LAYER = "Fernet";
    private static final int HEADER = 1 + 8;
    private static final int IV = 16;
    private static final int TAG = 32;
    private static final int BLOCK = 16;
    private static final int CHUNK = 256 * 1024;
    private static final String CUT = "it was cut or changed: it is no whole token any more";

    private Fernet() {}

    /**
     * Reads the whole token once and finds the key that vouches for it; only then may anything be decrypted.
     *
     * @param keys URL-safe base64 of 32 bytes each, several for rotation
     * @throws RunbookException {@code no_key}, {@code wrong_key}, {@code corrupt_backup}
     */
    static Token authenticate(SealedFile sealed, List<String> keys) {
        List<Key> candidates = new ArrayList<>();
        keys.stream().filter(key -> !key.isBlank()).map(Key::of).forEach(candidates::add);
        if (candidates.isEmpty()) {
            throw new RunbookException("no_key", "the backup is a Fernet token: set dr.encryption.fernet-keys");
        }
        long characters = characters(sealed.path());
        long size = size(sealed.path(), characters);
        if (size < HEADER + IV + BLOCK + TAG) {
            throw new CorruptBackupException(LAYER, "it is too short: " + size + " bytes");
        }
        if (characters % 4 == 1 || (size - HEADER - IV - TAG) % BLOCK != 0) {
            throw new CorruptBackupException(LAYER, CUT);
        }
        byte[] chunk = new byte[CHUNK];
        try (InputStream in = decoded(sealed.stream(), characters)) {
            for (long left = size - TAG; left > 0; ) {
                int n = in.readNBytes(chunk, 0, (int) Math.min(chunk.length, left));
                if (n == 0) {
                    throw new CorruptBackupException(LAYER, CUT);
                }
                for (Key key : candidates) {
                    key.mac.update(chunk, 0, n);
                }
                left -= n;
            }
            byte[] tag = in.readNBytes(TAG);
            for (Key key : candidates) {
                if (MessageDigest.isEqual(tag, key.mac.doFinal())) {
                    return new Token(key.encryption, characters, size);
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            throw CorruptBackupException.of(LAYER, new IOException(CUT, e));
        }
        throw new RunbookException(
                "wrong_key",
                "none of the " + candidates.size() + " dr.encryption.fernet-keys vouches for the backup: it was made"
                        + " with another key, or it was changed (Fernet cannot tell which)");
    }

    private static InputStream decoded(InputStream in, long characters) throws IOException {
        return Base64.getUrlDecoder()
                .wrap(BoundedInputStream.builder()
                        .setInputStream(in)
                        .setMaxCount(characters)
                        .get());
    }

    /** Without the line end that editors and shells leave behind. */
    private static long characters(Path sealed) {
        try (RandomAccessFile file = new RandomAccessFile(sealed.toFile(), "r")) {
            long length = file.length();
            while (length > 0) {
                file.seek(length - 1);
                if (!Character.isWhitespace(file.read())) {
                    break;
                }
                length--;
            }
            return length;
        } catch (IOException e) {
            throw DiskFailure.reading(sealed, e);
        }
    }

    private static long size(Path sealed, long characters) {
        try (RandomAccessFile file = new RandomAccessFile(sealed.toFile(), "r")) {
            long padding = 0;
            while (padding < 2 && padding < characters) {
                file.seek(characters - 1 - padding);
                if (file.read() != '=') {
                    break;
                }
                padding++;
            }
            return (characters - padding) * 3 / 4;
        } catch (IOException e) {
            throw DiskFailure.reading(sealed, e);
        }
    }

    /** A token that a key vouches for. */
    record Token(SecretKeySpec key, long characters, long size) {

        /** Its content; {@code sealed} is the file from its start. */
        InputStream decrypt(InputStream sealed) throws IOException {
            InputStream in = decoded(sealed, characters);
            in.skipNBytes(HEADER);
            IvParameterSpec iv = new IvParameterSpec(in.readNBytes(IV));
            try {
                Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
                cipher.init(Cipher.DECRYPT_MODE, key, iv);
                InputStream ciphertext = BoundedInputStream.builder()
                        .setInputStream(in)
                        .setMaxCount(size - HEADER - IV - TAG)
                        .get();
                return new CipherInputStream(ciphertext, cipher);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every JDK has AES/CBC", e);
            }
        }

        /** Never the key. */
        @Override
        public String toString() {
            return "Token[" + size + " bytes]";
        }
    }

    private record Key(Mac mac, SecretKeySpec encryption) {

        static Key of(String text) {
            try {
                byte[] bytes = Base64.getUrlDecoder().decode(text.strip());
                if (bytes.length != 32) {
                    throw new IllegalArgumentException(bytes.length + " bytes");
                }
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(Arrays.copyOfRange(bytes, 0, 16), "HmacSHA256"));
                return new Key(mac, new SecretKeySpec(Arrays.copyOfRange(bytes, 16, 32), "AES"));
            } catch (IllegalArgumentException e) {
                throw new RunbookException(
                        "wrong_key", "a key in dr.encryption.fernet-keys is not the URL-safe base64 of 32 bytes", e);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("every JDK has HmacSHA256", e);
            }
        }
    }
}
