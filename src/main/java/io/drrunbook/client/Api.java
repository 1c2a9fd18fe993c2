package io.drrunbook.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The service's HTTP API as the environment says where it is and who asks. */
final class Api {

    static final ObjectMapper JSON = new ObjectMapper();
    private static final Path MADE_PASSWORD = Path.of("data", "initial-admin-password");
    private static final Duration LONGEST = Duration.ofMinutes(30);

    private final String url;
    private final String authorization;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();

    Api(Map<String, String> environment) throws IOException {
        this.url = environment.getOrDefault("DR_URL", "http://localhost:8080").replaceAll("/+$", "");
        this.authorization = authorization(environment);
    }

    String url() {
        return url;
    }

    JsonNode get(String path) throws IOException {
        return send(request(path).GET());
    }

    JsonNode post(String path, @Nullable Object body) throws IOException {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body == null ? "{}" : JSON.writeValueAsString(body))));
    }

    /** The run's events behind {@code lastId}, as they come. */
    InputStream events(String run, String lastId) throws IOException {
        HttpResponse<InputStream> answer = exchange(
                request("/api/v1/runs/" + run + "/events")
                        .header("Last-Event-ID", lastId)
                        .GET()
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        if (answer.statusCode() != 200) {
            throw new IOException("events answered " + answer.statusCode());
        }
        return answer.body();
    }

    private JsonNode send(HttpRequest.Builder request) throws IOException {
        HttpResponse<String> answer =
                exchange(request.timeout(LONGEST).build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
        JsonNode body = read(answer.body());
        if (answer.statusCode() >= 400) {
            String detail = body.path("detail").asText(answer.body());
            throw new RefusedException(
                    answer.statusCode(), body.path("code").asText("http_" + answer.statusCode()), detail);
        }
        return body;
    }

    private <T> HttpResponse<T> exchange(HttpRequest request, HttpResponse.BodyHandler<T> handler) throws IOException {
        try {
            return http.send(request, handler);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static JsonNode read(String body) {
        try {
            return JSON.readTree(body);
        } catch (IOException e) {
            // An answer that is not the service's, such as a proxy's page.
            return JSON.createObjectNode()
                    .put("detail", body.lines().findFirst().orElse(""));
        }
    }

    private HttpRequest.Builder request(String path) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(url + path)).header("Accept", "*/*");
        return authorization.isEmpty() ? request : request.header("Authorization", authorization);
    }

    private static String authorization(Map<String, String> environment) throws IOException {
        if (environment.containsKey("DR_TOKEN")) {
            return "Bearer " + environment.get("DR_TOKEN");
        }
        String password = environment.get("DR_PASSWORD");
        if (password == null && Files.isReadable(MADE_PASSWORD)) {
            password = Files.readString(MADE_PASSWORD).strip();
        }
        if (password == null) {
            return "";
        }
        String user = environment.getOrDefault("DR_USER", "admin") + ":" + password;
        return "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
    }

    /** The service will not do it; nothing was changed. */
    static final class RefusedException extends RuntimeException {

        private static final long serialVersionUID = 1L;

        private final int status;

        RefusedException(int status, String code, String detail) {
            super(detail + " (" + code + ")");
            this.status = status;
        }

        /** Whether the service itself could not do it, rather than would not. */
        boolean serviceFailed() {
            return status >= 500;
        }
    }
}
