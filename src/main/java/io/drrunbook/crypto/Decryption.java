package io.drrunbook.crypto;

import java.io.IOException;
import java.io.InputStream;

/** An open backup: what was inside it, and whether all of that was authentic. */
interface Decryption extends AutoCloseable {

    InputStream content();

    /** Name of the outermost layer, for messages. */
    String layer();

    /**
     * Called when the content was read to its end.
     *
     * @throws CorruptBackupException when it was changed or cut
     */
    void verify() throws IOException;

    /** Whether something can be read of it when only its beginning is there. */
    default boolean opensInPart() {
        return true;
    }

    @Override
    void close() throws IOException;

    /** Content that needs no further verification. */
    static Decryption of(InputStream content, String layer) {
        return new Decryption() {
            @Override
            public InputStream content() {
                return content;
            }

            @Override
            public String layer() {
                return layer;
            }

            @Override
            public void verify() throws IOException {
                if (content.read() >= 0) {
                    throw new CorruptBackupException(layer, "bytes behind its end");
                }
            }

            @Override
            public void close() throws IOException {
                content.close();
            }
        };
    }
}
