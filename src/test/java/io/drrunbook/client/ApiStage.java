package io.drrunbook.client;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A real HTTP server on loopback that plays the service's API as a test has written it. */
final class ApiStage implements AutoCloseable {

    static final String RUN = "6f1c2b9e-5f43-4f0e-9d37-0b6a3c1d2e4f";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> STEPS = List.of(
            "Select backup",
            "Download backup",
            "Decrypt and decompress",
            "Restore database",
            "Restart application",
            "Verify health checks",
            "Reroute traffic");

    private final Map<String, Part> parts = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final ExecutorService workers = Executors.newCachedThreadPool();
    private final HttpServer server;

    ApiStage() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.setExecutor(workers);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** What {@code METHOD /path} below {@code /api/v1} does. */
    ApiStage on(String call, Part part) {
        parts.put(call, part);
        return this;
    }

    ApiStage on(String call, int status, Object body) {
        return on(call, exchange -> send(exchange, status, "application/json", body.toString()));
    }

    /** Starts a run that has ended when its events are read. */
    ApiStage runEndsAs(String status) {
        return on("POST /runs", 202, run("queued"))
                .on("GET /runs/" + RUN + "/events", exchange -> events(exchange, event(9, "done", run(status))));
    }

    List<Request> requests() {
        return requests;
    }

    Request request(String call) {
        return requests.stream()
                .filter(request -> request.call().equals(call))
                .findFirst()
                .orElseThrow(() -> new AssertionError(call + " was not called: " + requests));
    }

    static ObjectNode run(String status) {
        ObjectNode run = JSON.createObjectNode()
                .put("id", RUN)
                .put("mode", "recovery")
                .put("application", "shop")
                .put("status", status)
                .put("duration_seconds", 723.4)
                .put("rto_target_seconds", 3600)
                .put("rto_met", true)
                .put("data_loss_seconds", 540)
                .put("rpo_target_seconds", 900)
                .put("rpo_met", true)
                .put("previous_database", "shop__before_6f1c2b9e")
                .putNull("error")
                .putNull("code");
        for (int number = 1; number <= STEPS.size(); number++) {
            run.withArray("steps").add(step(number, status.equals("queued") ? "pending" : "completed"));
        }
        return run;
    }

    static ObjectNode step(int number, String status) {
        return JSON.createObjectNode()
                .put("step", number)
                .put("name", STEPS.get(number - 1))
                .put("status", status)
                .put("duration_seconds", 0.5)
                .putNull("error");
    }

    static ObjectNode problem(int status, String code, String detail) {
        return JSON.createObjectNode().put("status", status).put("code", code).put("detail", detail);
    }

    static String event(int id, String name, Object data) {
        return "id:" + id + "\nevent:" + name + "\ndata:" + data + "\n\n";
    }

    static void events(HttpExchange exchange, String... events) throws IOException {
        send(exchange, 200, "text/event-stream", String.join("", events));
    }

    static void send(HttpExchange exchange, int status, String type, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
        workers.shutdownNow();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String call = exchange.getRequestMethod() + " "
                + exchange.getRequestURI().toString().replaceFirst("^/api/v1", "");
        requests.add(new Request(
                call,
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8),
                exchange.getRequestHeaders().getFirst("Authorization"),
                exchange.getRequestHeaders().getFirst("Last-Event-ID")));
        Part part = parts.get(call);
        if (part == null) {
            send(
                    exchange,
                    404,
                    "application/problem+json",
                    problem(404, "unknown", "nobody plays " + call).toString());
        } else {
            part.play(exchange);
        }
    }

    /** Answers one call. */
    interface Part {

        void play(HttpExchange exchange) throws IOException;
    }

    /** A call that came. */
    record Request(String call, String body, String authorization, String lastEventId) {

        ObjectNode json() {
            try {
                return (ObjectNode) JSON.readTree(body);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
