package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.world.RecordedRun.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntUnaryOperator;
import org.apache.camel.Exchange;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.annotation.DirtiesContext;

/** Step 6 against real HTTP servers. */
@Tag("quick")
@InHarness
class VerifyHealthTest {

    private static final String STEP = "direct:verify-health";

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Map<String, List<String>>> requests = new CopyOnWriteArrayList<>();
    private HttpServer server;

    @Autowired
    private StepHarness step;

    @AfterEach
    void stop() {
        if (server != null) {
            server.stop(0);
        }
        threads.shutdownNow();
    }

    @Test
    void aPageThatTurnsGreenIsAskedUntilThenAndNoLonger() throws Exception {
        begin(answering(attempt -> attempt < 3 ? 503 : 200), 10, "20ms", "2s");

        assertThat(step.send(STEP).getException()).isNull();

        assertThat(requests).hasSize(3);
        assertThat(step.passed()).containsExactly("begin 6", "complete 6");
        assertThat(step.run().details()).containsEntry("attempts", 3).containsEntry("last_answer", "200 OK");
        assertThat(step.run().progressed())
                .containsExactly(
                        new Progress(1, 10, "attempts"),
                        new Progress(2, 10, "attempts"),
                        new Progress(3, 10, "attempts"));
        assertThat(step.run().logged())
                .contains("attempt 1 of 10: 503 Service Unavailable", "attempt 3 of 10: 200 OK")
                .doesNotContain("attempt 2 of 10: 503 Service Unavailable");
    }

    @Test
    void nothingThatEarlierStepsLeftInTheMessageReachesThePage() throws Exception {
        begin(answering(attempt -> 200), 1, "20ms", "2s");

        step.send(STEP);

        assertThat(requests)
                .singleElement()
                .satisfies(headers -> assertThat(headers).doesNotContainKey("X-left-by-an-earlier-step"));
    }

    @Test
    void aPageThatIsNeverGreenFailsTheRunAndSaysThatRollbackIsOneCallAway() throws Exception {
        String page = answering(attempt -> 503);
        begin(page + "?token=hidden", 3, "20ms", "2s");

        RunbookException failure = step.failure(STEP);

        assertThat(failure.code()).isEqualTo("health_never_green");
        assertThat(failure)
                .hasMessageContainingAll(
                        page,
                        "3 of 3 attempts",
                        "503 Service Unavailable",
                        "./dr rollback " + step.run().id())
                .hasMessageNotContaining("hidden");
        assertThat(requests)
                .as("one request an attempt, none repeated by the client")
                .hasSize(3);
        assertThat(step.passed()).containsExactly("begin 6");
    }

