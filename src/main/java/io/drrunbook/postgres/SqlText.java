package io.drrunbook.postgres;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;

/** The bytes of a word, name, value or comment, as far as they are short enough to be kept. */
final class SqlText {

    private static final int LONGEST = 1 << 16;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    void clear() {
        bytes.reset();
    }

    /** @return whether there was room for it */
    boolean keep(byte next) {
        if (bytes.size() == LONGEST) {
            return false;
        }
        bytes.write(next);
        return true;
    }

    int size() {
        return bytes.size();
    }

    byte[] bytes() {
        return bytes.toByteArray();
    }

    String in(Charset charset) {
        return bytes.toString(charset);
    }
}
