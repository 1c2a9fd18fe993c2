package io.drrunbook.crypto;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongConsumer;

/**
 * A backup as it came from a store. It may be read several times, because a key shows only on the data whether it fits.
 *
 * @param progress given the bytes that the present reading has come to
 */
record SealedFile(Path path, LongConsumer progress) {

    private static final int BUFFER = 512 * 1024;

    /**
     * From its beginning. What fails while it is read is a {@link DiskFailure}, so that every other failure is the
     * content's.
     */
    InputStream stream() {
        try {
            return new BufferedInputStream(new Observed(Files.newInputStream(path)), BUFFER);
        } catch (IOException e) {
            throw DiskFailure.reading(path, e);
        }
    }

    /** Its first bytes, fewer when it has no more. */
    byte[] start() throws IOException {
        try (InputStream in = stream()) {
            return in.readNBytes(Format.BYTES);
        }
    }

    private final class Observed extends InputStream {

        private final InputStream file;
        private long count;

        Observed(InputStream file) {
            this.file = file;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            try {
                int n = file.read(bytes, offset, length);
                count += Math.max(n, 0);
                progress.accept(count);
                return n;
            } catch (IOException e) {
                throw DiskFailure.reading(path, e);
            }
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }
}
