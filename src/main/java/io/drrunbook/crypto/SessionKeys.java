package io.drrunbook.crypto;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openpgp.PGPDataValidationException;
import org.bouncycastle.openpgp.PGPEncryptedData;
import org.bouncycastle.openpgp.PGPEncryptedDataList;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPPBEEncryptedData;
import org.bouncycastle.openpgp.PGPPrivateKey;
import org.bouncycastle.openpgp.PGPPublicKeyEncryptedData;
import org.bouncycastle.openpgp.PGPSessionKey;
import org.bouncycastle.openpgp.PGPSessionKeyEncryptedData;
import org.bouncycastle.openpgp.PGPUtil;
import org.bouncycastle.openpgp.operator.PGPDigestCalculator;
import org.bouncycastle.openpgp.operator.jcajce.JcaPGPDigestCalculatorProviderBuilder;
import org.bouncycastle.openpgp.operator.jcajce.JcePBEDataDecryptorFactoryBuilder;
import org.bouncycastle.openpgp.operator.jcajce.JcePublicKeyDataDecryptorFactoryBuilder;
import org.bouncycastle.openpgp.operator.jcajce.JceSessionKeyDataDecryptorFactoryBuilder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tries every key on every packet of a message, as {@code gpg} does, and says why none opens it. Each try reads the message
 * from its beginning: of a passphrase only the data shows whether it is the right one.
 *
 * <p>The JDK's AES decrypts the content: it is more than twice as fast as BouncyCastle's own. What the JDK has not (OCB,
 * other ciphers, Curve25519 as OpenPGP writes it) is BouncyCastle's.
 */
final class SessionKeys {

    private static final Logger LOG = LoggerFactory.getLogger(SessionKeys.class);
    private static final BouncyCastleProvider BOUNCY_CASTLE = new BouncyCastleProvider();

    /** A passphrase packet from this version on says by itself whether the passphrase is right. */
    private static final int AUTHENTICATED_VERSION = 5;

    private static final String ANOTHER_PASSPHRASE =
            "it was sealed with another passphrase than those in dr.encryption.passphrase and former-passphrases";

    private static final String IN_DOUBT = " (or its first bytes were changed: OpenPGP cannot tell which)";

    private static final Set<Integer> AES =
            Set.of(PGPEncryptedData.AES_128, PGPEncryptedData.AES_192, PGPEncryptedData.AES_256);

    private final SealedFile file;
    private final DrSettings.Encryption settings;
    private final boolean whole;
    private final List<String> refusals = new ArrayList<>();
    private boolean tried;

    /** @param whole false when only the beginning of the message is there */
    SessionKeys(SealedFile file, DrSettings.Encryption settings, boolean whole) {
        this.file = file;
        this.settings = settings;
        this.whole = whole;
    }

    /** @throws RunbookException {@code no_key}, {@code wrong_key}, {@code unsupported_encryption}, {@code corrupt_backup} */
    Decryption open(MessageHead head) throws IOException {
        int number = 0;
        for (PGPEncryptedData method : head.list()) {
            int at = number++;
            Optional<Decryption> opened = method instanceof PGPPBEEncryptedData locked
                    ? withPassphrases(locked, at)
                    : withPrivateKeys((PGPPublicKeyEncryptedData) method);
            if (opened.isPresent()) {
                return opened.get();
            }
        }
        throw none(head);
    }

    private RunbookException none(MessageHead head) {
        refusals.addAll(head.unsupported());
        String why = String.join("; ", refusals.stream().distinct().toList());
        if (!head.unsupported().isEmpty()) {
            return new UnsupportedBackupException(why);
        }
        return tried
                ? new RunbookException("wrong_key", "no configured key opens the backup: " + why)
                : new RunbookException("no_key", "no key is configured that could open the backup: " + why);
    }

    private Optional<Decryption> withPassphrases(PGPPBEEncryptedData locked, int method) throws IOException {
        if (settings.passphrases().isEmpty()) {
            refusals.add("it wants a passphrase: set dr.encryption.passphrase");
        }
        for (String passphrase : settings.passphrases()) {
            tried = true;
            Optional<PGPSessionKey> key = session(
                    () -> locked.getSessionKey(new JcePBEDataDecryptorFactoryBuilder(SessionKeys::digest)
                            .setProvider(BOUNCY_CASTLE)
                            .build(passphrase.toCharArray())),
                    ANOTHER_PASSPHRASE);
            boolean authenticated = locked.getVersion() >= AUTHENTICATED_VERSION;
            if (key.isPresent() && (authenticated || looksRight(passphrase, method))) {
                Optional<Decryption> opened = decrypt(key.get(), authenticated, ANOTHER_PASSPHRASE);
                if (opened.isPresent()) {
                    return opened;
                }
            }
        }
        return Optional.empty();
    }

