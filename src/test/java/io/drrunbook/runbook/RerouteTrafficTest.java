package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.drrunbook.failure.RunbookException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;

/** Step 7 against a real HTTP server. */
@Tag("quick")
@InHarness
class RerouteTrafficTest {

    private static final String STEP = "direct:reroute-traffic";

    private record Call(String method, String target, Map<String, List<String>> headers, String body) {}

    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private HttpServer server;

    @Autowired
    private StepHarness step;

    @AfterEach
    void stop() {
        if (server != null) {
            server.stop(0);
        }
    }

    @Test
    void aLoadBalancerNeedsNothingAndTheLogSaysSo() throws Exception {
        begin(Map.of());

        assertThat(step.send(STEP).getException()).isNull();

        assertThat(step.passed()).containsExactly("begin 7", "complete 7");
        assertThat(step.run().details()).containsEntry("method", "load-balancer");
        assertThat(step.run().logged()).singleElement().asString().contains("nothing to do");
    }

    @Test
    void theConfiguredCallIsMadeOnceWithItsMethodHeadersAndBody() throws Exception {
        String url = answering(204);
        begin(Map.of(
                "url", url + "?pool=blue&weight=100",
                "http-method", "put",
                "headers.Authorization", "Bearer t0ken",
                "headers.Content-Type", "application/json",
                "body", "{\"active\":\"blue\"}"));

        assertThat(step.send(STEP).getException()).isNull();

        assertThat(calls).singleElement().satisfies(call -> {
            assertThat(call.method()).isEqualTo("PUT");
            assertThat(call.target()).isEqualTo("/switch?pool=blue&weight=100");
            assertThat(call.body()).isEqualTo("{\"active\":\"blue\"}");
            assertThat(call.headers())
                    .containsEntry("Authorization", List.of("Bearer t0ken"))
                    .containsEntry("Content-type", List.of("application/json"))
                    .doesNotContainKey("X-left-by-an-earlier-step");
        });
        assertThat(step.passed()).containsExactly("begin 7", "complete 7");
        assertThat(step.run().details()).containsEntry("method", "http").containsEntry("status", 204);
        assertThat(step.run().logged()).noneMatch(line -> line.contains("t0ken") || line.contains("pool"));
    }

    @Test
    void theTokensAreNotLeftInTheMessage() throws Exception {
        begin(Map.of("url", answering(200), "headers.Authorization", "Bearer t0ken"));

        assertThat(step.send(STEP).getMessage().getHeaders()).doesNotContainKey("Authorization");
        assertThat(calls).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {302, 403, 500, 503})
    void onlyTwoHundredsAreSuccess(int status) throws Exception {
        String url = answering(status);
        begin(Map.of("url", url + "?key=s3cret", "headers.Authorization", "Bearer t0ken"));

        RunbookException failure = step.failure(STEP);

        assertThat(failure.code()).isEqualTo("reroute_failed");
        assertThat(failure).hasMessageContainingAll("POST " + url + " ", String.valueOf(status));
        assertThat(failure.toString() + step.run().logged()).doesNotContain("t0ken", "s3cret");
        assertThat(calls).as("not repeated").hasSize(1);
        assertThat(step.passed()).containsExactly("begin 7");
    }

    @Test
    void aRefusedConnectionIsNamedWithoutTheQuery() throws Exception {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        begin(Map.of("url", "http://127.0.0.1:" + port + "/switch?key=s3cret"));

        assertThat(step.failure(STEP))
                .hasMessageContainingAll("http://127.0.0.1:" + port + "/switch", "connection refused")
                .hasMessageNotContaining("s3cret")
                .hasNoCause();
    }

    @Test
    void aServerThatNeverAnswersIsCutOffAtTheTimeout() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            begin(Map.of("url", "http://127.0.0.1:" + silent.getLocalPort() + "/switch", "timeout", "200ms"));

            assertThat(step.failure(STEP)).hasMessageContaining("no answer within 0.2 s");
        }
    }

    @Test
    void withoutAUrlTheStepNamesTheKey() throws Exception {
        begin(Map.of("method", "http"));

        RunbookException failure = step.failure(STEP);

        assertThat(failure.code()).isEqualTo("reroute_not_configured");
        assertThat(failure).hasMessageContaining("dr.applications.shop.reroute.url");
    }

    @Test
    void aPasswordInTheUrlIsRefusedAndNotShown() throws Exception {
        begin(Map.of("url", "http://ops:passw0rd@127.0.0.1:1/switch"));

        RunbookException failure = step.failure(STEP);

        assertThat(failure.code()).isEqualTo("reroute_not_configured");
        assertThat(failure).hasMessageContaining("Authorization").hasMessageNotContaining("passw0rd");
    }

    @Test
    void whatIsConfiguredPicksTheBranch() throws Exception {
        begin(Map.of("url", "http://127.0.0.1:1/switch"));
        AdviceWith.adviceWith(
                step.camel(),
                "reroute-traffic",
                advice -> advice.weaveByToUri("direct:call-traffic-switch")
                        .replace()
                        .to("mock:call"));
        MockEndpoint call = step.camel().getEndpoint("mock:call", MockEndpoint.class);

        assertThat(step.send(STEP).getException()).isNull();

        call.expectedMessageCount(1);
        call.assertIsSatisfied();
    }

    private void begin(Map<String, String> reroute) throws Exception {
        Map<String, String> application = new HashMap<>();
        reroute.forEach((key, value) -> application.put("reroute." + key, value));
        application.putIfAbsent("reroute.method", reroute.containsKey("url") ? "http" : "load-balancer");
        step.begin(StepHarness.shop(application), "steps/7-reroute-traffic.camel.yaml");
    }

    private String answering(int status) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            calls.add(new Call(
                    exchange.getRequestMethod(),
                    exchange.getRequestURI().toString(),
                    exchange.getRequestHeaders(),
                    new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
            exchange.getResponseHeaders().add("Location", "/elsewhere");
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        server.start();
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/switch";
    }
}
