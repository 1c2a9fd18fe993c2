package io.drrunbook.world;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.awaitility.Awaitility;

/** The real service as a process of its own, with 256 MB of heap, spoken to over HTTP as anybody would. */
public final class ServiceProcess implements AutoCloseable {

    public static final String PASSWORD = "admin-password-of-the-test";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Set<String> OVER = Set.of("succeeded", "failed", "cancelled", "rolled_back", "waiting");

    private final Path directory;
    private final int port = Ports.free();
    private final Map<String, String> environment = new TreeMap<>(Map.of("LC_ALL", "C.UTF-8"));
    private HttpClient http = HttpClient.newHttpClient();
    private String scheme = "http";
    private List<String> jvm = List.of("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");
    private Path routes = Path.of("routes");
    private Process process;

    /** {@code settings} is YAML that goes on top of {@code application.yml}. */
    public ServiceProcess(Path directory, String settings) {
        this.directory = directory;
        try {
            Files.createDirectories(directory);
            Files.writeString(directory.resolve("settings.yml"), settings + """

                    server.port: %d
                    server.address: 127.0.0.1
                    spring.jmx.enabled: true
                    """.formatted(port));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public ServiceProcess with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** Speaks TLS with that certificate; the settings must say so too. */
    public ServiceProcess over(Certificate certificate) {
        scheme = "https";
        http = HttpClient.newBuilder().sslContext(certificate.context()).build();
        return this;
    }

    HttpClient http() {
        return http;
    }

    /** With a runbook of its own instead of the one in {@code routes/}. */
    public ServiceProcess withRoutes(Path folder) {
        routes = folder;
        return this;
    }

    /** With these options of the JVM instead of those that let it start quickly. */
    public ServiceProcess withJvm(String... options) {
        jvm = List.of(options);
        return this;
    }

    public String url() {
        return scheme + "://127.0.0.1:" + port;
    }

    public Path directory() {
        return directory;
    }

    public ServiceProcess start() {
        launch();
        try {
            Awaitility.await()
                    .atMost(Duration.ofSeconds(90))
                    .pollInterval(Duration.ofMillis(200))
                    .until(() -> !process.isAlive() || ready());
        } catch (RuntimeException e) {
            throw new IllegalStateException("the service does not start: " + log(), e);
        }
        if (!process.isAlive()) {
            throw new IllegalStateException("the service has ended: " + log());
        }
        return this;
    }

    /** Starts it and waits for its end; for settings that it must refuse. */
    public int startToEnd() {
        launch();
        return process.onExit().orTimeout(90, TimeUnit.SECONDS).join().exitValue();
    }

    /** SIGKILL. */
    public void kill() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** SIGTERM, and waits until it has ended. */
    public void stop() {
        process.destroy();
        process.onExit().join();
    }

    public long pid() {
        return process.pid();
    }

    public String log() {
        try {
            return Files.readString(directory.resolve("service.log"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Highest resident memory so far, in KiB, from {@code /proc}. */
    public long peakMemory() {
        try {
            return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                    .filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Answer get(String path) {
        return send(request(path).GET());
    }

    /** The status that somebody without a password gets. */
    public int anonymously(String path) {
        return send(HttpRequest.newBuilder(URI.create(url() + path)).GET()).status();
    }

    public Answer post(String path, String body) {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    /** Anything else: {@code headers} are names and values in turn, and nobody is logged in unless they say so. */
    public Answer call(String method, String path, String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url() + path))
                .timeout(Duration.ofMinutes(1))
                .method(
                        method,
                        body.isEmpty()
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(body));
        return send(headers.length == 0 ? request : request.headers(headers));
    }

    /** Posts JSON without saying how long it is. */
    public Answer stream(String path, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes))));
    }

    /** Value of an {@code Authorization} header. */
    public static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }

    public Answer takeBackup(String application) {
        return post("/api/v1/backups", "{\"application\":\"" + application + "\"}");
    }

    /** Starts a recovery of the latest backup and returns its id. */
    public String recover(String application) {
        return start("recovery", application, null);
    }

    public String start(String mode, String application, String backup) {
        Answer answer = ask(mode, application, backup);
        if (answer.status() != 202) {
            throw new AssertionError("not admitted: " + answer);
        }
        return answer.json().get("id").asText();
    }

    public Answer ask(String mode, String application, String backup) {
        return post(
                "/api/v1/runs",
                JSON.createObjectNode()
                        .put("mode", mode)
                        .put("application", application)
                        .put("backup_id", backup)
                        .put("reason", "a test of the runbook")
                        .put("confirm", application)
                        .toString());
    }

    public JsonNode run(String id) {
        return get("/api/v1/runs/" + id).json();
    }

    /** Waits until the run has ended or waits for a person, and returns its log. */
    public JsonNode await(String id) {
        return await(id, Duration.ofSeconds(120));
    }

    public JsonNode await(String id, Duration limit) {
        return Awaitility.await()
                .atMost(limit)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> run(id), run -> OVER.contains(run.path("status").asText()));
    }

    /** Everything the run has logged, a line each. */
    public String events(String id) {
        return send(request("/api/v1/runs/" + id + "/events").GET()).body();
    }

    /** What came behind the event of that id. */
    public String events(String id, String lastEventId) {
        return send(request("/api/v1/runs/" + id + "/events")
                        .header("Last-Event-ID", lastEventId)
                        .GET())
                .body();
    }

    @Override
    public void close() {
        if (process != null) {
            kill();
        }
    }

    private boolean ready() {
        try {
            return anonymously("/actuator/health/readiness") == 200;
        } catch (UncheckedIOException e) {
            return false;
        }
    }

    private void launch() {
        List<String> command = ServiceProgram.command(jvm);
        command.addAll(List.of(
                "--spring.config.additional-location=" + directory.resolve("settings.yml"),
                "--camel.main.routes-include-pattern=file:" + routes.toAbsolutePath() + "/**/*.camel.yaml"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(
                        directory.resolve("service.log").toFile()));
        builder.environment().putAll(environment);
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(url() + path))
                .timeout(Duration.ofMinutes(10))
                .header("Authorization", basic("admin", PASSWORD));
    }

    private Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Answer(
                    response.statusCode(),
                    response.body(),
                    name -> response.headers().firstValue(name).orElse(""));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Status, body and headers of an answer. */
    public record Answer(int status, String body, UnaryOperator<String> header) {

        @Override
        public String toString() {
            return status + " " + body;
        }

        public JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                throw new UncheckedIOException("not JSON: " + body, e);
            }
        }
    }
}
