package io.drrunbook.crypto;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.GZIPOutputStream;

/**
 * Gzip on several cores: each block becomes a member of its own, and a gzip file may have many (RFC 1952, section 2.2), so
 * {@code gunzip} reads the result. Some blocks for each thread are held in memory, however long the stream is.
 */
final class ParallelGzipOutputStream extends OutputStream {

    /** Large enough that starting each member with an empty window costs less than a percent. */
    private static final int BLOCK = 1 << 20;

    private final OutputStream target;
    private final int level;
    private final int ahead;
    private final ExecutorService threads;
    private final Deque<Future<byte[]>> members = new ArrayDeque<>();
    private byte[] block = new byte[BLOCK];
    private int filled;
    private boolean any;

    /** Closing it ends the file and leaves {@code target} open. */
    ParallelGzipOutputStream(OutputStream target, int level, int threads) {
        this.target = target;
        this.level = level;
        this.ahead = 2 * threads;
        this.threads = Executors.newFixedThreadPool(threads, task -> {
            Thread thread = new Thread(task, "gzip");
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        int done = 0;
        while (done < length) {
            int n = Math.min(length - done, BLOCK - filled);
            System.arraycopy(bytes, offset + done, block, filled, n);
            filled += n;
            done += n;
            if (filled == BLOCK) {
                compress();
            }
        }
    }

    @Override
    public void close() throws IOException {
        try {
            if (filled > 0 || !any) {
                compress();
            }
            while (!members.isEmpty()) {
                target.write(next());
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private void compress() throws IOException {
        byte[] content = block;
        int length = filled;
        members.add(threads.submit(() -> member(content, length)));
        any = true;
        block = new byte[BLOCK];
        filled = 0;
        if (members.size() >= ahead) {
            target.write(next());
        }
    }

    private byte[] next() throws IOException {
        try {
            return members.remove().get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while compressing");
        } catch (ExecutionException e) {
            throw new IOException("the backup cannot be compressed", e.getCause());
        }
    }

    private byte[] member(byte[] content, int length) {
        ByteArrayOutputStream out = new ByteArrayOutputStream(length / 2);
        try (GZIPOutputStream gzip = new Leveled(out, level)) {
            gzip.write(content, 0, length);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** The JDK's has no way to say how hard it should try. */
    private static final class Leveled extends GZIPOutputStream {

        Leveled(OutputStream out, int level) throws IOException {
            super(out, 1 << 16);
            def.setLevel(level);
        }
    }
}