    /**
     * Whether the two repeated octets at the beginning say that the passphrase fits (RFC 4880, section 5.13). Without them one
     * in some hundred wrong passphrases makes something of the data that looks like a packet.
     */
    private boolean looksRight(String passphrase, int method) throws IOException {
        try (InputStream sealed = file.stream()) {
            PGPEncryptedData again =
                    MessageHead.read(PGPUtil.getDecoderStream(sealed)).list().get(method);
            ((PGPPBEEncryptedData) again)
                    .getDataStream(new JcePBEDataDecryptorFactoryBuilder(SessionKeys::digest)
                            .setProvider(BOUNCY_CASTLE)
                            .build(passphrase.toCharArray()));
            return true;
        } catch (PGPDataValidationException e) {
            LOG.debug("a passphrase does not fit", e);
            refusals.add(ANOTHER_PASSPHRASE + IN_DOUBT);
            return false;
        } catch (PGPException | RuntimeException e) {
            // What is wrong besides is said by whoever decrypts.
            LOG.debug("whether the passphrase fits cannot be seen", e);
            return true;
        }
    }

    /** The JDK's digests are the faster ones, and RIPEMD-160 is not among them. */
    private static PGPDigestCalculator digest(int algorithm) throws PGPException {
        JcaPGPDigestCalculatorProviderBuilder digests = new JcaPGPDigestCalculatorProviderBuilder();
        return (algorithm == HashAlgorithmTags.RIPEMD160 ? digests.setProvider(BOUNCY_CASTLE) : digests)
                .build()
                .get(algorithm);
    }

    private Optional<Decryption> withPrivateKeys(PGPPublicKeyEncryptedData recipient) throws IOException {
        boolean named = recipient.getKeyIdentifier().getKeyId() != 0;
        String refusal = named
                ? "the private key that it is for does not open it"
                : "it is for a hidden recipient, whose key is not in dr.encryption.private-key-file";
        tried |= settings.privateKeyFile() != null;
        for (PGPPrivateKey key : new PrivateKeys(settings).of(recipient, refusals)) {
            Optional<PGPSessionKey> session = session(
                    () -> recipient.getSessionKey(new JcePublicKeyDataDecryptorFactoryBuilder()
                            .setProvider(BOUNCY_CASTLE)
                            .build(key)),
                    refusal);
            if (session.isPresent()) {
                Optional<Decryption> opened = decrypt(session.get(), named, refusal);
                if (opened.isPresent()) {
                    return opened;
                }
            }
        }
        return Optional.empty();
    }

    /** What a key makes of a packet that is not for it may be anything. */
    private Optional<PGPSessionKey> session(Recovery recovery, String refusal) {
        try {
            return Optional.of(recovery.session());
        } catch (PGPException | RuntimeException e) {
            LOG.debug("a key does not fit: {}", refusal, e);
            refusals.add(refusal);
            return Optional.empty();
        }
    }

    /**
     * Empty when the key does not fit.
     *
     * @param proven the key was found right before any data was decrypted with it, so that a failure is the data's
     * @param refusal what is said when it does not
     */
    private Optional<Decryption> decrypt(PGPSessionKey key, boolean proven, String refusal) throws IOException {
        if (!MessageHead.isKnown(key.getAlgorithm())) {
            if (proven) {
                throw new UnsupportedBackupException("its cipher " + key.getAlgorithm() + " is not known");
            }
            refusals.add(refusal + IN_DOUBT);
            return Optional.empty();
        }
        InputStream sealed = file.stream();
        boolean opened = false;
        try {
            InputStream message = PGPUtil.getDecoderStream(sealed);
            PGPEncryptedDataList list = MessageHead.read(message).list();
            // Behind an armour may stand anything, e.g. the rest of a mail.
            InputStream behind = message == sealed ? sealed : InputStream.nullInputStream();
            Decryption decryption = decrypt(list.extractSessionKeyEncryptedData(), key, sealed, behind);
            opened = true;
            return Optional.of(decryption);
        } catch (RunbookException e) {
            throw e;
        } catch (PGPException | IOException | RuntimeException e) {
            if (proven) {
                throw CorruptBackupException.of(OpenPgpDecryption.LAYER, e);
            }
            refusals.add(refusal + IN_DOUBT);
            return Optional.empty();
        } finally {
            if (!opened) {
                sealed.close();
            }
        }
    }

    private Decryption decrypt(
            PGPSessionKeyEncryptedData data, PGPSessionKey key, InputStream sealed, InputStream behind)
            throws PGPException, IOException {
        var factory = new JceSessionKeyDataDecryptorFactoryBuilder();
        if (AES.contains(key.getAlgorithm()) && !data.isAEAD()) {
            factory.setProvider("SunJCE");
        } else {
            factory.setProvider(BOUNCY_CASTLE);
        }
        if (!whole && data.isAEAD()) {
            InputStream nothing = InputStream.nullInputStream();
            return new OpenPgpDecryption(data, sealed, nothing, nothing, nothing);
        }
        InputStream clear = data.getDataStream(factory.build(key));
        return new OpenPgpDecryption(data, sealed, behind, clear, LiteralContent.in(clear));
    }

    /** Takes the session key out of a packet. */
    private interface Recovery {

        PGPSessionKey session() throws PGPException;
    }
}
