package io.drrunbook.crypto;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;

/**
 * The packets of an OpenPGP stream, one after the other (RFC 4880 section 4.2): old and new headers, definite, partial and
 * indeterminate lengths. Nothing is allocated for what a length says, because anybody may have written it.
 */
final class Packets {

    static final int PUBLIC_KEY_SESSION = 1;
    static final int SIGNATURE = 2;
    static final int PASSPHRASE_SESSION = 3;
    static final int ONE_PASS_SIGNATURE = 4;
    static final int COMPRESSED = 8;
    static final int ENCRYPTED = 9;
    static final int MARKER = 10;
    static final int LITERAL = 11;
    static final int ENCRYPTED_PROTECTED = 18;
    static final int ENCRYPTED_AEAD = 20;
    static final int PADDING = 21;

    /** What {@link #peek} says when there is no packet left. */
    static final int END = -1;

    private static final int IS_PACKET = 0x80;
    private static final int NEW_FORMAT = 0x40;

    private final PushbackInputStream in;

    Packets(InputStream in) {
        this.in = new PushbackInputStream(in);
    }

    /** The type of a packet that begins with that byte; {@link #END} when none does. */
    static int tag(int header) {
        if ((header & IS_PACKET) == 0) {
            return END;
        }
        return (header & NEW_FORMAT) != 0 ? header & 0x3f : (header & 0x3f) >> 2;
    }

    /** The type of the next packet, which stays unread. */
    int peek() throws IOException {
        int header = in.read();
        if (header < 0) {
            return END;
        }
        in.unread(header);
        if ((header & IS_PACKET) == 0) {
            throw new IOException("where a packet should begin stands " + header);
        }
        return tag(header);
    }

    /** The content of the next packet; to be read, or {@link #skip skipped}, before the one after it. */
    InputStream next() throws IOException {
        int header = octet();
        return (header & NEW_FORMAT) != 0 ? new Body(true) : old(header & 3);
    }

    /** Passes over the next packet, which must not be larger than that. */
    void skip(int most) throws IOException {
        int tag = peek();
        InputStream body = next();
        if (body.readNBytes(most).length == most && body.read() >= 0) {
            throw new IOException("a packet of type " + tag + " is larger than " + most + " bytes");
        }
    }

    /** What was not read yet, from the header of the next packet on. */
    InputStream rest() {
        return in;
    }

    private InputStream old(int kind) throws IOException {
        return switch (kind) {
            case 0 -> new Body(octet());
            case 1 -> new Body(number(2));
            case 2 -> new Body(number(4));
            default -> in;
        };
    }

    private long number(int octets) throws IOException {
        long number = 0;
        for (int i = 0; i < octets; i++) {
            number = number << 8 | octet();
        }
        return number;
    }

    private int octet() throws IOException {
        int octet = in.read();
        if (octet < 0) {
            throw new EOFException("it ends inside a packet");
        }
        return octet;
    }

    /** What is inside a packet whose length is known, at least of its next part. */
    private final class Body extends InputStream {

        private long left;
        private boolean partial;

        Body(long length) {
            this.left = length;
        }

        Body(boolean partial) throws IOException {
            this.partial = partial;
            part();
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            while (left == 0) {
                if (!partial) {
                    return -1;
                }
                part();
            }
            int n = in.read(bytes, offset, (int) Math.min(length, left));
            if (n < 0) {
                throw new EOFException("it ends inside a packet");
            }
            left -= n;
            return n;
        }

        @Override
        public void close() throws IOException {
            in.close();
        }

        /** RFC 4880 section 4.2.2. */
        private void part() throws IOException {
            int first = octet();
            partial = first >= 224 && first < 255;
            if (first < 192) {
                left = first;
            } else if (first < 224) {
                left = ((first - 192L) << 8) + octet() + 192;
            } else {
                left = partial ? 1L << (first & 0x1f) : number(4);
            }
        }
    }
}
