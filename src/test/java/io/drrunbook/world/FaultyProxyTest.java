package io.drrunbook.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.drrunbook.world.FaultyProxy.Fault;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("quick")
class FaultyProxyTest {

    private static final String BACKUP = "/backups/shop/a.dump.gz.gpg";
    private static final String MANIFEST = BACKUP + ".json";
    private static final byte[] CONTENT = new byte[200_000];

    private final ExecutorService workers = Executors.newCachedThreadPool();
    private HttpServer store;
    private FaultyProxy proxy;

    @BeforeEach
    void givenAProxyInFrontOfAStore() throws IOException {
        new Random(1).nextBytes(CONTENT);
        store = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        store.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, CONTENT.length);
            exchange.getResponseBody().write(CONTENT);
            exchange.close();
        });
        store.setExecutor(workers);
        store.start();
        proxy = FaultyProxy.before(store.getAddress().getPort());
    }

    @AfterEach
    void stop() {
        proxy.close();
        store.stop(0);
        workers.shutdownNow();
    }

    @Test
    void withoutAFaultEverythingPasses() throws Exception {
        assertThat(get(BACKUP).body()).isEqualTo(CONTENT);
        assertThat(proxy.hits()).isZero();
    }

    @Test
    void aServerErrorIsAnsweredForBackupsOnly() throws Exception {
        proxy.fault(Fault.SERVER_ERROR);

        assertThat(get(BACKUP).statusCode()).isEqualTo(500);
        assertThat(get(MANIFEST).body()).isEqualTo(CONTENT);
        assertThat(proxy.hits()).isEqualTo(1);
    }

    @Test
    void aCutEndsTheAnswerEarly() {
        proxy.fault(Fault.CUT);

        assertThatThrownBy(() -> get(BACKUP)).isInstanceOf(IOException.class);
    }

    @Test
    void aFlippedBitKeepsTheLengthAndChangesOneByte() throws Exception {
        proxy.fault(Fault.FLIPPED_BIT);

        byte[] got = get(BACKUP).body();

        assertThat(got).hasSameSizeAs(CONTENT);
        int different = 0;
        for (int i = 0; i < got.length; i++) {
            different += got[i] == CONTENT[i] ? 0 : 1;
        }
        assertThat(different).isEqualTo(1);
    }

    @Test
    void aStallLeavesTheConnectionOpenAndSendsNothing() throws IOException {
        proxy.fault(Fault.STALL);

        assertThat(received(300)).isLessThan(CONTENT.length);
    }

    @Test
    void aSlowStoreSendsATrickle() throws IOException {
        proxy.fault(Fault.SLOW);

        assertThat(received(500)).isBetween(100L, 10_000L);
    }

    @Test
    void aRefusingProxyComesBackWhenItIsHealed() throws Exception {
        proxy.refuse();
        assertThatThrownBy(() -> get(BACKUP)).isInstanceOf(ConnectException.class);

        proxy.heal();

        assertThat(get(BACKUP).body()).isEqualTo(CONTENT);
    }

    private HttpResponse<byte[]> get(String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(proxy.endpoint() + path))
                                .build(),
                        BodyHandlers.ofByteArray());
    }

    /** Bytes until that many milliseconds have passed, or none has come for as long; the connection must stay open. */
    private long received(int milliseconds) throws IOException {
        long end = System.nanoTime() + milliseconds * 1_000_000L;
        long bytes = 0;
        try (Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), URI.create(proxy.endpoint()).getPort())) {
            socket.setSoTimeout(milliseconds);
            socket.getOutputStream()
                    .write(("GET " + BACKUP + " HTTP/1.1\r\nHost: store\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            while (System.nanoTime() < end) {
                int n = in.read(new byte[1024]);
                assertThat(n).as("the connection stays open").isPositive();
                bytes += n;
            }
            return bytes;
        } catch (SocketTimeoutException silence) {
            return bytes;
        }
    }
}