    @Test
    void onlyTwoHundredIsHealthyNotEvenARedirectToAGreenPage() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/health", exchange -> {
            requests.add(exchange.getRequestHeaders());
            exchange.getResponseHeaders().add("Location", "/green");
            exchange.sendResponseHeaders(requests.size() == 1 ? 302 : 204, -1);
            exchange.close();
        });
        server.createContext("/green", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
        begin("http://127.0.0.1:" + server.getAddress().getPort() + "/health", 2, "20ms", "2s");

        assertThat(step.failure(STEP)).hasMessageContaining("204 No Content");
        assertThat(step.run().logged()).anyMatch(line -> line.startsWith("attempt 1 of 2: 302 "));
    }

    @Test
    void theFirstAttemptIsMadeAtOnceAndNothingIsWaitedForBehindTheLast() throws Exception {
        begin(answering(attempt -> 500), 1, "1h", "2s");

        assertThat(step.failure(STEP).code()).isEqualTo("health_never_green");
        assertThat(requests).hasSize(1);
    }

    @Test
    void aRefusedConnectionIsAnAnswer() throws Exception {
        begin("http://127.0.0.1:" + freePort() + "/health", 2, "20ms", "2s");

        assertThat(step.failure(STEP)).hasMessageContaining("connection refused");
        assertThat(step.run().details()).containsEntry("attempts", 2);
    }

    @Test
    void aServerThatTakesTheConnectionAndNeverAnswersIsCutOffAtTheTimeout() throws Exception {
        try (ServerSocket silent = listening(socket -> {})) {
            begin("http://127.0.0.1:" + silent.getLocalPort() + "/health", 2, "20ms", "200ms");

            assertThat(step.failure(STEP)).hasMessageContaining("no answer within 0.2 s");
        }
    }

    @Test
    void theTimeoutIsOfTheWholeAttemptAlsoWhenTheAnswerDripsIn() throws Exception {
        try (ServerSocket dripping =
                listening(socket -> drip(socket, "HTTP/1.1 200 OK\r\n" + "X-Slow: x\r\n".repeat(50)))) {
            begin("http://127.0.0.1:" + dripping.getLocalPort() + "/health", 1, "20ms", "300ms");
            Instant before = Instant.now();

            assertThat(step.failure(STEP)).hasMessageContaining("no answer within 0.3 s");
            assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(3));
        }
    }

    @Test
    void theTimeoutHoldsForTheBodyToo() throws Exception {
        String head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
        try (ServerSocket dripping = listening(socket -> {
            send(socket, head);
            drip(socket, "x".repeat(1000));
        })) {
            begin("http://127.0.0.1:" + dripping.getLocalPort() + "/health", 1, "20ms", "300ms");
            Instant before = Instant.now();

            step.send(STEP);

            assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(3));
            assertThat(step.run().details()).containsEntry("last_answer", "no answer within 0.3 s");
        }
    }

    @Test
    void aFailureOfTlsIsAnAnswer() throws Exception {
        try (ServerSocket plain = listening(socket -> send(socket, "HTTP/1.1 400 Bad Request\r\n\r\n"))) {
            begin("https://127.0.0.1:" + plain.getLocalPort() + "/health", 1, "20ms", "2s");

            assertThat(step.failure(STEP)).hasMessageContaining("TLS: ");
        }
    }

    @Test
    void aCancelledRunAsksNoMore() throws Exception {
        String page = answering(attempt -> {
            step.run().cancel();
            return 503;
        });
        begin(page, 30, "20ms", "2s");

        assertThat(step.failure(STEP).code()).isEqualTo("cancelled");
        assertThat(requests).hasSize(1);
    }

    @Test
    @DirtiesContext
    void aServiceThatStopsMeanwhileEndsTheLoopButNotTheStep() throws Exception {
        begin(answering(attempt -> 503), 100_000, "500ms", "2s");
        CompletableFuture<Exchange> ended = CompletableFuture.supplyAsync(() -> step.send(STEP));
        await().pollInterval(Duration.ofMillis(20)).until(() -> !requests.isEmpty());

        step.camel().stop();

        assertThat(ended.get(5, TimeUnit.SECONDS).getException()).isNotNull();
        assertThat(step.passed()).containsExactly("begin 6");
    }

    @Test
    void withoutAUrlTheStepNamesTheKey() throws Exception {
        begin("", 1, "20ms", "2s");

        RunbookException failure = step.failure(STEP);

        assertThat(failure.code()).isEqualTo("health_not_configured");
        assertThat(failure).hasMessageContaining("dr.applications.shop.health.url");
    }

    @Test
    void aPasswordInTheUrlIsRefusedAndNotShown() throws Exception {
        begin("http://ops:passw0rd@127.0.0.1:1/health", 1, "20ms", "2s");

        RunbookException failure = step.failure(STEP);

        assertThat(failure.code()).isEqualTo("health_not_configured");
        assertThat(failure).hasMessageContaining("user-info").hasMessageNotContaining("passw0rd");
    }

    @Test
    void theLoopAsksThroughTheRouteOfOneAttempt() throws Exception {
        begin("http://127.0.0.1:1/health", 4, "0ms", "2s");
        AdviceWith.adviceWith(
                step.camel(),
                "verify-health",
                advice ->
                        advice.weaveByToUri("direct:ask-health-page").replace().to("mock:attempt"));
        MockEndpoint attempts = step.camel().getEndpoint("mock:attempt", MockEndpoint.class);

        assertThat(step.failure(STEP)).hasMessageContaining("its last answer: none");

        attempts.expectedMessageCount(4);
        attempts.assertIsSatisfied();
    }

    private void begin(String url, int attempts, String interval, String timeout) throws Exception {
        step.begin(
                StepHarness.shop(Map.of(
                        "health.url",
                        url,
                        "health.attempts",
                        attempts,
                        "health.interval",
                        interval,
                        "health.timeout",
                        timeout)),
                "steps/6-verify-health.camel.yaml");
    }

    /** A page that answers each attempt, counted from 1, with that status. */
    private String answering(IntUnaryOperator status) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            requests.add(exchange.getRequestHeaders());
            exchange.sendResponseHeaders(status.applyAsInt(requests.size()), -1);
            exchange.close();
        });
        server.start();
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/health";
    }

    private ServerSocket listening(Consumer<Socket> conversation) throws IOException {
        ServerSocket listening = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        threads.execute(() -> {
            while (!listening.isClosed()) {
                try {
                    Socket socket = listening.accept();
                    threads.execute(() -> conversation.accept(socket));
                } catch (IOException e) {
                    assertThat(listening.isClosed()).isTrue();
                }
            }
        });
        return listening;
    }

    /** One byte every 20 ms until the other side has had enough. */
    private static void drip(Socket socket, String text) {
        try {
            for (byte each : text.getBytes(StandardCharsets.US_ASCII)) {
                socket.getOutputStream().write(each);
                socket.getOutputStream().flush();
                LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
            }
        } catch (IOException e) {
            assertThat(e).hasMessageMatching("(?i).*(broken pipe|reset|closed).*");
        }
    }

    private static void send(Socket socket, String text) {
        try {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
