package io.drrunbook.web;

import io.drrunbook.run.Journal;
import io.drrunbook.run.Person;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import io.drrunbook.run.Role;
import io.drrunbook.run.UnreadableRows;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.security.oauth2.core.DefaultOAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.core.OAuth2AuthenticatedPrincipal;
import org.springframework.security.oauth2.server.resource.introspection.BadOpaqueTokenException;
import org.springframework.security.oauth2.server.resource.introspection.OpaqueTokenIntrospector;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/** Tokens of programs ({@code Authorization: Bearer}); they live in the journal's database, hashed, and can be revoked. */
@Component
class Tokens implements OpaqueTokenIntrospector {

    /** Attribute of whoever logs in with a token: the human being who made it. */
    static final String MAKER = Tokens.class.getName() + ".maker";

    private static final String PREFIX = "dr_";
    private static final int BYTES = 32;
    private static final int LONGEST_NAME = 100;
    private static final Duration BETWEEN_NOTES = Duration.ofMinutes(1);

    private final JdbcClient jdbc;
    private final Journal journal;
    private final UnreadableRows unreadable;
    private final SecureRandom random = new SecureRandom();

    Tokens(JdbcClient jdbc, Journal journal, UnreadableRows unreadable) {
        this.unreadable = unreadable;
        this.jdbc = jdbc;
        this.journal = journal;
    }

    /**
     * Makes a token; its secret is known to whoever gets the answer, and to nobody afterwards. One that is made with a token
     * belongs to the human being behind that.
     *
     * @param lifetime null for one that never ends
     * @throws RefusedException {@code forbidden}, {@code token_name_wrong}, {@code token_lifetime_wrong}
     */
    @Transactional
    public Made make(String name, Role role, @Nullable Duration lifetime, Person by) {
        by.require(Role.ADMIN, "making a token");
        if (name.isBlank() || name.length() > LONGEST_NAME) {
            throw new RefusedException(
                    Reason.BAD_REQUEST, "token_name_wrong", "name is empty or longer than " + LONGEST_NAME);
        }
        if (lifetime != null && (lifetime.isNegative() || lifetime.isZero())) {
            throw new RefusedException(
                    Reason.BAD_REQUEST, "token_lifetime_wrong", "lifetime_seconds is positive, or left out");
        }
        byte[] bytes = new byte[BYTES];
        random.nextBytes(bytes);
        String secret = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        UUID id = UUID.randomUUID();
        Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
        jdbc.sql("INSERT INTO tokens (id, name, role, hash, created_at, created_by, expires_at)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?)")
                .param(id)
                .param(name.strip())
                .param(role.name())
                .param(hash(secret))
                .param(utc(now))
                .param(by.behind())
                .param(lifetime == null ? null : utc(now.plus(lifetime)))
                .update();
        journal.event(null, "token_made", Map.of("id", id, "name", name.strip(), "role", role, "by", by.name()));
        return new Made(find(id), secret);
    }

    /** All, also those that are revoked or have ended; newest first. */
    List<Token> list() {
        return jdbc
                .sql("SELECT * FROM tokens ORDER BY created_at DESC")
                .query(unreadable.sparing("token", "id", Tokens::token))
                .list()
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    /**
     * Ends a token at once; ending it again changes nothing.
     *
     * @throws RefusedException {@code forbidden}, {@code token_unknown}
     */
    @Transactional
    public Token revoke(UUID id, Person by) {
        by.require(Role.ADMIN, "revoking a token");
        if (find(id).revokedAt() == null) {
            jdbc.sql("UPDATE tokens SET revoked_at = ? WHERE id = ?")
                    .params(utc(Instant.now()), id)
                    .update();
            journal.event(null, "token_revoked", Map.of("id", id, "by", by.name()));
        }
        return find(id);
    }

    @Override
    public OAuth2AuthenticatedPrincipal introspect(String secret) {
        Instant now = Instant.now();
        Token token = jdbc.sql("SELECT * FROM tokens WHERE hash = ?")
                .param(hash(secret))
                .query(Tokens::token)
                .optional()
                .filter(found -> found.revokedAt() == null)
                .filter(found -> found.expiresAt() == null || found.expiresAt().isAfter(now))
                .orElseThrow(() -> new BadOpaqueTokenException("the token is unknown, revoked or has ended"));
        if (token.lastUsedAt() == null || token.lastUsedAt().plus(BETWEEN_NOTES).isBefore(now)) {
            jdbc.sql("UPDATE tokens SET last_used_at = ? WHERE id = ?")
                    .params(utc(now), token.id())
                    .update();
        }
        return new DefaultOAuth2AuthenticatedPrincipal(
                "token:" + token.name(),
                Map.of("id", token.id().toString(), MAKER, token.createdBy()),
                People.authorities(token.role()));
    }

    private Token find(UUID id) {
        return jdbc.sql("SELECT * FROM tokens WHERE id = ?")
                .param(id)
                .query(Tokens::token)
                .optional()
                .orElseThrow(() -> new RefusedException(
                        Reason.UNKNOWN, "token_unknown", "no token " + id + "; GET /api/v1/tokens lists them"));
    }

    private static Token token(ResultSet row, int n) throws SQLException {
        return new Token(
                row.getObject("id", UUID.class),
                row.getString("name"),
                Role.valueOf(row.getString("role")),
                row.getObject("created_at", OffsetDateTime.class).toInstant(),
                row.getString("created_by"),
                time(row, "expires_at").orElse(null),
                time(row, "revoked_at").orElse(null),
                time(row, "last_used_at").orElse(null));
    }

    private static Optional<Instant> time(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getObject(column, OffsetDateTime.class)).map(OffsetDateTime::toInstant);
    }

    private static OffsetDateTime utc(Instant time) {
        return time.atOffset(ZoneOffset.UTC);
    }

    private static String hash(String secret) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** A token with its secret. */
    record Made(Token token, String secret) {

        /** Never the secret. */
        @Override
        public String toString() {
            return token.toString();
        }
    }
}
