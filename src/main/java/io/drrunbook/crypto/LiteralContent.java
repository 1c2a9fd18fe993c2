package io.drrunbook.crypto;

import java.io.IOException;
import java.io.InputStream;

/** Finds what was sealed in the packets of a message: behind signatures, inside compressed data (RFC 4880 section 11.3). */
final class LiteralContent {

    /** {@code gpg} makes one compressed packet; each may cost some megabytes of memory. */
    private static final int DEEPEST = 8;

    /** In front of the data; each signature is one. */
    private static final int MOST = 256;

    private static final int LARGEST_SIGNATURE = 1 << 20;

    private LiteralContent() {}

    /** @throws IOException when there is none, or too much stands in front of it */
    static InputStream in(InputStream message) throws IOException {
        Packets packets = new Packets(message);
        int depth = 0;
        for (int count = 0; count < MOST; count++) {
            int tag = packets.peek();
            switch (tag) {
                case Packets.SIGNATURE, Packets.ONE_PASS_SIGNATURE, Packets.MARKER, Packets.PADDING ->
                    packets.skip(LARGEST_SIGNATURE);
                case Packets.COMPRESSED -> {
                    if (++depth > DEEPEST) {
                        throw new IOException("it is compressed more than " + DEEPEST + " times");
                    }
                    packets = new Packets(decompressed(packets.next()));
                }
                case Packets.LITERAL -> {
                    return content(packets.next());
                }
                case Packets.END -> throw new IOException("it holds no data");
                default -> throw new IOException("it holds a packet of type " + tag + " instead of data");
            }
        }
        throw new IOException("more than " + MOST + " packets stand in front of its data");
    }

    /** RFC 4880 section 5.6. */
    private static InputStream decompressed(InputStream packet) throws IOException {
        int algorithm = packet.read();
        return Decompression.of(
                switch (algorithm) {
                    case 0 -> "none";
                    case 1 -> "deflate";
                    case 2 -> "zlib";
                    case 3 -> "bzip2";
                    default ->
                        throw new IOException("it is compressed with an algorithm that is not known: " + algorithm);
                },
                packet);
    }

    /** RFC 4880 section 5.9: a format, a name with its length, a time; then the data. */
    private static InputStream content(InputStream packet) throws IOException {
        packet.skipNBytes(1);
        packet.skipNBytes(Math.max(packet.read(), 0) + 4L);
        return packet;
    }
}
