package io.drrunbook.backup;

import io.drrunbook.failure.RunbookException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.BooleanSupplier;

/** A copy on its way from one store into another: what is wrong with it shows before its end can be read. */
final class CheckedContent extends FilterInputStream {

    private final Manifest.StoredObject expected;
    private final Pace pace;
    private final BooleanSupplier cancelled;
    private final MessageDigest sha256 = Arrival.sha256();
    private long size;
    private boolean whole;

    CheckedContent(InputStream content, Manifest.StoredObject expected, Pace pace, BooleanSupplier cancelled) {
        super(content);
        this.expected = expected;
        this.pace = pace;
        this.cancelled = cancelled;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
            int n = super.read(bytes, offset, length);
            if (n < 0) {
                end();
                return n;
            }
            sha256.update(bytes, offset, n);
            size += n;
            pace.got(n);
            if (cancelled.getAsBoolean()) {
                throw new RunbookException("cancelled", "cancelled while copying");
            }
            return n;
        } catch (IOException | RunbookException e) {
            throw new BadSourceException(e);
        }
    }

    private void end() {
        if (!whole) {
            Arrival.compare(expected, size, HexFormat.of().formatHex(sha256.digest()));
            whole = true;
        }
    }

    @Override
    public long skip(long n) {
        throw new UnsupportedOperationException("what is skipped cannot be checked");
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    @Override
    public void close() throws IOException {
        if (whole) {
            super.close();
        } else {
            Arrival.abort(in);
        }
    }
}
