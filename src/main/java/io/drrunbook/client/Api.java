package io.drrunbook.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The service's HTTP API. Each call throws a {@link ClientException} with the problem's code and detail when the service
 * does not do what was asked.
 */
final class Api {

    static final ObjectMapper JSON = new ObjectMapper();

    private static final ObjectWriter PRETTY =
            JSON.writerWithDefaultPrettyPrinter().with(JsonWriteFeature.ESCAPE_NON_ASCII.mappedFeature());

    private static final String ROOT = "/api/v1";
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(30);

    private static final Pattern NEXT = Pattern.compile("<[^>]*" + ROOT + "(/[^>]*)>;\\s*rel=\"next\"");

    private final Service service;
    private final HttpClient http;

    Api(Service service) {
        this.service = service;
        HttpClient.Builder builder =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT);
        service.authorities().map(Trust::in).ifPresent(builder::sslContext);
        this.http = builder.build();
    }

    /** An answer as it came, for programs; what a terminal would obey is escaped as JSON can. */
    static String pretty(JsonNode answer) {
        try {
            return PRETTY.writeValueAsString(answer);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("what was read as JSON cannot be written", e);
        }
    }

    JsonNode get(String path) {
        return json(send(request(path).timeout(ANSWER).GET(), BodyHandlers.ofString()));
    }

    /** The first part of a long list. */
    Listing first(String path) {
        HttpResponse<String> response = send(request(path).timeout(ANSWER).GET(), BodyHandlers.ofString());
        return new Listing(json(response), response.headers().firstValue("Link").flatMap(Api::next));
    }

    /** All parts of a long list. */
    JsonNode all(String path) {
        ArrayNode all = JSON.createArrayNode();
        Optional<String> next = Optional.of(path);
        while (next.isPresent()) {
            Listing part = first(next.get());
            part.items().forEach(all::add);
            next = part.next();
        }
        return all;
    }

    /** RFC 8288: {@code </api/v1/backups?limit=200&offset=200>; rel="next"}; the service is asked by its own address. */
    private static Optional<String> next(String link) {
        Matcher matcher = NEXT.matcher(link);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    JsonNode post(String path, JsonNode body) {
        return json(send(posting(path, body), BodyHandlers.ofString()));
    }

    JsonNode delete(String path) {
        return json(send(request(path).timeout(ANSWER).DELETE(), BodyHandlers.ofString()));
    }

    /** Begins to take a backup; the answer has the id by which it is asked for. */
    JsonNode takeBackup(JsonNode body) {
        return json(send(posting("/backups", body).header("Prefer", "respond-async"), BodyHandlers.ofString()));
    }

    /** The events of a run behind {@code lastEventId}; all of them when it is empty. */
    EventStream events(String run, String lastEventId) {
        HttpRequest.Builder request = request("/runs/" + run + "/events")
                .setHeader("Accept", "text/event-stream, application/problem+json")
                .timeout(ANSWER)
                .GET();
        if (!lastEventId.isEmpty()) {
            request.header("Last-Event-ID", lastEventId);
        }
        HttpResponse<InputStream> response = send(request, BodyHandlers.ofInputStream());
        if (response.statusCode() != 200) {
            throw problem(response.statusCode(), read(response.body()));
        }
        return new EventStream(response.body());
    }

    private HttpRequest.Builder posting(String path, JsonNode body) {
        return request(path)
                .timeout(ANSWER)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString()));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(service.at(ROOT + path))
                .header("Accept", "application/json, application/problem+json")
                .header("Authorization", service.authorization());
    }

    private <T> HttpResponse<T> send(HttpRequest.Builder request, BodyHandler<T> body) {
        try {
            return http.send(request.build(), body);
        } catch (IOException e) {
            throw ClientException.unreachable(
                    service + " does not answer (" + reason(e) + "); start it with ./dr serve, or set DR_URL", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ClientException.unreachable("interrupted while " + service + " was asked", e);
        }
    }

    private JsonNode json(HttpResponse<String> response) {
        if (response.statusCode() / 100 != 2) {
            throw problem(response.statusCode(), response.body());
        }
        try {
            return JSON.readTree(response.body());
        } catch (JsonProcessingException e) {
            throw ClientException.unreachable(
                    service + " does not answer with JSON, so it is not a dr-runbook service; check DR_URL", e);
        }
    }

    /** A refusal changed nothing; what failed inside the service may have. Without a code it was a proxy on the way. */
    private ClientException problem(int status, String body) {
        JsonNode problem = parsed(body);
        String code = problem.path("code").asText("http_" + status);
        String detail = problem.path("detail").asText(withoutDetail(status));
        if (status < 500) {
            return ClientException.refused(code, detail);
        }
        return status > 500 && !problem.has("code")
                ? ClientException.unreachable(detail)
                : ClientException.failed(code, detail);
    }

    private String withoutDetail(int status) {
        return status == 401
                ? service + " does not know this user and password; check DR_USER and DR_PASSWORD, or DR_TOKEN"
                : service + " answered HTTP " + status;
    }

    private static JsonNode parsed(String body) {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            return JSON.createObjectNode();
        }
    }

    private static String read(InputStream body) {
        try (body) {
            return new String(body.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return "";
        }
    }

    /**
     * A part of a long list.
     *
     * @param next where the next part is; empty when this is the last
     */
    record Listing(JsonNode items, Optional<String> next) {}

    private static String reason(IOException failure) {
        return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
    }
}
