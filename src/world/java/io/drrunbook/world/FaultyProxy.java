package io.drrunbook.world;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A TCP proxy in front of a store that fails the way networks do. A fault meets only backups themselves, on their way out
 * ({@code GET ....gpg}) or, where it says so, in ({@code PUT ....gpg}), so that listing and manifests still work, as they do when a large download fails.
 */
public final class FaultyProxy implements AutoCloseable {

    /** What happens to an answer. */
    public enum Fault {
        NONE,
        /** 500 instead of an answer. */
        SERVER_ERROR,
        /** The connection ends after half of the fault's bytes. */
        CUT,
        /** Nothing comes any more, the connection stays open. */
        STALL,
        /** A trickle of some hundred bytes a second. */
        SLOW,
        /** One bit of the content is another. */
        FLIPPED_BIT,
        /** A backup that is written is not taken any further, the connection stays open. */
        UPLOAD_STALLS,
        /** The connection ends in the middle of a backup that is written. */
        UPLOAD_CUT
    }

    /** What happens to requests to delete something. */
    public enum Deletes {
        PASS,
        /** 403 instead of an answer, as from a bucket that is locked; the store hears nothing of it. */
        FORBIDDEN,
        /** 204, as if it were gone; the store hears nothing of it. */
        PRETENDED,
        /** Those for objects are held for ever, those for manifests pass; the store hears nothing of it. */
        OBJECTS_HELD
    }

    private static final int AFTER = 4096;
    private static final String REFUSAL = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>AccessDenied</Code>"
            + "<Message>The object is locked.</Message></Error>";
    private static final int TRICKLE = 100;

