package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;

/** What kind of key a file holds: the driver wants to be told, and takes RSA for granted. */
final class KeyAlgorithm {

    private static final List<String> KNOWN = List.of("RSA", "EC", "Ed25519", "Ed448");

    private KeyAlgorithm() {}

    /** @throws RunbookException {@code client_key_unreadable} */
    static String of(Path file) {
        PKCS8EncodedKeySpec key;
        try {
            key = new PKCS8EncodedKeySpec(Base64.getMimeDecoder()
                    .decode(Files.readString(file)
                            .replaceAll("(?s).*-----BEGIN PRIVATE KEY-----|-----END PRIVATE KEY-----.*", "")));
        } catch (IOException | IllegalArgumentException e) {
            throw unreadable(file, e);
        }
        return KNOWN.stream()
                .filter(algorithm -> fits(algorithm, key))
                .findFirst()
                .orElseThrow(() -> unreadable(file, null));
    }

    private static boolean fits(String algorithm, PKCS8EncodedKeySpec key) {
        try {
            KeyFactory.getInstance(algorithm).generatePrivate(key);
            return true;
        } catch (GeneralSecurityException e) {
            return false;
        }
    }

    private static RunbookException unreadable(Path file, Exception cause) {
        return new RunbookException(
                "client_key_unreadable",
                "the key " + file + " of dr.applications.*.database.sslkey cannot be read: make one of " + KNOWN
                        + ", PKCS #8 in PEM, without a passphrase",
                cause);
    }
}
