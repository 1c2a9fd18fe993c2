package io.drrunbook.crypto;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openpgp.PGPCompressedData;
import org.bouncycastle.openpgp.PGPDataValidationException;
import org.bouncycastle.openpgp.PGPEncryptedData;
import org.bouncycastle.openpgp.PGPEncryptedDataList;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPLiteralData;
import org.bouncycastle.openpgp.PGPPBEEncryptedData;
import org.bouncycastle.openpgp.PGPPrivateKey;
import org.bouncycastle.openpgp.PGPPublicKeyEncryptedData;
import org.bouncycastle.openpgp.PGPSecretKey;
import org.bouncycastle.openpgp.PGPSecretKeyRingCollection;
import org.bouncycastle.openpgp.PGPUtil;
import org.bouncycastle.openpgp.jcajce.JcaPGPObjectFactory;
import org.bouncycastle.openpgp.operator.jcajce.JcaKeyFingerprintCalculator;
import org.bouncycastle.openpgp.operator.jcajce.JcaPGPDigestCalculatorProviderBuilder;
import org.bouncycastle.openpgp.operator.jcajce.JcePBEDataDecryptorFactoryBuilder;
import org.bouncycastle.openpgp.operator.jcajce.JcePBESecretKeyDecryptorBuilder;
import org.bouncycastle.openpgp.operator.jcajce.JcePublicKeyDataDecryptorFactoryBuilder;
import org.jspecify.annotations.Nullable;

/**
 * An OpenPGP message (RFC 4880), encrypted with a passphrase or to a key.
 *
 * <p>The JDK's AES decrypts the content: it is more than twice as fast as BouncyCastle's own. What the JDK has not (OCB,
 * Curve25519 as OpenPGP writes it) is BouncyCastle's.
 */
final class OpenPgpDecryption implements Decryption {

    private static final String LAYER = "OpenPGP";
    private static final BouncyCastleProvider BOUNCY_CASTLE = new BouncyCastleProvider();

    private final PGPEncryptedData data;
    private final InputStream sealed;
    private final InputStream content;

    private OpenPgpDecryption(PGPEncryptedData data, InputStream sealed, InputStream content) {
        this.data = data;
        this.sealed = sealed;
        this.content = content;
    }

    /**
     * Opens a message with that passphrase or the private key, whichever it is for.
     *
     * @param passphrase empty when there is none
     * @throws RunbookException {@code no_key}, {@code wrong_key}, {@code corrupt_backup}
     */
    static OpenPgpDecryption of(InputStream sealed, DrSettings.Encryption keys, String passphrase) throws IOException {
        try {
            Object first = new JcaPGPObjectFactory(PGPUtil.getDecoderStream(sealed)).nextObject();
            if (!(first instanceof PGPEncryptedDataList methods)) {
                throw new CorruptBackupException(LAYER, "it holds no encrypted data");
            }
            List<String> refusals = new ArrayList<>();
            for (PGPEncryptedData method : methods) {
                InputStream clear = open(method, keys, passphrase, refusals);
                if (clear != null) {
                    return new OpenPgpDecryption(method, sealed, literal(clear));
                }
            }
            throw new RunbookException("no_key", "no configured key opens the backup: " + refusals);
        } catch (PGPException e) {
            throw new CorruptBackupException(LAYER, e);
        } catch (RunbookException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new CorruptBackupException(LAYER, e);
        }
    }

    @Override
    public InputStream content() {
        return content;
    }

    @Override
    public String layer() {
        return LAYER;
    }

    @Override
    public void verify() throws IOException {
        try {
            // An AEAD message has each of its chunks verified before it is handed out.
            if (!data.isAEAD() && !data.verify()) {
                throw new CorruptBackupException(LAYER, "the integrity packet does not match");
            }
        } catch (PGPException e) {
            throw new CorruptBackupException(LAYER, e);
        }
    }

    @Override
    public void close() throws IOException {
        sealed.close();
    }

