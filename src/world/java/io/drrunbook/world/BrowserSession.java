package io.drrunbook.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.CookieManager;
import java.net.HttpCookie;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Somebody who has logged in on the login page: cookies as a browser keeps them, without a browser. */
public final class BrowserSession {

    private final String url;
    private final CookieManager cookies = new CookieManager();
    private final List<String> setCookies = new ArrayList<>();
    private final HttpClient http;

    private BrowserSession(ServiceProcess service) {
        this.url = service.url();
        this.http = HttpClient.newBuilder()
                .cookieHandler(cookies)
                .followRedirects(HttpClient.Redirect.ALWAYS)
                .sslContext(service.http().sslContext())
                .build();
    }

    /** Goes through the OpenID Connect provider. */
    public static BrowserSession throughProvider(ServiceProcess service, String provider) {
        BrowserSession session = new BrowserSession(service);
        session.get("/oauth2/authorization/" + provider);
        session.get("/api/v1/runs");
        return session;
    }

    /** Logs in; the answer of the login is the same for everybody, so look at what can be read afterwards. */
    public static BrowserSession logIn(ServiceProcess service, String user, String password) {
        BrowserSession session = new BrowserSession(service);
        session.send(HttpRequest.newBuilder(URI.create(session.url + "/login")).GET());
        String form =
                "username=" + encoded(user) + "&password=" + encoded(password) + "&_csrf=" + encoded(session.csrf());
        session.send(HttpRequest.newBuilder(URI.create(session.url + "/login"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form)));
        session.send(
                HttpRequest.newBuilder(URI.create(session.url + "/api/v1/runs")).GET());
        return session;
    }

    public int get(String path) {
        return send(HttpRequest.newBuilder(URI.create(url + path)).GET()).statusCode();
    }

    /** Posts JSON, with the token that only a page of the service can read, or without. */
    public HttpResponse<String> post(String path, String body, boolean withToken) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body));
        return send(withToken ? request.header("X-XSRF-TOKEN", csrf()) : request);
    }

    /** All {@code Set-Cookie} headers so far. */
    public String setCookies() {
        return String.join("\n", setCookies);
    }

    private String csrf() {
        return cookies.getCookieStore().getCookies().stream()
                .filter(cookie -> cookie.getName().equals("XSRF-TOKEN"))
                .map(HttpCookie::getValue)
                .findFirst()
                .orElse("");
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            for (Optional<HttpResponse<String>> each = Optional.of(response);
                    each.isPresent();
                    each = each.get().previousResponse()) {
                setCookies.addAll(each.get().headers().allValues("Set-Cookie"));
            }
            return response;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
