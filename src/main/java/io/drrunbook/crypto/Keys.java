package io.drrunbook.crypto;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.PGPPublicKeyRing;
import org.bouncycastle.openpgp.PGPPublicKeyRingCollection;
import org.bouncycastle.openpgp.PGPSecretKeyRing;
import org.bouncycastle.openpgp.PGPSecretKeyRingCollection;
import org.bouncycastle.openpgp.PGPUtil;
import org.bouncycastle.openpgp.operator.jcajce.JcaKeyFingerprintCalculator;
import org.springframework.stereotype.Component;

/**
 * The configured keys by their names, which stand in manifests: {@code openpgp FINGERPRINT} for a public key,
 * {@code passphrase NAME} for a passphrase. A passphrase's name is made by a slow function and is short, so that it tells
 * two passphrases apart and helps nobody who guesses.
 */
@Component
public class Keys {

    private static final String OPENPGP = "openpgp ";
    private static final String PASSPHRASE = "passphrase ";
    private static final byte[] PURPOSE = "dr-runbook name of a passphrase v1".getBytes(StandardCharsets.UTF_8);
    private static final int ROUNDS = 600_000;
    private static final int BITS = 32;

    private final DrSettings.Encryption settings;
    private final Map<String, String> names = new ConcurrentHashMap<>();

    public Keys(DrSettings settings) {
        this.settings = settings.encryption();
    }

    /**
     * The name of the key that new backups are sealed with.
     *
     * @throws RunbookException ({@code no_key}) when there is none, or it cannot be read
     */
    public String sealing() {
        Path file = settings.publicKeyFile();
        if (file != null) {
            return OPENPGP + hex(publicKey(file).getFingerprint());
        }
        if (settings.passphrase().isBlank()) {
            throw new RunbookException(
                    "no_key", "nothing to seal a backup with: set dr.encryption.public-key-file or .passphrase");
        }
        return name(settings.passphrase());
    }

    /**
     * Whether a backup that was sealed with the key of that name can be opened here.
     *
     * @throws RunbookException ({@code no_key}) when the file with the private keys cannot be read
     */
    public boolean fits(String name) {
        if (name.startsWith(OPENPGP)) {
            Path file = settings.privateKeyFile();
            return file != null && holds(file, name.substring(OPENPGP.length()));
        }
        return settings.passphrases().stream().map(this::name).anyMatch(name::equals);
    }

    /** The key of that file that encrypts. */
    static PGPPublicKey publicKey(Path file) {
        PGPPublicKey found = null;
        try (InputStream in = PGPUtil.getDecoderStream(Files.newInputStream(file))) {
            for (PGPPublicKeyRing ring : new PGPPublicKeyRingCollection(in, new JcaKeyFingerprintCalculator())) {
                for (PGPPublicKey key : ring) {
                    // A subkey made for encryption goes before a master key that could do it too.
                    if (key.isEncryptionKey() && (found == null || !key.isMasterKey())) {
                        found = key;
                    }
                }
            }
        } catch (IOException | PGPException e) {
            throw new RunbookException(
                    "no_key", "dr.encryption.public-key-file " + file + " cannot be read: " + e.getMessage(), e);
        }
        if (found == null) {
            throw new RunbookException(
                    "no_key", file + " holds no public key that encrypts: dr.encryption.public-key-file");
        }
        return found;
    }

    private static boolean holds(Path file, String fingerprint) {
        try (InputStream in = PGPUtil.getDecoderStream(Files.newInputStream(file))) {
            byte[] wanted = HexFormat.of().parseHex(fingerprint);
            for (PGPSecretKeyRing ring : new PGPSecretKeyRingCollection(in, new JcaKeyFingerprintCalculator())) {
                if (ring.getPublicKey(wanted) != null) {
                    return true;
                }
            }
            return false;
        } catch (IOException | PGPException e) {
            throw new RunbookException(
                    "no_key", "dr.encryption.private-key-file " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private String name(String passphrase) {
        return names.computeIfAbsent(passphrase, Keys::slowName);
    }

    private static String slowName(String passphrase) {
        try {
            byte[] derived = SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                    .generateSecret(new PBEKeySpec(passphrase.toCharArray(), PURPOSE, ROUNDS, BITS))
                    .getEncoded();
            return PASSPHRASE + hex(derived);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has PBKDF2WithHmacSHA256", e);
        }
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().withUpperCase().formatHex(bytes);
    }
}
