package io.drrunbook.crypto;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdIOException;
import com.github.luben.zstd.ZstdInputStream;
import io.drrunbook.failure.RunbookException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.apache.commons.compress.compressors.deflate.DeflateCompressorInputStream;
import org.apache.commons.compress.compressors.deflate.DeflateParameters;
import org.apache.commons.compress.compressors.gzip.GzipCompressorInputStream;

/**
 * Decompresses a stream with bounded memory and bounded work: what gives nothing out for a long stretch of input (a name
 * in a header, blocks without content) is no backup.
 */
final class Decompression extends FilterInputStream {

    /** 128 MiB: what {@code zstd -d} accepts by itself. */
    private static final int LARGEST_ZSTD_WINDOW = 27;

    /** More than the largest block of any of these takes to give out its first byte. */
    private static final long MOST_FOR_NOTHING = 8L << 20;

    private final Fed fed;

    private Decompression(InputStream decompressed, Fed fed) {
        super(decompressed);
        this.fed = fed;
    }

    /**
     * @param compression {@code gzip}, {@code zstd}, {@code bzip2}, {@code zlib}, {@code deflate}, or {@code none}
     */
    static InputStream of(String compression, InputStream in) throws IOException {
        if (compression.equals("none")) {
            return in;
        }
        Fed fed = new Fed(in);
        return new Decompression(
                switch (compression) {
                    case "gzip" -> new GzipCompressorInputStream(fed, true);
                    case "zstd" -> new ZstdInputStream(fed).setLongMax(LARGEST_ZSTD_WINDOW);
                    case "bzip2" -> new BZip2CompressorInputStream(fed);
                    case "zlib", "deflate" -> {
                        DeflateParameters parameters = new DeflateParameters();
                        parameters.setWithZlibHeader(compression.equals("zlib"));
                        yield new DeflateCompressorInputStream(fed, parameters);
                    }
                    default ->
                        throw new RunbookException(
                                "unsupported_compression",
                                "the backup is compressed with " + compression
                                        + ", and gzip, zstd or bzip2 are opened here:"
                                        + " decompress it and put it into the store again");
                },
                fed);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        fed.count = 0;
        try {
            return super.read(bytes, offset, length);
        } catch (ZstdIOException e) {
            if (e.getErrorCode() != Zstd.errFrameParameterWindowTooLarge()) {
                throw e;
            }
            throw new RunbookException(
                    "unsupported_compression",
                    "the backup was compressed by zstd with a window of more than " + (1 << LARGEST_ZSTD_WINDOW)
                            + " bytes (--long): decompress it with zstd -d --long=31 and put it into the store again",
                    e);
        }
    }

    /** Counts what goes in since something came out. */
    private static final class Fed extends FilterInputStream {

        private long count;

        Fed(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int octet = super.read();
            counted(octet < 0 ? 0 : 1);
            return octet;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int n = super.read(bytes, offset, length);
            counted(n);
            return n;
        }

        @Override
        public boolean markSupported() {
            return false;
        }

        private void counted(int n) throws IOException {
            count += Math.max(n, 0);
            if (count > MOST_FOR_NOTHING) {
                throw new IOException("nothing comes out of " + count + " bytes of it");
            }
        }
    }
}
