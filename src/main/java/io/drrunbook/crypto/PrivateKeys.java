package io.drrunbook.crypto;

import io.drrunbook.settings.DrSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.bouncycastle.bcpg.PublicKeyAlgorithmTags;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPPrivateKey;
import org.bouncycastle.openpgp.PGPPublicKeyEncryptedData;
import org.bouncycastle.openpgp.PGPSecretKey;
import org.bouncycastle.openpgp.PGPSecretKeyRing;
import org.bouncycastle.openpgp.operator.jcajce.JcePBESecretKeyDecryptorBuilder;

/**
 * The private keys that may open a message for a recipient. That a key has expired or was revoked does not matter: what was
 * sealed to it is still to be opened.
 */
final class PrivateKeys {

    private static final BouncyCastleProvider BOUNCY_CASTLE = new BouncyCastleProvider();
    private static final String SETTING = "dr.encryption.private-key-file";

    private final DrSettings.Encryption settings;

    PrivateKeys(DrSettings.Encryption settings) {
        this.settings = settings;
    }

    /**
     * Those of the recipient, unlocked; all of the right kind when the recipient is hidden.
     *
     * @param refusals gets why there are none, for the message
     */
    List<PGPPrivateKey> of(PGPPublicKeyEncryptedData recipient, List<String> refusals) {
        long wanted = recipient.getKeyIdentifier().getKeyId();
        String named = wanted == 0 ? "a hidden recipient" : "the key " + hex(wanted);
        Path file = settings.privateKeyFile();
        if (file == null) {
            refusals.add("it is for " + named + ": set " + SETTING);
            return List.of();
        }
        List<PGPPrivateKey> unlocked = new ArrayList<>();
        boolean found = false;
        for (PGPSecretKeyRing ring : new KeyFile(file, SETTING).privateRings()) {
            for (PGPSecretKey key : ring) {
                boolean fits = wanted == 0
                        ? kind(key.getPublicKey().getAlgorithm()) == kind(recipient.getAlgorithm())
                        : key.getKeyID() == wanted;
                if (fits) {
                    found = true;
                    unlock(key, unlocked, refusals);
                }
            }
        }
        if (!found) {
            refusals.add("it is for " + named + ", which is not in " + SETTING + " " + file);
        }
        return unlocked;
    }

    private void unlock(PGPSecretKey key, List<PGPPrivateKey> unlocked, List<String> refusals) {
        if (key.isPrivateKeyEmpty()) {
            refusals.add(
                    "of the key " + hex(key.getKeyID()) + " the file has only the public half (its private one is on a"
                            + " smart card, or was left out by the export)");
            return;
        }
        String why = "";
        for (String passphrase : passphrases()) {
            try {
                unlocked.add(key.extractPrivateKey(new JcePBESecretKeyDecryptorBuilder()
                        .setProvider(BOUNCY_CASTLE)
                        .build(passphrase.toCharArray())));
                return;
            } catch (PGPException | RuntimeException e) {
                why = String.valueOf(e.getMessage());
            }
        }
        refusals.add(
                "the key " + hex(key.getKeyID()) + " does not unlock: look at dr.encryption.private-key-passphrase and"
                        + " former-private-key-passphrases (" + why + ")");
    }

    private List<String> passphrases() {
        return Stream.concat(
                        Stream.of(settings.privateKeyPassphrase()), settings.formerPrivateKeyPassphrases().stream())
                .distinct()
                .toList();
    }

    /** RSA has three numbers, of which two encrypt. */
    private static int kind(int algorithm) {
        return algorithm == PublicKeyAlgorithmTags.RSA_ENCRYPT ? PublicKeyAlgorithmTags.RSA_GENERAL : algorithm;
    }

    private static String hex(long id) {
        return String.format(Locale.ROOT, "%016X", id);
    }
}
