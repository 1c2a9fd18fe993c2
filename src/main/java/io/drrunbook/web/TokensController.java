package io.drrunbook.web;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.SnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import io.drrunbook.run.Role;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.security.core.Authentication;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Tokens of programs; only an administrator sees, makes and revokes them. */
@RestController
@RequestMapping("/api/v1/tokens")
class TokensController {

    private final Tokens tokens;

    TokensController(Tokens tokens) {
        this.tokens = tokens;
    }

    @GetMapping
    List<TokenLog> list() {
        return tokens.list().stream().map(token -> TokenLog.of(token, null)).toList();
    }

    @PostMapping
    ResponseEntity<TokenLog> make(@RequestBody MakeRequest request, Authentication login) {
        Duration lifetime = request.lifetimeSeconds() == null ? null : Duration.ofSeconds(request.lifetimeSeconds());
        String name = request.name() == null ? "" : request.name();
        Tokens.Made made = tokens.make(name, role(request.role()), lifetime, People.of(login));
        return ResponseEntity.created(
                        URI.create("/api/v1/tokens/" + made.token().id()))
                .body(TokenLog.of(made.token(), made.secret()));
    }

    @DeleteMapping("/{id}")
    TokenLog revoke(@PathVariable UUID id, Authentication login) {
        return TokenLog.of(tokens.revoke(id, People.of(login)), null);
    }

    private static Role role(@Nullable String name) {
        return Arrays.stream(Role.values())
                .filter(role -> lower(role).equals(name))
                .findFirst()
                .orElseThrow(() -> new RefusedException(
                        Reason.BAD_REQUEST, "role_unknown", "role is viewer, operator or admin; got '" + name + "'"));
    }

    private static String lower(Role role) {
        return role.name().toLowerCase(Locale.ROOT);
    }

    /** What a new token needs; without {@code lifetime_seconds} it never ends. */
    @JsonNaming(SnakeCaseStrategy.class)
    record MakeRequest(
            @Nullable String name,
            @Nullable String role,
            @Nullable Long lifetimeSeconds) {}

    /** A token as the API shows it; {@code token} is there only in the answer to its making. */
    @JsonNaming(SnakeCaseStrategy.class)
    record TokenLog(
            UUID id,
            String name,
            String role,
            Instant createdAt,
            String createdBy,
            @Nullable Instant expiresAt,
            @Nullable Instant revokedAt,
            @Nullable Instant lastUsedAt,
            @Nullable String token) {

        static TokenLog of(Token token, @Nullable String secret) {
            return new TokenLog(
                    token.id(),
                    token.name(),
                    lower(token.role()),
                    token.createdAt(),
                    token.createdBy(),
                    token.expiresAt(),
                    token.revokedAt(),
                    token.lastUsedAt(),
                    secret);
        }
    }
}