    private final int target;
    private final ExecutorService workers = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "faulty-proxy");
        thread.setDaemon(true);
        return thread;
    });
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicInteger hits = new AtomicInteger();
    private final AtomicInteger lost = new AtomicInteger();
    private final int port;
    private volatile ServerSocket server;
    private volatile Fault fault = Fault.NONE;
    private volatile Deletes deletes = Deletes.PASS;
    private volatile CountDownLatch released = new CountDownLatch(1);

    private FaultyProxy(int target) {
        this.target = target;
        this.port = Ports.free();
    }

    public static FaultyProxy before(int target) {
        FaultyProxy proxy = new FaultyProxy(target);
        proxy.accept();
        return proxy;
    }

    public String endpoint() {
        return "http://127.0.0.1:" + port;
    }

    public void fault(Fault fault) {
        this.fault = fault;
        hits.set(0);
    }

    public void deletes(Deletes deletes) {
        this.deletes = deletes;
        hits.set(0);
    }

    /** How many answers, or deletions, have met the fault. */
    public int hits() {
        return hits.get();
    }

    /** How many connections have broken, by a fault or because one side had enough. */
    public int lost() {
        return lost.get();
    }

    /** From now on connections are refused. */
    public void refuse() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        dropAll();
    }

    /** Everything passes again. */
    public void heal() {
        fault = Fault.NONE;
        deletes = Deletes.PASS;
        dropAll();
        released.countDown();
        released = new CountDownLatch(1);
        if (server.isClosed()) {
            accept();
        }
    }

    @Override
    public void close() {
        refuse();
        released.countDown();
        workers.shutdownNow();
    }

    private void accept() {
        try {
            ServerSocket listening = new ServerSocket();
            listening.setReuseAddress(true);
            listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            server = listening;
            workers.submit(() -> serve(listening));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serve(ServerSocket listening) {
        while (!listening.isClosed()) {
            try {
                Socket client = listening.accept();
                open.add(client);
                workers.submit(() -> connect(client));
            } catch (IOException e) {
                // Closed: refused from now on.
                return;
            }
        }
    }

    private void connect(Socket client) {
        try (client;
                Socket store = new Socket(InetAddress.getLoopbackAddress(), target)) {
            open.add(store);
            boolean[] backup = {false};
            workers.submit(() -> requests(client, store, backup));
            answers(client, store, backup);
        } catch (IOException e) {
            lost.incrementAndGet();
        } finally {
            open.remove(client);
        }
    }

    /** Passes requests on and notes whether the last one was for a backup. */
    private void requests(Socket client, Socket store, boolean[] backup) {
        byte[] chunk = new byte[65536];
        boolean upload = false;
        long written = 0;
        try {
            InputStream in = client.getInputStream();
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                String head = new String(chunk, 0, Math.min(n, 2000), StandardCharsets.ISO_8859_1);
                if (head.startsWith("DELETE ") && met(head, client)) {
                    continue;
                }
                if (head.startsWith("GET ") || head.startsWith("PUT ") || head.startsWith("HEAD ")) {
                    String path = head.substring(0, head.indexOf(" HTTP/"));
                    backup[0] = path.matches("GET .*\\.(gpg|enc|dump)");
                    upload = path.matches("PUT .*\\.gpg(\\?.*)?");
                    written = 0;
                }
                written += n;
                if (upload && written > AFTER && harmUpload(client, store)) {
                    return;
                }
                store.getOutputStream().write(chunk, 0, n);
            }
            store.shutdownOutput();
        } catch (IOException e) {
            lost.incrementAndGet();
        }
    }

    /** Returns whether the connection is over. */
    private boolean harmUpload(Socket client, Socket store) throws IOException {
        switch (fault) {
            case UPLOAD_STALLS -> {
                hits.incrementAndGet();
                await(600_000);
                return true;
            }
            case UPLOAD_CUT -> {
                hits.incrementAndGet();
                client.close();
                store.close();
                return true;
            }
            default -> {
                return false;
            }
        }
    }

    /** Returns whether the store does not hear of it. */
    private boolean met(String head, Socket client) throws IOException {
        boolean object = head.substring(0, head.indexOf(" HTTP/")).matches("DELETE .*\\.(gpg|enc|dump)");
        if (deletes == Deletes.PASS || deletes == Deletes.OBJECTS_HELD && !object) {
            return false;
        }
        hits.incrementAndGet();
        if (deletes == Deletes.PRETENDED) {
            client.getOutputStream().write("HTTP/1.1 204 No Content\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        }
        if (deletes == Deletes.FORBIDDEN) {
            client.getOutputStream()
                    .write(("HTTP/1.1 403 Forbidden\r\nContent-Type: application/xml\r\nContent-Length: "
                                    + REFUSAL.length() + "\r\n\r\n" + REFUSAL)
                            .getBytes(StandardCharsets.ISO_8859_1));
        }
        return true;
    }

    private void answers(Socket client, Socket store, boolean[] backup) throws IOException {
        byte[] chunk = new byte[65536];
        InputStream in = store.getInputStream();
        OutputStream out = client.getOutputStream();
        long sent = 0;
        boolean flipped = false;
        for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
            boolean met = backup[0] && fault != Fault.UPLOAD_STALLS && fault != Fault.UPLOAD_CUT;
            Fault now = met ? fault : Fault.NONE;
            if (now == Fault.NONE) {
                sent = 0;
                out.write(chunk, 0, n);
                continue;
            }
            boolean first = sent == 0;
            if (first) {
                hits.incrementAndGet();
            }
            sent += n;
            if (now == Fault.FLIPPED_BIT) {
                // The first piece may be nothing but the head of the answer.
                if (!flipped && (!first || n > 2000)) {
                    chunk[n - 1] ^= 1;
                    flipped = true;
                }
                out.write(chunk, 0, n);
                continue;
            }
            if (!harm(now, chunk, n, sent, out)) {
                return;
            }
        }
    }

    /** Returns whether the connection goes on. */
    private boolean harm(Fault now, byte[] chunk, int n, long sent, OutputStream out) throws IOException {
        switch (now) {
            case SERVER_ERROR -> {
                out.write("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                        .getBytes(StandardCharsets.ISO_8859_1));
                return false;
            }
            case CUT -> {
                out.write(chunk, 0, Math.min(n, AFTER));
                return sent < AFTER;
            }
            case STALL -> {
                out.write(chunk, 0, Math.min(n, AFTER));
                out.flush();
                await(600_000);
                return false;
            }
            case SLOW -> {
                for (int i = 0; i < n; i += TRICKLE / 10) {
                    out.write(chunk, i, Math.min(TRICKLE / 10, n - i));
                    out.flush();
                    if (i > AFTER / 2 && await(100)) {
                        return false;
                    }
                }
                return true;
            }
            default -> throw new IllegalStateException("not a fault of an answer: " + now);
        }
    }

    private boolean await(long milliseconds) throws IOException {
        try {
            return released.await(milliseconds, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    /** All connections end, and new ones are taken. */
    public void dropAll() {
        for (Socket socket : open) {
            try {
                socket.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        open.clear();
    }
}
