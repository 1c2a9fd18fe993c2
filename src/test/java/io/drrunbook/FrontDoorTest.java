package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.drrunbook.client.DrClient;
import io.drrunbook.world.BrowserSession;
import io.drrunbook.world.Certificate;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.OidcProvider;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.ServiceProcess.Answer;
import io.drrunbook.world.World;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A service as a company runs it: over TLS, with the company's logins, and two people for a recovery. */
@InWorld
class FrontDoorTest {

    private static World world;
    private static OidcProvider provider;
    private static Certificate certificate;
    private static ServiceProcess service;

    @BeforeAll
    static void start(World given) {
        world = given;
        world.createShop(50);
        provider = OidcProvider.start();
        certificate = Certificate.make(world.directory().resolve("tls"));
        service = world.service(
                        "service", world.application("shop", "kubernetes", world.shop.healthUrl(), 30), """
                        dr.recovery: {approvals: 1, approval-timeout: 15s, approval-check: 200}
                        dr.security.oidc: {admins: [dba], operators: [ops], viewers: [staff]}
                        server.ssl: {key-store: "%s", key-store-password: %s}
                        %s
                        """.formatted(
                                        certificate.keyStore(), Certificate.PASSWORD, provider.settings()))
                .over(certificate)
                .start();
        assertThat(service.takeBackup("shop").status()).isEqualTo(201);
    }

    @AfterAll
    static void stop() {
        provider.close();
    }

    @Test
    void theProvidersGroupsBecomeRolesAndWhoHasNoneStaysOutside() {
        provider.isUsedBy("vera", "staff");
        BrowserSession vera = BrowserSession.throughProvider(service, "company");
        assertThat(vera.get("/api/v1/runs")).isEqualTo(200);
        assertThat(vera.post("/api/v1/backups", "{}", true).statusCode()).isEqualTo(403);
        provider.isUsedBy("olga", "staff", "ops");
        BrowserSession olga = BrowserSession.throughProvider(service, "company");
        assertThat(olga.post("/api/v1/backups", "{", true).statusCode()).isEqualTo(400);
        assertThat(olga.get("/api/v1/tokens")).isEqualTo(403);
        provider.isUsedBy("mallory", "interns");
        assertThat(BrowserSession.throughProvider(service, "company").get("/api/v1/runs"))
                .isEqualTo(401);
        assertThat(service.get("/api/v1/journal?limit=200").body())
                .contains("\"way\":\"oidc\"", "vera", "olga")
                .doesNotContain("\"by\":\"mallory\"");
    }

    @Test
    void theSessionsCookieIsOnlySentOverTlsAndBrowsersAreToldToStayThere() {
        BrowserSession admin = BrowserSession.logIn(service, "admin", ServiceProcess.PASSWORD);
        assertThat(admin.get("/api/v1/runs")).isEqualTo(200);
        assertThat(admin.setCookies().lines().filter(cookie -> cookie.startsWith("JSESSIONID")))
                .isNotEmpty()
                .allSatisfy(cookie -> assertThat(cookie).contains("Secure", "HttpOnly", "SameSite=Lax"));
        assertThat(service.get("/api/v1/runs").header().apply("Strict-Transport-Security"))
                .contains("max-age=");
    }

    @Test
    void aRecoveryWaitsUntilASecondAdministratorApprovesIt() {
        JsonNode asked = service.ask("recovery", "shop", null).json();
        String id = asked.get("id").asText();
        assertThat(asked.get("status").asText()).isEqualTo("waiting");

        Answer same = service.post("/api/v1/runs/" + id + "/approve", "");
        assertThat(same.status()).isEqualTo(403);
        assertThat(same.json().get("code").asText()).isEqualTo("approval_by_same_person");
        provider.isUsedBy("olga", "ops");
        assertThat(BrowserSession.throughProvider(service, "company")
                        .post("/api/v1/runs/" + id + "/approve", "", true)
                        .statusCode())
                .isEqualTo(403);
        provider.isUsedBy("dora", "dba");
        HttpResponse<String> approved =
                BrowserSession.throughProvider(service, "company").post("/api/v1/runs/" + id + "/approve", "", true);
        assertThat(approved.statusCode()).as(approved.body()).isEqualTo(202);

        Awaitility.await().until(() -> !service.run(id).get("status").asText().equals("waiting"));
        assertThat(service.await(id).get("status").asText()).isEqualTo("succeeded");
        assertThat(service.events(id)).contains("approved by dora");
        assertThat(service.post("/api/v1/runs/" + id + "/approve", "")
                        .json()
                        .get("code")
                        .asText())
                .isEqualTo("approval_not_needed");
    }

    @Test
    void aRecoveryThatNobodyElseApprovesIsCancelledAndCannotBeResumedAroundTheRule() {
        String id = service.ask("recovery", "shop", null).json().get("id").asText();
        assertThat(service.post("/api/v1/runs/" + id + "/cancel", "").status()).isEqualTo(202);
        assertThat(service.post("/api/v1/runs/" + id + "/resume", "")
                        .json()
                        .get("code")
                        .asText())
                .isEqualTo("approval_missing");

        String late = service.ask("recovery", "shop", null).json().get("id").asText();
        JsonNode run = Awaitility.await()
                .atMost(Duration.ofSeconds(45))
                .until(
                        () -> service.run(late),
                        now -> !now.get("status").asText().equals("waiting"));
        assertThat(run.get("status").asText()).isEqualTo("cancelled");
        assertThat(run.get("code").asText()).isEqualTo("approval_missing");
        assertThat(run.get("steps"))
                .allSatisfy(step -> assertThat(step.get("status").asText()).isEqualTo("pending"));
    }

    @Test
    void theCommandLineSpeaksTlsWithTheAuthorityItIsGivenAndWithNoOther() {
        Map<String, String> known = Map.of(
                "DR_URL", service.url(),
                "DR_PASSWORD", ServiceProcess.PASSWORD,
                "DR_CA_FILE", certificate.pem().toString());
        assertThat(DrClient.run(known, "status")).isZero();
        assertThat(DrClient.run(known, "drill", "--reason", "over TLS")).isZero();
        Map<String, String> unknown = Map.of("DR_URL", service.url(), "DR_PASSWORD", ServiceProcess.PASSWORD);
        assertThat(DrClient.run(unknown, "status")).isEqualTo(4);
    }
}
