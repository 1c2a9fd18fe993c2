package io.drrunbook.alert;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.drrunbook.world.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLContext;

/** A real HTTP receiver on loopback: keeps what it gets, and can refuse, hang, or be away. */
final class CallReceiver implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final int port = Ports.free();
    private final SSLContext tls;
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private ExecutorService workers;
    private HttpServer server;
    private volatile Answer answer = new Answer(200, "ok");

    CallReceiver(SSLContext tls) {
        this.tls = tls;
        back();
    }

    CallReceiver() {
        this(null);
    }

    String url() {
        return (tls == null ? "http" : "https") + "://127.0.0.1:" + port;
    }

    /** From now on answers so; status 0 never answers. */
    CallReceiver answers(int status, String body) {
        answer = new Answer(status, body);
        return this;
    }

    /** Refuses connections. */
    void away() {
        server.stop(0);
        workers.shutdownNow();
    }

    /** Takes connections again. */
    void back() {
        try {
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            server = tls == null ? HttpServer.create(address, 0) : HttpsServer.create(address, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (server instanceof HttpsServer https) {
            https.setHttpsConfigurator(new HttpsConfigurator(tls));
        }
        workers = Executors.newCachedThreadPool();
        server.setExecutor(workers);
        server.createContext("/", this::take);
        server.start();
    }

    List<Call> calls() {
        return calls;
    }

    /** Calls whose body has that text. */
    List<Call> calls(String text) {
        return calls.stream().filter(call -> call.body().contains(text)).toList();
    }

    @Override
    public void close() {
        away();
    }

    private void take(HttpExchange exchange) throws IOException {
        Answer now = answer;
        calls.add(new Call(
                exchange.getRequestMethod(),
                exchange.getRequestURI().toString(),
                exchange.getRequestHeaders().entrySet().stream()
                        .collect(Collectors.toMap(
                                header -> header.getKey().toLowerCase(java.util.Locale.ROOT),
                                header -> header.getValue().get(0))),
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
        if (now.status() == 0) {
            return;
        }
        byte[] body = now.body().getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(now.status(), body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    /** A call as it came; names of headers in lower case. */
    record Call(String method, String target, Map<String, String> headers, String body) {

        JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        Map<String, String> form() {
            return Stream.of(body.split("&"))
                    .map(field -> field.split("=", 2))
                    .collect(Collectors.toMap(
                            field -> field[0], field -> URLDecoder.decode(field[1], StandardCharsets.UTF_8)));
        }

        /** What an honest sender who knows the secret would have put into the header. */
        String expectedSignature(String secret) throws Exception {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            byte[] signed = (headers.get("x-dr-timestamp") + "." + body).getBytes(StandardCharsets.UTF_8);
            StringBuilder hexadecimal = new StringBuilder("sha256=");
            for (byte one : mac.doFinal(signed)) {
                hexadecimal.append(String.format("%02x", one));
            }
            return hexadecimal.toString();
        }
    }

    private record Answer(int status, String body) {}
}