    private static @Nullable InputStream open(
            PGPEncryptedData method, DrSettings.Encryption keys, String passphrase, List<String> refusals)
            throws PGPException, IOException {
        if (!method.isIntegrityProtected() && !method.isAEAD()) {
            throw new CorruptBackupException(LAYER, "it carries no integrity protection, so nothing proves it whole");
        }
        InputStream clear;
        try {
            if (method instanceof PGPPBEEncryptedData locked) {
                if (passphrase.isBlank()) {
                    refusals.add("it wants a passphrase: set dr.encryption.passphrase");
                    return null;
                }
                clear = withPassphrase(locked, passphrase);
            } else if (method instanceof PGPPublicKeyEncryptedData recipient) {
                PGPSecretKey key = privateKey(recipient, keys, refusals);
                if (key == null) {
                    return null;
                }
                clear = withPrivateKey(recipient, key, keys.privateKeyPassphrase());
            } else {
                refusals.add("it is encrypted in a way that is not known: "
                        + method.getClass().getSimpleName());
                return null;
            }
        } catch (PGPDataValidationException e) {
            throw wrong("dr.encryption.passphrase", e);
        }
        return clear;
    }

    private static InputStream withPassphrase(PGPPBEEncryptedData data, String passphrase) throws PGPException {
        JcePBEDataDecryptorFactoryBuilder factory =
                new JcePBEDataDecryptorFactoryBuilder(new JcaPGPDigestCalculatorProviderBuilder().build());
        if (data.isAEAD()) {
            factory.setProvider(BOUNCY_CASTLE);
        }
        try {
            return data.getDataStream(factory.build(passphrase.toCharArray()));
        } catch (PGPDataValidationException e) {
            throw e;
        } catch (PGPException e) {
            // A session key that does not unpack, or an AEAD tag over it that differs.
            throw wrong("dr.encryption.passphrase", e);
        }
    }

    private static InputStream withPrivateKey(PGPPublicKeyEncryptedData data, PGPSecretKey key, String passphrase)
            throws PGPException {
        var decryptor =
                new JcePBESecretKeyDecryptorBuilder().setProvider(BOUNCY_CASTLE).build(passphrase.toCharArray());
        var factory = new JcePublicKeyDataDecryptorFactoryBuilder().setProvider(BOUNCY_CASTLE);
        if (!data.isAEAD()) {
            factory.setContentProvider("SunJCE");
        }
        PGPPrivateKey unlocked;
        try {
            unlocked = key.extractPrivateKey(decryptor);
        } catch (PGPException e) {
            throw wrong("dr.encryption.private-key-passphrase", e);
        }
        return data.getDataStream(factory.build(unlocked));
    }

    private static @Nullable PGPSecretKey privateKey(
            PGPPublicKeyEncryptedData data, DrSettings.Encryption keys, List<String> refusals)
            throws PGPException, IOException {
        String wanted = Long.toHexString(data.getKeyIdentifier().getKeyId()).toUpperCase(Locale.ROOT);
        Path file = keys.privateKeyFile();
        if (file == null) {
            refusals.add("it is for the key " + wanted + ": set dr.encryption.private-key-file");
            return null;
        }
        try (InputStream in = PGPUtil.getDecoderStream(Files.newInputStream(file))) {
            PGPSecretKey key = new PGPSecretKeyRingCollection(in, new JcaKeyFingerprintCalculator())
                    .getSecretKey(data.getKeyIdentifier().getKeyId());
            if (key == null) {
                throw new RunbookException(
                        "wrong_key",
                        "the backup is for the key " + wanted + ", which is not in dr.encryption.private-key-file "
                                + file);
            }
            return key;
        }
    }

    private static InputStream literal(InputStream clear) throws PGPException, IOException {
        Object packet = new JcaPGPObjectFactory(new BufferedInputStream(clear, 1 << 16)).nextObject();
        while (packet instanceof PGPCompressedData compressed) {
            packet = new JcaPGPObjectFactory(compressed.getDataStream()).nextObject();
        }
        if (packet instanceof PGPLiteralData literal) {
            return Objects.requireNonNull(literal.getInputStream());
        }
        throw new CorruptBackupException(LAYER, "it holds " + packet + " instead of data");
    }

    private static RunbookException wrong(String setting, PGPException cause) {
        return new RunbookException(
                "wrong_key",
                "the key does not open the backup: look at " + setting + " (" + cause.getMessage() + ")",
                cause);
    }
}
