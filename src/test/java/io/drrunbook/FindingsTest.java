package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.World;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a run says that has succeeded and leaves something to do, and how a condemned backup is had all the same. */
@InWorld
class FindingsTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static World world;
    private static ServiceProcess service;

    @BeforeAll
    static void start(World given) {
        world = given;
        world.createShop(30);
        service = world.service(
                        "findings",
                        world.application("shop", "kubernetes", world.shop.healthUrl(), 30),
                        "dr.alerts.interval: 200\ndr.drill.checks: [\"select count(*) <> 32 from public.orders\"]")
                .start();
    }

    @BeforeEach
    void aShop() {
        world.reset();
        world.createShop(30);
    }

    private static JsonNode backup() {
        ServiceProcess.Answer taken = service.takeBackup("shop");
        assertThat(taken.status()).as(taken.toString()).isEqualTo(201);
        return taken.json();
    }

    private static String id(JsonNode of) {
        return of.get("id").asText();
    }

    @Test
    void orphansAreFoundByDrillAndRecoveryAndEveryFaceSaysSoFirst() {
        world.postgres.execute(
                World.DATABASE,
                "SET session_replication_role = replica; INSERT INTO orders (customer, placed) VALUES (99999, now())");
        JsonNode backup = backup();

        JsonNode drill = service.await(service.start("drill", "shop", id(backup)));

        assertThat(drill.get("status").asText()).as(drill.toPrettyString()).isEqualTo("succeeded");
        assertThat(drill.at("/findings/0/kind").asText()).isEqualTo("foreign_key_not_valid");
        JsonNode shown = service.get("/api/v1/backups/" + id(backup)).json();
        assertThat(shown.get("status").asText()).isEqualTo("VERIFIED");

        JsonNode recovery = service.await(service.recover("shop"));

        assertThat(recovery.get("status").asText())
                .as(recovery.toPrettyString())
                .isEqualTo("succeeded");
        JsonNode finding = recovery.at("/findings/0");
        assertThat(finding.get("object").asText()).isEqualTo("foreign key orders_customer_fkey of public.orders");
        assertThat(finding.get("sql").asText()).contains("VALIDATE CONSTRAINT orders_customer_fkey");
        assertThat(recovery.toString()).containsOnlyOnce("\"findings\"");
        String page = service.get("/runs/" + id(recovery)).body();
        assertThat(page).contains("succeeded with 1 finding", "VALIDATE CONSTRAINT orders_customer_fkey");
        assertThat(page.indexOf("orders_customer_fkey")).isLessThan(page.indexOf("Recovery time"));
        assertThat(service.get("/runs/" + id(recovery) + "/report").body())
                .contains("succeeded with 1 finding", "VALIDATE CONSTRAINT orders_customer_fkey");
        assertThat(service.get("/runs").body()).contains("succeeded with 1 finding");
        JsonNode alert = Awaitility.await()
                .until(
                        () -> service.get("/api/v1/alerts?open=true").json(),
                        alerts -> alerts.toString().contains("run_findings"));
        assertThat(alert.toString()).contains("\"severity\":\"warning\"", "orders_customer_fkey");

        world.postgres.execute(World.DATABASE, "DELETE FROM orders WHERE customer = 99999");
        backup();
        JsonNode clean = service.await(service.start("drill", "shop", null));

        assertThat(clean.get("findings")).isEmpty();
        Awaitility.await()
                .until(() -> !service.get("/api/v1/alerts?open=true").body().contains("run_findings"));
    }

    @Test
    void aCondemnedBackupIsRestoredForAnAdministratorWhoAsksForItByIdAnyway() {
        world.postgres.execute(World.DATABASE, "INSERT INTO orders (customer, placed) VALUES (1, now()), (1, now())");
        JsonNode condemned = backup();
        service.await(service.start("drill", "shop", id(condemned)));
        world.createShop(30);

        ServiceProcess.Answer refused = service.ask("recovery", "shop", id(condemned));

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.json().get("detail").asText()).contains("--anyway", "\"anyway\": true");
        assertThat(anyway(null).status()).isEqualTo(400);

        ServiceProcess.Answer admitted = anyway(id(condemned));

        assertThat(admitted.status()).as(admitted.toString()).isEqualTo(202);
        JsonNode recovery = service.await(id(admitted.json()));
        assertThat(recovery.get("status").asText())
                .as(recovery.toPrettyString())
                .isEqualTo("succeeded");
        assertThat(recovery.get("backup_id").asText()).isEqualTo(id(condemned));
        assertThat(world.postgres.value(World.DATABASE, "SELECT count(*) FROM orders"))
                .isEqualTo("32");
        assertThat(service.events(id(recovery))).contains("is taken because it was asked for all the same");
        assertThat(service.get("/runs/" + id(recovery) + "/report").body())
                .contains(">anyway<", "found it bad", "the only one of that day");
    }

    private static ServiceProcess.Answer anyway(String backup) {
        return service.post(
                "/api/v1/runs",
                JSON.createObjectNode()
                        .put("mode", "recovery")
                        .put("application", "shop")
                        .put("backup_id", backup)
                        .put("reason", "the only one of that day")
                        .put("confirm", "shop")
                        .put("anyway", true)
                        .toString());
    }
}
