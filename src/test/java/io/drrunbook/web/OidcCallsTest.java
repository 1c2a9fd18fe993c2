package io.drrunbook.web;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.security.oauth2.client.endpoint.OAuth2AuthorizationCodeGrantRequest;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationExchange;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationResponse;

/** A provider that takes connections and never says a word. */
@Timeout(10)
@Tag("quick")
class OidcCallsTest {

    /** An ID token whose signature nobody gets to see, because the keys do not come. */
    private static final String TOKEN = "eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJzdWIiOiJqYW5lIn0.c2lnbmF0dXJl";

    private ServerSocket silent;
    private ClientRegistration registration;
    private OidcCalls calls;

    @BeforeEach
    void listen() throws IOException {
        silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        String url = "http://127.0.0.1:" + silent.getLocalPort();
        registration = ClientRegistration.withRegistrationId("company")
                .clientId("dr-runbook")
                .clientSecret("secret")
                .authorizationGrantType(AuthorizationGrantType.AUTHORIZATION_CODE)
                .redirectUri("http://localhost/login/oauth2/code/company")
                .scope("openid")
                .authorizationUri(url + "/authorize")
                .tokenUri(url + "/token")
                .jwkSetUri(url + "/keys")
                .build();
        calls = new OidcCalls(new Binder(new MapConfigurationPropertySource(Map.of("dr.security.oidc.timeout", "1s")))
                .bindOrCreate("dr", DrSettings.class));
    }

    @AfterEach
    void close() throws IOException {
        silent.close();
    }

    @Test
    void fetchingATokenFromASilentProviderEndsWithinTheLimit() {
        OAuth2AuthorizationRequest asked = OAuth2AuthorizationRequest.authorizationCode()
                .authorizationUri("http://127.0.0.1/authorize")
                .clientId("dr-runbook")
                .redirectUri("http://localhost/login/oauth2/code/company")
                .state("state")
                .build();
        OAuth2AuthorizationResponse answered = OAuth2AuthorizationResponse.success("code")
                .redirectUri("http://localhost/login/oauth2/code/company")
                .state("state")
                .build();
        assertThatThrownBy(() -> calls.tokenCalls()
                        .getTokenResponse(new OAuth2AuthorizationCodeGrantRequest(
                                registration, new OAuth2AuthorizationExchange(asked, answered))))
                .rootCause()
                .hasMessageContaining("timed out");
    }

    @Test
    void fetchingTheKeysOfASilentProviderEndsWithinTheLimit() {
        assertThatThrownBy(
                        () -> calls.idTokenCalls().createDecoder(registration).decode(TOKEN))
                .hasMessageContaining("timed out");
    }
}
