package io.drrunbook.crypto;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.SymmetricKeyAlgorithmTags;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openpgp.PGPEncryptedDataGenerator;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPLiteralData;
import org.bouncycastle.openpgp.PGPLiteralDataGenerator;
import org.bouncycastle.openpgp.operator.jcajce.JcaPGPDigestCalculatorProviderBuilder;
import org.bouncycastle.openpgp.operator.jcajce.JcePBEKeyEncryptionMethodGenerator;
import org.bouncycastle.openpgp.operator.jcajce.JcePGPDataEncryptorBuilder;
import org.bouncycastle.openpgp.operator.jcajce.JcePublicKeyKeyEncryptionMethodGenerator;
import org.springframework.stereotype.Component;

/**
 * Seals backups as OpenPGP with AES-256 and an integrity packet, so that {@code gpg -d} opens them anywhere: to the
 * public key when one is configured, else with the passphrase.
 */
@Component
public class BackupSealer {

    private static final int PACKET = 1 << 16;
    /** RFC 4880 section 3.7.1.3: the coded count of 65,011,712 bytes hashed, the most there is. */
    private static final int SLOWEST_S2K = 0xff;

    private static final BouncyCastleProvider BOUNCY_CASTLE = new BouncyCastleProvider();

    private final DrSettings.Encryption keys;

    public BackupSealer(DrSettings settings) {
        this.keys = settings.encryption();
    }

    /**
     * What is written into the stream that comes back arrives in {@code target} sealed; closing it ends the message and
     * leaves {@code target} open.
     *
     * @throws RunbookException ({@code no_key}) when neither public key nor passphrase is configured
     */
    public OutputStream seal(OutputStream target) throws IOException {
        PGPEncryptedDataGenerator encryption =
                new PGPEncryptedDataGenerator(new JcePGPDataEncryptorBuilder(SymmetricKeyAlgorithmTags.AES_256)
                        .setWithIntegrityPacket(true)
                        .setSecureRandom(new SecureRandom()));
        try {
            addKey(encryption);
            OutputStream encrypted = encryption.open(target, new byte[PACKET]);
            OutputStream literal = new PGPLiteralDataGenerator()
                    .open(encrypted, PGPLiteralData.BINARY, "", Date.from(Instant.EPOCH), new byte[PACKET]);
            return new FilterOutputStream(literal) {
                @Override
                public void write(byte[] bytes, int offset, int length) throws IOException {
                    out.write(bytes, offset, length);
                }

                @Override
                public void close() throws IOException {
                    literal.close();
                    encrypted.close();
                }
            };
        } catch (PGPException e) {
            throw new RunbookException("no_key", "the backup cannot be sealed: " + e.getMessage(), e);
        }
    }

    private void addKey(PGPEncryptedDataGenerator encryption) throws PGPException {
        Path file = keys.publicKeyFile();
        if (file != null) {
            encryption.addMethod(
                    new JcePublicKeyKeyEncryptionMethodGenerator(Keys.publicKey(file)).setProvider(BOUNCY_CASTLE));
        } else if (!keys.passphrase().isBlank()) {
            encryption.addMethod(new JcePBEKeyEncryptionMethodGenerator(
                    keys.passphrase().toCharArray(),
                    new JcaPGPDigestCalculatorProviderBuilder().build().get(HashAlgorithmTags.SHA256),
                    SLOWEST_S2K));
        } else {
            throw new RunbookException(
                    "no_key", "nothing to seal a backup with: set dr.encryption.public-key-file or .passphrase");
        }
    }
}
