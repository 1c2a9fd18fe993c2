package io.drrunbook.postgres;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The numbers and texts that an archive's table of contents is made of (pg_backup_archiver.c, {@code ReadInt} and
 * {@code ReadStr}). Nothing is made room for before it is known to be small and to be there.
 */
final class TocInput {

    private final InputStream in;
    private long left;
    private int integerBytes = Integer.BYTES;
    private int offsetBytes = Long.BYTES;
    private Charset charset = StandardCharsets.UTF_8;

    /** @param size bytes that there are at most */
    TocInput(InputStream in, long size) {
        this.in = in;
        this.left = size;
    }

    /** How wide its numbers and its positions in the file are. */
    void widths(int integers, int offsets) {
        if (integers < 1 || integers > Long.BYTES || offsets < 1 || offsets > Long.BYTES) {
            throw new IllegalArgumentException("its numbers have " + integers + " and " + offsets + " bytes");
        }
        integerBytes = integers;
        offsetBytes = offsets;
    }

    void charset(Charset texts) {
        charset = texts;
    }

    long left() {
        return left;
    }

    int unsignedByte() throws IOException {
        int read = in.read();
        if (read < 0) {
            throw new EOFException();
        }
        left--;
        return read;
    }

    /** A sign, then the least significant byte first. */
    int integer() throws IOException {
        boolean negative = unsignedByte() != 0;
        long value = littleEndian(integerBytes);
        if (value < 0 || value > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("it has a number that is too large");
        }
        return (int) (negative ? -value : value);
    }

    /** A position in the file, the least significant byte first. */
    long offset() throws IOException {
        return littleEndian(offsetBytes);
    }

    private long littleEndian(int bytes) throws IOException {
        long value = 0;
        for (int index = 0; index < bytes; index++) {
            value |= (long) unsignedByte() << index * Byte.SIZE;
        }
        return value;
    }

    /**
     * A text; null when there is none.
     *
     * @throws IllegalArgumentException when it is longer than that
     */
    @Nullable
    String text(int longest) throws IOException {
        int length = integer();
        if (length < 0) {
            return null;
        }
        if (length > longest) {
            throw new IllegalArgumentException("it has a name of " + length + " bytes");
        }
        return read(length);
    }

    /** As {@link #text}, but one that is longer is passed over and counts as none. */
    @Nullable
    String textUpTo(int longest) throws IOException {
        int length = integer();
        if (length <= longest) {
            return length < 0 ? null : read(length);
        }
        requireLeft(length);
        in.skipNBytes(length);
        left -= length;
        return null;
    }

    private String read(int length) throws IOException {
        requireLeft(length);
        byte[] bytes = in.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException();
        }
        left -= length;
        return new String(bytes, charset);
    }

    private void requireLeft(int length) throws EOFException {
        if (length > left) {
            throw new EOFException();
        }
    }
}
