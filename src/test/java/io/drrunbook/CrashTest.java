package io.drrunbook;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import io.drrunbook.world.FaultyProxy.Fault;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.World;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The service is killed with SIGKILL in the middle of a step and started again: the run goes on by itself. */
@InWorld
class CrashTest {

    private static World world;
    private static ServiceProcess service;
    private static HttpServer health;
    private static final AtomicInteger HEALTH = new AtomicInteger(200);

    private PostgresCluster.Content backedUp;

    @BeforeAll
    static void start(World given) throws IOException {
        world = given;
        world.createShop(2000);
        health = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        health.createContext("/", exchange -> {
            exchange.sendResponseHeaders(HEALTH.get(), -1);
            exchange.close();
        });
        health.start();
        String url = "http://127.0.0.1:" + health.getAddress().getPort() + "/";
        service = world.service("crashing", world.application("shop", "kubernetes", url, 500), "")
                .start();
    }

    @AfterAll
    static void stop() {
        health.stop(0);
    }

    @BeforeEach
    void givenAShopThatIsLargeEnoughToBeCaughtInTheMiddle() {
        HEALTH.set(200);
        world.reset();
        world.createShop(2000);
        world.postgres.execute(
                World.DATABASE,
                "CREATE TABLE filler AS SELECT i AS id, repeat('x', 1000) AS text FROM generate_series(1, 200000) i",
                "ALTER TABLE filler ADD PRIMARY KEY (id)");
        backedUp = world.postgres.content(World.DATABASE);
        assertThat(service.takeBackup("shop").status()).isEqualTo(201);
        world.postgres.execute(World.DATABASE, "DELETE FROM order_lines");
    }

    @AfterEach
    void thenNothingIsLeftBehind() {
        assertThat(world.postgres.databases()).noneMatch(name -> name.contains("__dr_"));
    }

    @Test
    void inStep2WhileItDownloads() {
        world.r2Proxy.fault(Fault.SLOW);
        killedWhen(2, () -> world.r2Proxy.hits() > 0);
    }

    @Test
    void inStep3WhileItDecrypts() {
        killedWhen(3, () -> true);
    }

    @Test
    void inStep4WhileItRestoresIntoTheSideDatabase() {
        killedWhen(
                4,
                () -> !world.postgres
                        .value(
                                "postgres",
                                "SELECT 1 FROM pg_stat_activity WHERE datname LIKE 'shop\\_\\_dr\\_%' AND query LIKE 'COPY%'")
                        .isEmpty());
    }

    @Test
    void inStep4BetweenTheFenceAndTheSwap() throws SQLException {
        String id = service.recover("shop");
        String side = "shop__dr_" + id.substring(0, 8);
        await(() -> world.postgres.exists(side));
        try (Connection connection = world.postgres.connect("postgres");
                Statement statement = connection.createStatement()) {
            // A comment that is not committed holds the renaming up, and nothing before it.
            connection.setAutoCommit(false);
            statement.execute("COMMENT ON DATABASE " + World.DATABASE + " IS 'held by the test'");
            await(() -> world.postgres
                    .value("postgres", "SELECT datallowconn FROM pg_database WHERE datname = 'shop'")
                    .equals("f"));
            service.kill();
            connection.rollback();
        }
        recoveredByItself(id);
    }

    @Test
    void inStep5WhileTheRolloutIsNotComplete() {
        world.kubernetes.stuck(true);
        killedWhen(5, () -> true);
    }

    @Test
    void inStep6WhileTheApplicationIsNotHealthyYet() {
        HEALTH.set(503);
        killedWhen(6, () -> true);
    }

    @Test
    void anOrderlyStopInTheMiddleIsGoneOnWithToo() {
        HEALTH.set(503);
        String id = service.recover("shop");
        await(() -> running(id, 6));
        service.stop();
        recoveredByItself(id);
    }

    private void killedWhen(int step, Callable<Boolean> also) {
        String id = service.recover("shop");
        try {
            await(() -> running(id, step) && also.call());
        } catch (ConditionTimeoutException e) {
            throw new AssertionError(
                    "never in step " + step + ": " + service.run(id).toPrettyString() + service.log(), e);
        }
        service.kill();
        recoveredByItself(id);
    }

    private void recoveredByItself(String id) {
        HEALTH.set(200);
        world.r2Proxy.heal();
        world.kubernetes.stuck(false);
        service.start();

        JsonNode run = service.await(id);

        assertThat(run.get("status").asText()).as(run.toPrettyString()).isEqualTo("succeeded");
        assertThat(run.get("steps"))
                .allSatisfy(step -> assertThat(step.get("status").asText()).isEqualTo("completed"));
        assertThat(world.postgres.content(World.DATABASE)).isEqualTo(backedUp);
        assertThat(service.directory().resolve("data/work").resolve(id)).doesNotExist();
        assertThat(run.get("previous_database").asText()).isEqualTo("shop__before_" + id.substring(0, 8));
    }

    private static boolean running(String id, int step) {
        return service.run(id).at("/steps/" + (step - 1) + "/status").asText().equals("running");
    }

    private static void await(Callable<Boolean> condition) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(60))
                .pollInterval(Duration.ofMillis(10))
                .until(condition);
    }
}
