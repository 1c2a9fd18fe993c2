package io.drrunbook.world;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.web.util.UriComponentsBuilder;

/** An OpenID Connect provider over HTTP that lets in whoever is named, and signs what it says. */
public final class OidcProvider implements AutoCloseable {

    private final HttpServer server;
    private final RSAKey key;
    private final Map<String, String> nonces = new ConcurrentHashMap<>();
    private volatile String person = "nobody";
    private volatile List<String> groups = List.of();

    private OidcProvider(HttpServer server, RSAKey key) {
        this.server = server;
        this.key = key;
        server.createContext("/authorize", this::authorize);
        server.createContext("/token", this::token);
        server.createContext("/keys", exchange -> answer(exchange, new JWKSet(key.toPublicJWK()).toString()));
        server.start();
    }

    public static OidcProvider start() {
        try {
            return new OidcProvider(
                    HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0),
                    new RSAKeyGenerator(2048).keyID("key").generate());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Who is at the keyboard from now on. */
    public void isUsedBy(String name, String... groups) {
        this.person = name;
        this.groups = List.of(groups);
    }

    /** Settings of the service that trust this provider. */
    public String settings() {
        String url = "http://127.0.0.1:" + server.getAddress().getPort();
        return """
                spring.security.oauth2.client:
                  registration.company: {client-id: dr, client-secret: secret, scope: openid, authorization-grant-type: authorization_code, redirect-uri: "{baseUrl}/login/oauth2/code/{registrationId}"}
                  provider.company: {authorization-uri: "%1$s/authorize", token-uri: "%1$s/token", jwk-set-uri: "%1$s/keys", user-name-attribute: sub}
                """.formatted(url);
    }

    private void authorize(HttpExchange exchange) throws IOException {
        Map<String, String> asked = UriComponentsBuilder.fromUri(exchange.getRequestURI())
                .build()
                .getQueryParams()
                .toSingleValueMap();
        String code = UUID.randomUUID().toString();
        nonces.put(code, asked.get("nonce"));
        String back = URLDecoder.decode(asked.get("redirect_uri"), StandardCharsets.UTF_8);
        exchange.getResponseHeaders().add("Location", back + "?code=" + code + "&state=" + asked.get("state"));
        exchange.sendResponseHeaders(302, -1);
        exchange.close();
    }

    private void token(HttpExchange exchange) throws IOException {
        String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String code = form.replaceFirst(".*\\bcode=([^&]*).*", "$1");
        exchange.getResponseHeaders().add("Content-Type", "application/json");
        answer(
                exchange,
                "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":60,\"id_token\":\""
                        + idToken(nonces.remove(code)) + "\"}");
    }

    private String idToken(String nonce) {
        try {
            Instant now = Instant.now();
            SignedJWT token = new SignedJWT(
                    new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("key").build(),
                    new JWTClaimsSet.Builder()
                            .issuer("https://company.example")
                            .audience("dr")
                            .subject(person)
                            .issueTime(Date.from(now))
                            .expirationTime(Date.from(now.plus(Duration.ofMinutes(1))))
                            .claim("nonce", nonce)
                            .claim("groups", groups)
                            .build());
            token.sign(new RSASSASigner(key));
            return token.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void answer(HttpExchange exchange, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
