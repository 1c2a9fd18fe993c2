package io.drrunbook.crypto;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.StreamSupport;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.bouncycastle.bcpg.SignatureSubpacketTags;
import org.bouncycastle.bcpg.sig.KeyFlags;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.bouncycastle.openpgp.PGPSignatureSubpacketVector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * The configured keys by their names, which stand in manifests: {@code openpgp FINGERPRINT} for a public key,
 * {@code passphrase NAME} for a passphrase. A passphrase's name is made by a slow function and is short, so that it tells
 * two passphrases apart and helps nobody who guesses.
 */
@Component
public class Keys {

    private static final Logger LOG = LoggerFactory.getLogger(Keys.class);
    private static final String PUBLIC = "dr.encryption.public-key-file";
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

    /**
     * The key of that file that new backups are sealed to: not revoked, made for encryption, a subkey before a master key,
     * one that has not expired before one that has, and then the newest.
     */
    static PGPPublicKey publicKey(Path file) {
        Instant now = Instant.now();
        PGPPublicKey found = new KeyFile(file, PUBLIC)
                .publicRings().stream()
                        .filter(ring -> !ring.getPublicKey().hasRevocation())
                        .flatMap(ring -> StreamSupport.stream(ring.spliterator(), false))
                        .filter(key -> !key.hasRevocation() && encrypts(key))
                        .max(Comparator.comparing((PGPPublicKey key) -> !expired(key, now))
                                .thenComparing(key -> !key.isMasterKey())
                                .thenComparing(PGPPublicKey::getCreationTime))
                        .orElseThrow(() -> new RunbookException(
                                "no_key", file + " holds no public key that encrypts and is not revoked: " + PUBLIC));
        if (expired(found, now)) {
            LOG.warn(
                    "{} {}: the key {} has expired; backups are sealed to it all the same: put a newer one there",
                    PUBLIC,
                    file,
                    hex(found.getFingerprint()));
        }
        return found;
    }

    private static boolean expired(PGPPublicKey key, Instant now) {
        long seconds = key.getValidSeconds();
        return seconds > 0
                && key.getCreationTime().toInstant().plusSeconds(seconds).isBefore(now);
    }

    /** What a key may be used for stands in its signatures; an RSA key could do both. */
    private static boolean encrypts(PGPPublicKey key) {
        List<Integer> flags = new ArrayList<>();
        key.getSignatures().forEachRemaining(signature -> {
            PGPSignatureSubpacketVector signed = signature.getHashedSubPackets();
            if (signed != null && signed.hasSubpacket(SignatureSubpacketTags.KEY_FLAGS)) {
                flags.add(signed.getKeyFlags());
            }
        });
        return key.isEncryptionKey()
                && (flags.isEmpty()
                        || flags.stream()
                                .anyMatch(set -> (set & (KeyFlags.ENCRYPT_COMMS | KeyFlags.ENCRYPT_STORAGE)) != 0));
    }

    private static boolean holds(Path file, String fingerprint) {
        byte[] wanted = HexFormat.of().parseHex(fingerprint);
        return new KeyFile(file, "dr.encryption.private-key-file")
                .privateRings().stream().anyMatch(ring -> ring.getPublicKey(wanted) != null);
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
