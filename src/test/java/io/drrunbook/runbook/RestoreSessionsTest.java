package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.postgres.DatabaseNames;
import io.drrunbook.run.Mode;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.RecordedRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.annotation.Autowired;

/** Step 4 as a role that is no superuser, on servers that go silent, and over databases that were made anew by hand. */
@Timeout(180)
@InWorld(alone = "suspends its PostgreSQL server")
@InHarness
class RestoreSessionsTest {

    private static final String STEP = "direct:restore-database";
    private static final String SLEEPING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'";

    private static PostgresCluster cluster;
    private static String password;
    private static Path dumps;

    @Autowired
    private StepHarness step;

    @TempDir
    private Path work;

    private RecordedRun run;

    @BeforeAll
    static void aShopOfAnOwnerWhoIsNoSuperuser(PostgresCluster server, @TempDir Path directory) {
        cluster = server;
        dumps = directory;
        cluster.createShop("shop");
        cluster.giveTo("shop_owner", "shop");
        password = cluster.leastRole("dr_runbook", "shop_owner");
        cluster.execute("shop", "CREATE TABLE in_public (id int)", "ALTER TABLE in_public OWNER TO shop_owner");
        cluster.dumpCustom("shop", dumps.resolve("shop"));
        cluster.dumpPlain("shop", dumps.resolve("plain"));
        cluster.execute(
                "shop",
                "SET ROLE shop_owner",
                "CREATE TABLE held (id int)",
                "INSERT INTO held VALUES (1)",
                "CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1'",
                "CREATE INDEX ON held (slow(id))",
                "CREATE OR REPLACE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS"
                        + " 'BEGIN PERFORM pg_catalog.pg_sleep(600); RETURN $1; END'");
        cluster.dumpCustom("shop", dumps.resolve("slow"));
        cluster.drop("shop");
    }

    @BeforeEach
    void aRecovery() throws IOException {
        begin(Mode.RECOVERY, "shop");
    }

    @AfterEach
    void nothingIsLeft() {
        cluster.proceed();
        cluster.databases().forEach(cluster::drop);
    }

    private void begin(Mode mode, String dump) throws IOException {
        Files.deleteIfExists(work.resolve("archive"));
        Files.copy(dumps.resolve(dump), work.resolve("archive"));
        run = new RecordedRun(mode, "shop", work);
        run.remember("manifest", RestoreDatabaseRouteTest.manifest(0));
    }

    private void send(String endpoint, Map<String, Object> settings) throws Exception {
        Map<String, Object> all = new HashMap<>(Map.of(
                "dr.applications.shop.database.silence-timeout", "4s",
                "dr.applications.shop.database.connect-timeout", "2s"));
        all.putAll(settings);
        step.begin(StepHarness.shopOn(cluster, all), "steps/4-restore-database.camel.yaml", "rollback.camel.yaml");
        step.complete(endpoint, run);
    }

    private Map<String, Object> asLeastRole() {
        return Map.of(
                "dr.applications.shop.database.username", "dr_runbook",
                "dr.applications.shop.database.password", password,
                "dr.drill.checks[0]", "select count(*) = 5000 from sales.orders");
    }

    private static String made() {
        return cluster.value(
                "postgres",
                "SELECT pg_encoding_to_char(encoding) || ' ' || datcollate || ' ' || pg_get_userbyid(datdba) FROM pg_database"
                        + " WHERE datname = 'shop'");
    }

    @Test
    void theRoleOfTheGuideDrillsRecoversAndRollsBackWithoutAWarning() throws Exception {
        cluster.execute("postgres", "CREATE DATABASE shop OWNER shop_owner");
        begin(Mode.DRILL, "shop");
        send(STEP, asLeastRole());
        assertThat(run.details()).containsEntry("assertions_passed", 1L);
        assertThat(cluster.databases()).containsExactly("shop");

        begin(Mode.RECOVERY, "shop");
        send(STEP, asLeastRole());
        assertThat(cluster.value("shop", "SELECT count(*) FROM sales.orders")).isEqualTo("5000");
        assertThat(made()).isEqualTo("UTF8 C.UTF-8 shop_owner");
        send("direct:rollback", asLeastRole());
        assertThat(cluster.query("shop", "SELECT 1 FROM pg_tables WHERE schemaname = 'sales'"))
                .isEmpty();

        begin(Mode.PLAN, "shop");
        send(STEP, asLeastRole());
        assertThat(run.details()).doesNotContainKey("warning");
    }

    /** Since PostgreSQL 15 nothing in {@code public} can be given to somebody who does not own the database. */
    @Test
    void aPlainDumpOfADatabaseThatIsGoneIsRestoredForWhoeverOwnsAllThatIsInIt() throws Exception {
        begin(Mode.RECOVERY, "plain");

        send(STEP, asLeastRole());

        assertThat(cluster.value("shop", "SELECT count(*) FROM sales.orders")).isEqualTo("5000");
        assertThat(made()).endsWith(" shop_owner");
    }

