package io.drrunbook.crypto;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import org.bouncycastle.openpgp.PGPEncryptedData;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPUtil;

/** An OpenPGP message (RFC 4880 and 9580), encrypted with a passphrase or to a key, that a session key opens. */
final class OpenPgpDecryption implements Decryption {

    static final String LAYER = "OpenPGP";

    private final PGPEncryptedData data;
    private final InputStream sealed;
    private final InputStream behind;
    private final InputStream clear;
    private final InputStream content;

    /**
     * @param behind what stands behind the message, where nothing should
     * @param clear the decrypted packets
     * @param content what was found in them
     */
    OpenPgpDecryption(
            PGPEncryptedData data, InputStream sealed, InputStream behind, InputStream clear, InputStream content) {
        this.data = data;
        this.sealed = sealed;
        this.behind = behind;
        this.clear = clear;
        this.content = content;
    }

    /**
     * Opens a message with whatever key is for it; one that is not encrypted, but signed or compressed, as it is.
     *
     * @param whole false when only the beginning of the message is there
     * @throws RunbookException {@code no_key}, {@code wrong_key}, {@code unsupported_encryption}, {@code corrupt_backup}
     */
    static Decryption of(SealedFile file, DrSettings.Encryption keys, boolean whole) throws IOException {
        InputStream sealed = file.stream();
        boolean opened = false;
        try {
            MessageHead head = MessageHead.read(PGPUtil.getDecoderStream(sealed));
            if (head.encrypted()) {
                return new SessionKeys(file, keys, whole).open(head);
            }
            opened = true;
            return Decryption.of(LiteralContent.in(head.rest()), LAYER);
        } catch (RunbookException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw CorruptBackupException.of(LAYER, e);
        } finally {
            if (!opened) {
                sealed.close();
            }
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
    public boolean opensInPart() {
        return !data.isAEAD();
    }

    @Override
    public void verify() throws IOException {
        if (content.read() >= 0) {
            throw new CorruptBackupException(LAYER, "bytes behind its end");
        }
        try {
            // Of an AEAD message each chunk was verified before it was handed out; the last tag says that there are no
            // more.
            if (data.isAEAD()) {
                clear.transferTo(OutputStream.nullOutputStream());
            } else if (!data.verify()) {
                throw new CorruptBackupException(LAYER, "the integrity packet does not match");
            }
        } catch (PGPException e) {
            throw CorruptBackupException.of(LAYER, e);
        }
        if (behind.read() >= 0) {
            throw new CorruptBackupException(LAYER, "bytes behind its end");
        }
    }

    @Override
    public void close() throws IOException {
        sealed.close();
    }
}
