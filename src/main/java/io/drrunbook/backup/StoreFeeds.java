package io.drrunbook.backup;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * One stream that several stores take at once. It goes at the pace of the slowest; one that takes nothing for the stall
 * time-out, or gives up, is left behind, and the stream fails only when no store is left.
 *
 * <p>A store's stream ends well only after {@link #close}: what fails before reaches every store as an
 * {@link IOException}, so that none takes a beginning for the whole.
 */
public final class StoreFeeds extends OutputStream {

    private static final int CHUNK = 256 * 1024;
    private static final int CHUNKS_AHEAD = 16;
    private static final byte[] END = {};

    private final Map<String, Feed> feeds = new LinkedHashMap<>();
    private final Duration stallTimeout;
    private byte[] chunk = new byte[CHUNK];
    private int filled;
    private boolean over;

    /** @param stallTimeout how long a store may take nothing before it is left behind */
    public StoreFeeds(List<String> stores, Duration stallTimeout) {
        this.stallTimeout = stallTimeout;
        stores.forEach(store -> feeds.put(store, new Feed(store)));
    }

    /** What that store is to take; closing it before its end means that the store has given up. */
    public InputStream of(String store) {
        return Optional.ofNullable(feeds.get(store)).orElseThrow();
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    /** @throws NoStoreLeftException when no store is left that takes it */
    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int done = 0;
        while (done < length) {
            int n = Math.min(length - done, CHUNK - filled);
            System.arraycopy(bytes, offset + done, chunk, filled, n);
            filled += n;
            done += n;
            if (filled == CHUNK) {
                flush();
            }
        }
    }

    @Override
    public void flush() throws IOException {
        if (filled > 0) {
            byte[] full = filled == CHUNK ? chunk : Arrays.copyOf(chunk, filled);
            chunk = new byte[CHUNK];
            filled = 0;
            hand(full);
        }
    }

    /** All of it was written: the stores' streams end. Nothing happens when it had failed. */
    @Override
    public void close() throws IOException {
        if (!over) {
            flush();
            hand(END);
            over = true;
        }
    }

    /** The backup failed: no store may keep what it has. Nothing happens when all of it was written. */
    public void fail(Throwable cause) {
        if (!over) {
            over = true;
            feeds.values().forEach(feed -> feed.fail(new IOException("the backup was not finished", cause)));
        }
    }

    private void hand(byte[] content) throws IOException {
        for (Feed feed : feeds.values()) {
            feed.put(content);
        }
        if (feeds.values().stream().noneMatch(Feed::takes)) {
            throw new NoStoreLeftException();
        }
    }

    /** One store's stream. */
    private final class Feed extends InputStream implements S3Upload.Watched {

        private final String store;
        private final BlockingQueue<byte[]> chunks = new ArrayBlockingQueue<>(CHUNKS_AHEAD);
        private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();
        private volatile boolean givenUp;
        private volatile long movedAt = System.nanoTime();
        private byte[] current = new byte[0];
        private int read;

        Feed(String store) {
            this.store = store;
        }

        boolean takes() {
            return !givenUp && failure.get() == null;
        }

        void fail(IOException cause) {
            failure.compareAndSet(null, cause);
        }

        @Override
        public void moved() {
            movedAt = System.nanoTime();
        }

        void put(byte[] content) throws IOException {
            moved();
            try {
                while (takes() && !chunks.offer(content, 100, TimeUnit.MILLISECONDS)) {
                    if (System.nanoTime() - movedAt > stallTimeout.toNanos()) {
                        fail(new StalledException(store, stallTimeout));
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while writing into " + store);
            }
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
            while (read == current.length) {
                byte[] next = next();
                if (next == END) {
                    return -1;
                }
                current = next;
                read = 0;
            }
            int n = Math.min(length, current.length - read);
            System.arraycopy(current, read, bytes, offset, n);
            read += n;
            return n;
        }

        @Override
        public void close() {
            givenUp = true;
        }

        /** END stays in the queue, so that it is read again by whoever asks again. */
        private byte[] next() throws IOException {
            try {
                while (true) {
                    IOException failed = failure.get();
                    if (failed != null) {
                        throw failed;
                    }
                    if (chunks.peek() == END) {
                        return END;
                    }
                    byte[] next = chunks.poll(100, TimeUnit.MILLISECONDS);
                    if (next == END) {
                        chunks.add(END);
                        return END;
                    }
                    if (next != null) {
                        moved();
                        return next;
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while waiting for the backup");
            }
        }
    }

    /** All stores have given up. */
    public static final class NoStoreLeftException extends IOException {

        NoStoreLeftException() {
            super("no store takes the backup");
        }
    }

    /** A store that took nothing for too long. */
    private static final class StalledException extends IOException {

        StalledException(String store, Duration time) {
            super(store + " took nothing for " + time.toSeconds() + " s (dr.upload.stall-timeout)");
        }
    }
}