    @Test
    void aPlanSaysWhatASuperuserCosts() throws Exception {
        begin(Mode.PLAN, "shop");
        send(STEP, Map.of());
        assertThat(run.details().get("warning")).asString().contains("role postgres", "superuser", "docs/operating.md");
        assertThat(run.logged()).anyMatch(line -> line.startsWith("warning: role postgres"));
    }

    @ParameterizedTest
    @EnumSource(names = {"RECOVERY", "DRILL"})
    void aServerThatGoesSilentWhileItRestoresEndsTheRunWithThatCause(Mode mode) throws Exception {
        begin(mode, "slow");
        CompletableFuture<Void> restoring = restoring();

        cluster.suspend();

        await().atMost(Duration.ofSeconds(40)).until(restoring::isDone);
        endedWith(restoring, "database_silent");
        assertThat(run.logged()).anyMatch(line -> line.contains("does not answer"));
    }

    @Test
    void aRunIsCancelledWhileTheServerIsSilent() throws Exception {
        begin(Mode.RECOVERY, "slow");
        CompletableFuture<Void> restoring = restoring();
        cluster.suspend();

        run.cancel();

        await().atMost(Duration.ofSeconds(30)).until(restoring::isDone);
        endedWith(restoring, "cancelled");
    }

    @Test
    void aPlanOnASilentServerEndsWithinTheLimit() throws Exception {
        begin(Mode.PLAN, "shop");
        cluster.suspend();
        assertThatThrownBy(() -> send(STEP, Map.of()))
                .isInstanceOfSatisfying(
                        RunbookException.class, e -> assertThat(e.code()).isEqualTo("database_unreachable"));
    }

    private CompletableFuture<Void> restoring() {
        CompletableFuture<Void> restoring = CompletableFuture.runAsync(() -> {
            try {
                send(STEP, Map.of());
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        await().until(() -> cluster.query("postgres", SLEEPING), pids -> !pids.isEmpty());
        return restoring;
    }

    private static void endedWith(CompletableFuture<Void> restoring, String code) {
        assertThatThrownBy(restoring::join)
                .rootCause()
                .satisfies(cause -> assertThat(cause.toString()).doesNotContain("TimeoutException"));
        assertThatThrownBy(restoring::join)
                .cause()
                .cause()
                .isInstanceOfSatisfying(
                        RunbookException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void anEmptyDatabaseMadeAnewByHandNeverWinsOverTheBackup() throws Exception {
        byHand();
        send(STEP, Map.of());
        assertThat(made()).isEqualTo("UTF8 C.UTF-8 shop_owner");
        assertThat(run.logged())
                .anyMatch(line -> line.contains("encoding SQL_ASCII instead of UTF8")
                        && line.contains("owner postgres instead of shop_owner"));
        assertThat(cluster.databases())
                .contains(DatabaseNames.of("shop", run.id()).before());
    }

    @Test
    void aDatabaseInUseThatDiffersIsRefusedUntilSomebodySaysWhichOneWins() throws Exception {
        byHand();
        cluster.execute("shop", "CREATE TABLE written_since (id int)");
        List<String> databases = cluster.databases();

        assertThatThrownBy(() -> send(STEP, Map.of()))
                .isInstanceOfSatisfying(
                        RunbookException.class, e -> assertThat(e.code()).isEqualTo("database_differs"))
                .hasMessageContainingAll(
                        "encoding SQL_ASCII", "LC_COLLATE C", "owner postgres", "dr.restore.different");
        assertThat(cluster.databases()).isEqualTo(databases);

        begin(Mode.PLAN, "shop");
        assertThatThrownBy(() -> send(STEP, Map.of())).hasMessageContaining("dr.restore.different");

        begin(Mode.RECOVERY, "shop");
        assertThatThrownBy(() -> send(STEP, Map.of("dr.restore.mode", "clean")))
                .hasMessageContaining("dr.restore.mode=swap");

        begin(Mode.RECOVERY, "shop");
        send(STEP, Map.of("dr.restore.different", "backup"));
        assertThat(made()).isEqualTo("UTF8 C.UTF-8 shop_owner");
    }

    @Test
    void theLiveOneWinsWhereThatIsSaid() throws Exception {
        byHand();
        cluster.execute("shop", "CREATE TABLE written_since (id int)");
        send(STEP, Map.of("dr.restore.different", "live"));
        assertThat(made()).isEqualTo("SQL_ASCII C postgres");
    }

    private static void byHand() {
        cluster.execute("postgres", "CREATE DATABASE shop TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'");
    }
}
