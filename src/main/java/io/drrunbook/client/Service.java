package io.drrunbook.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/**
 * Where the service is and who asks.
 *
 * @param url without a slash at its end
 * @param authorization value of the {@code Authorization} header
 * @param authorities certificates that are believed instead of the well-known ones
 */
record Service(URI url, String authorization, Optional<Path> authorities) {

    private static final String DEFAULT_URL = "http://localhost:8080";
    private static final Path INITIAL_PASSWORD = Path.of("data", "initial-admin-password");

    /**
     * Reads {@code DR_URL}, {@code DR_CA_FILE}, {@code DR_TOKEN}, {@code DR_USER} and {@code DR_PASSWORD}; without a token and a password,
     * the one that a service in {@code directory} has made at its first start.
     *
     * @throws ClientException ({@code url_wrong}, {@code password_missing})
     */
    static Service from(Map<String, String> environment, Path directory) {
        URI url = url(environment.getOrDefault("DR_URL", DEFAULT_URL));
        Optional<Path> authorities = Optional.of(environment.getOrDefault("DR_CA_FILE", ""))
                .filter(file -> !file.isBlank())
                .map(Path::of);
        String token = environment.getOrDefault("DR_TOKEN", "");
        if (!token.isBlank()) {
            return new Service(url, "Bearer " + token, authorities);
        }
        String user = environment.getOrDefault("DR_USER", "admin");
        String password = environment.getOrDefault("DR_PASSWORD", "");
        String known = password.isEmpty() ? initialPassword(directory) : password;
        return new Service(url, basic(user, known), authorities);
    }

    URI at(String path) {
        return URI.create(url + path);
    }

    /** Never the password. */
    @Override
    public String toString() {
        return url.toString();
    }

    private static URI url(String text) {
        String stripped = text.strip().replaceAll("/+$", "");
        try {
            URI url = URI.create(stripped);
            if (("http".equals(url.getScheme()) || "https".equals(url.getScheme())) && url.getHost() != null) {
                return url;
            }
        } catch (IllegalArgumentException e) {
            throw wrongUrl(stripped, e.getMessage());
        }
        throw wrongUrl(stripped, "it has no http:// or https:// and host");
    }

    private static ClientException wrongUrl(String text, String why) {
        return ClientException.refused(
                "url_wrong", "DR_URL is '" + text + "': " + why + "; set it like " + DEFAULT_URL);
    }

    private static String initialPassword(Path directory) {
        Path file = directory.resolve(INITIAL_PASSWORD);
        if (!Files.isReadable(file)) {
            throw ClientException.refused(
                    "password_missing",
                    "no password: set DR_PASSWORD (and DR_USER) or DR_TOKEN; " + INITIAL_PASSWORD + " is not here");
        }
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read: set DR_PASSWORD instead", e);
        }
    }

    private static String basic(String user, String password) {
        return "Basic " + Base64.getEncoder().encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
    }
}
