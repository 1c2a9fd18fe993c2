package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drrunbook.failure.Finding;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.postgres.DatabaseNames;
import io.drrunbook.run.Mode;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.RecordedRun;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.AbstractThrowableAssert;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;

/** What a drill finds in a database whose rows all came back, but are not what they should be. */
@InWorld
@InHarness
class DrillChecksTest {

    private static final String ROUTES = "steps/4-restore-database.camel.yaml";

    private static PostgresCluster cluster;

    @Autowired
    private StepHarness step;

    @TempDir
    Path work;

    private RecordedRun run;
    private String side;

    @BeforeAll
    static void start(PostgresCluster server) {
        cluster = server;
        cluster.createShop("shop");
    }

    @BeforeEach
    void aRestoredDatabase() {
        run = new RecordedRun(Mode.DRILL, "shop", work);
        side = DatabaseNames.of("shop", run.id()).side();
        cluster.execute("postgres", "CREATE DATABASE \"" + side + "\" TEMPLATE template0");
    }

    @AfterEach
    void drop() {
        cluster.drop(side);
    }

    private void prove(String... assertions) throws Exception {
        proveWithin("1s", assertions);
    }

    private void proveWithin(String timeout, String... assertions) throws Exception {
        Map<String, Object> settings = new HashMap<>(Map.of("dr.drill.check-timeout", timeout));
        for (int i = 0; i < assertions.length; i++) {
            settings.put("dr.drill.checks[" + i + "]", assertions[i]);
        }
        step.begin(StepHarness.shopOn(cluster, settings), ROUTES);
        step.complete("direct:prove-side-database", run);
    }

    private AbstractThrowableAssert<?, ? extends Throwable> refused(String code, String... assertions) {
        return assertThatThrownBy(() -> prove(assertions))
                .isInstanceOfSatisfying(
                        RunbookException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @SuppressWarnings("unchecked")
    private List<Finding> found() {
        return (List<Finding>) run.details().getOrDefault("findings", List.of());
    }

    private void make(String... statements) {
        cluster.execute(side, statements);
    }

    @Test
    void aWholeShopPassesAllChecksAndTheLogSaysHowManyThereWere() throws Exception {
        cluster.dumpCustom("shop", work.resolve("archive"));
        run.remember("manifest", RestoreDatabaseRouteTest.manifest(0));
        step.begin(
                StepHarness.shopOn(
                        cluster,
                        Map.of(
                                "dr.drill.checks[0]",
                                "select count(*) > 0 from sales.orders",
                                "dr.applications.shop.drill.checks[0]",
                                "select count(*) = 5000 from sales.orders")),
                ROUTES);
        step.complete("direct:restore-database", run);

        long btrees = Long.parseLong(cluster.value(
                "shop",
                "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = indexrelid JOIN pg_am a ON a.oid = relam"
                        + " WHERE indrelid >= 16384 AND amname = 'btree' AND c.relkind = 'i'"));
        assertThat(run.details())
                .containsEntry("indexes_checked", btrees)
                .containsEntry("assertions_passed", 2L)
                .hasEntrySatisfying(
                        "constraints_checked", count -> assertThat((Long) count).isPositive())
                .hasEntrySatisfying(
                        "sequences_checked", count -> assertThat((Long) count).isPositive());
        assertThat(run.progressed())
                .anyMatch(progress -> progress.unit().equals("checks") && progress.done() == progress.total());
        assertThat(cluster.exists(side)).isFalse();
    }

    @Test
    void everyKindOfConstraintThatHoldsPasses() throws Exception {
        make(
                "CREATE COLLATION german (provider = icu, locale = 'de', deterministic = true)",
                "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
                "CREATE TABLE parents (a int, b text COLLATE german, PRIMARY KEY (a, b))",
                "CREATE TABLE children (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int, b text, n positive,"
                        + " up int REFERENCES children DEFERRABLE INITIALLY DEFERRED, FOREIGN KEY (a, b) REFERENCES parents,"
                        + " CHECK (a IS NULL OR a < 100), CHECK ((children).id IS NOT NULL))",
                "CREATE TABLE fulls (a int, b text COLLATE german, FOREIGN KEY (a, b) REFERENCES parents MATCH FULL)",
                "CREATE TABLE \"Odd \"\"names\" (\"Ünder %s\" bigint PRIMARY KEY CHECK (\"Ünder %s\" % 2 = 1))",
                "CREATE TABLE parted (id serial, at int, parent bigint REFERENCES \"Odd \"\"names\", CHECK (at >= 0), PRIMARY KEY"
                        + " (id, at)) PARTITION BY RANGE (at)",
                "CREATE TABLE part_one PARTITION OF parted FOR VALUES FROM (0) TO (10)",
                "CREATE TABLE part_two PARTITION OF parted FOR VALUES FROM (10) TO (20)",
                "CREATE TABLE of_parted (id int, at int, FOREIGN KEY (id, at) REFERENCES parted)",
                "CREATE TABLE base (id int CHECK (id > 0) NO INHERIT)",
                "CREATE TABLE derived () INHERITS (base)",
                "CREATE UNLOGGED TABLE cache (id int PRIMARY KEY, body jsonb)",
                "CREATE INDEX ON cache USING gin (body)",
                "CREATE SEQUENCE down INCREMENT -1",
                "CREATE TABLE downs (id int DEFAULT nextval('down'))",
                "CREATE TABLE empties (id serial)",
                "CREATE SEQUENCE round CYCLE",
                "CREATE TABLE rounds (id int DEFAULT nextval('round'))",
                "INSERT INTO parents VALUES (1, 'x'), (2, 'ü')",
                "INSERT INTO children (a, b, n, up) VALUES (1, 'x', 5, 1), (2, 'ü', 7, 1), (NULL, 'nobody', NULL, NULL)",
                "INSERT INTO fulls VALUES (1, 'x'), (NULL, NULL)",
                "INSERT INTO \"Odd \"\"names\" VALUES (1), (3)",
                "INSERT INTO parted (at, parent) VALUES (1, 1), (11, 3)",
                "INSERT INTO of_parted VALUES (1, 1), (NULL, 4)",
                "INSERT INTO derived VALUES (-1)",
                "INSERT INTO downs DEFAULT VALUES",
                "INSERT INTO downs DEFAULT VALUES",
                "INSERT INTO rounds VALUES (1000)",
                "INSERT INTO cache VALUES (1, '{}')");

        prove();

        assertThat(run.logged()).anyMatch(line -> line.startsWith("1 indexes that are no btrees were not checked"));
        assertThat((Long) run.details().get("constraints_checked")).isGreaterThan(8);
        assertThat(run.details()).containsEntry("sequences_checked", 3L);
        assertThat(found()).isEmpty();
    }

    @Test
    void rowsThatAnIndexHasLostAreFound() {
        make(
                "CREATE TABLE orders (id int, note text)",
                "CREATE INDEX orders_id ON orders (id)",
                "INSERT INTO orders SELECT i, md5(i::text) FROM generate_series(1, 1000) i",
                "UPDATE pg_index SET indisready = false, indisvalid = false WHERE indexrelid = 'orders_id'::regclass");
        make("INSERT INTO orders VALUES (5000, 'in no index')");
        make("UPDATE pg_index SET indisready = true, indisvalid = true WHERE indexrelid = 'orders_id'::regclass");

        refused("drill_index_corrupt")
                .hasMessageContainingAll(
                        "public.orders_id", "is corrupt", "lacks matching index tuple", "is not judged by it");
    }

    @Test
    void anIndexThatIsOutOfOrderIsFoundAndOneThatIsInvalidIsOnlyTold() {
        make(
                "CREATE TABLE words (word text)",
                "INSERT INTO words SELECT md5(i::text) FROM generate_series(1, 2000) i",
                "CREATE INDEX words_up ON words (word)",
                "CREATE INDEX words_down ON words (word DESC)",
                "CREATE INDEX words_off ON words (word)",
                "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'words_off'::regclass",
                // The tree stays as it is, and its order is said to be the other one.
                "UPDATE pg_index SET indoption = '0' WHERE indexrelid = 'words_down'::regclass");

        refused("drill_index_corrupt")
                .hasMessageContaining("public.words_down is corrupt")
                .message()
                .doesNotContain("words_up", "words_off");
        assertThat(run.logged()).contains("indexes that are marked invalid were not checked: public.words_off");
    }

    @Test
    void rowsThatBreakForeignKeysChecksAndDomainsAreAllFoundAtOnce() throws Exception {
        make(
                "CREATE DOMAIN positive AS int CHECK (VALUE > 0)",
                "CREATE TABLE customers (id int PRIMARY KEY)",
                "CREATE TABLE orders (id int, customer int REFERENCES customers, total int CONSTRAINT total_positive CHECK (total"
                        + " > 0))",
                "CREATE TABLE lines (n positive)",
                "CREATE TABLE parted (at int, customer int REFERENCES customers) PARTITION BY LIST (at)",
                "CREATE TABLE part PARTITION OF parted DEFAULT",
                "SET session_replication_role = replica; INSERT INTO orders VALUES (1, 7, 1), (2, 8, 1); INSERT INTO parted"
                        + " VALUES (1, 9)",
                "UPDATE pg_constraint SET convalidated = false WHERE conname = 'total_positive'",
                "ALTER TABLE orders DROP CONSTRAINT total_positive",
                "INSERT INTO orders VALUES (3, NULL, -1)",
                "ALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total > 0) NOT VALID",
                "UPDATE pg_constraint SET convalidated = true WHERE conname = 'total_positive'",
                "INSERT INTO lines VALUES (5)",
                "ALTER DOMAIN positive ADD CONSTRAINT over_ten CHECK (VALUE > 10) NOT VALID",
                "UPDATE pg_constraint SET convalidated = true WHERE conname = 'over_ten'");

        prove();

        assertThat(found())
                .extracting(Finding::sentence)
                .satisfiesExactly(
                        check -> assertThat(check).contains("check total_positive of public.orders: 1 rows break it"),
                        domain -> assertThat(domain).contains("domain broken: table public.lines"),
                        key -> assertThat(key).contains("orders_customer_fkey of public.orders: 2 rows point to"),
                        key -> assertThat(key).contains("parted_customer_fkey of public.parted: 1 rows point to"));
    }

    @Test
    void checksThatCallFunctionsOfTheDatabaseAreNotAskedAgain() throws Exception {
        make(
                "CREATE FUNCTION moody(int) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
                "CREATE DOMAIN mood AS int CHECK (moody(VALUE))",
                "CREATE TABLE t (n int CONSTRAINT by_mood CHECK (moody(n)), m mood)",
                "INSERT INTO t VALUES (1, 1)",
                "CREATE OR REPLACE FUNCTION moody(int) RETURNS boolean LANGUAGE sql AS 'SELECT false'");

        prove();

        assertThat(found()).isEmpty();
        assertThat(run.logged()).anyMatch(line -> line.startsWith("check by_mood of public.t was not asked again"));
    }

    @Test
    void rowsThatBreakConstraintsThatAreNotValidAreToldAndDoNoHarm() throws Exception {
        make(
                "CREATE TABLE customers (id int PRIMARY KEY)",
                "CREATE TABLE orders (id int, customer int, total int)",
                "INSERT INTO orders VALUES (1, 7, -1)",
                "ALTER TABLE orders ADD CONSTRAINT late_key FOREIGN KEY (customer) REFERENCES customers NOT VALID",
                "ALTER TABLE orders ADD CONSTRAINT late_check CHECK (total > 0) NOT VALID");

        prove();

        assertThat(run.logged())
                .anyMatch(line -> line.contains("foreign key late_key") && line.contains("NOT VALID"))
                .anyMatch(line -> line.contains("check late_check") && line.contains("NOT VALID"));
    }

    @Test
    void sequencesBehindTheirColumnsAreFoundUpwardsAndDownwards() throws Exception {
        make(
                "CREATE TABLE a (id serial)",
                "INSERT INTO a SELECT FROM generate_series(1, 10)",
                "SELECT setval('a_id_seq', 9)",
                "CREATE TABLE b (id int GENERATED BY DEFAULT AS IDENTITY)",
                "INSERT INTO b VALUES (1)",
                "CREATE SEQUENCE down INCREMENT -5",
                "CREATE TABLE c (id int DEFAULT nextval('down'))",
                "ALTER SEQUENCE down OWNED BY c.id",
                "INSERT INTO c VALUES (-1)",
                "CREATE TABLE good (id serial)",
                "INSERT INTO good DEFAULT VALUES");

        prove();

        assertThat(found())
                .extracting(Finding::sentence)
                .satisfiesExactly(
                        a -> assertThat(a)
                                .contains("sequence public.a_id_seq: it gives 10 next, but public.a.id has come to 10"),
                        b -> assertThat(b).contains("sequence public.b_id_seq: it gives 1 next"),
                        down -> assertThat(down).contains("sequence public.down: it gives -1 next"));
        make(found().stream().map(Finding::sql).toArray(String[]::new));
        run = new RecordedRun(run.id(), Mode.DRILL, "shop", work);
        prove();
        assertThat(found()).as("their SQL mends them").isEmpty();
    }

    @Test
    void anAssertionThatIsNotTrueCondemnsWithItsTextAndResult() {
        make("CREATE TABLE orders (id int)");

        refused("drill_check_failed", "select count(*) > 0 from orders", "select null::boolean", "select true")
                .hasMessageContainingAll(
                        "check 'select count(*) > 0 from orders' gave false", "check 'select null::boolean' gave null");
    }

    @Test
    void anAssertionThatCannotBeAskedSaysNothingOfTheBackup() {
        make("CREATE TABLE orders (id int)");

        refused(
                        "drill_check_broken",
                        "select count(*) from nowhere",
                        "select 1",
                        "select true from generate_series(1, 2)",
                        "delete from orders",
                        "with gone as (delete from orders returning true) select * from gone",
                        "select pg_sleep(30) is null")
                .hasMessageContainingAll(
                        "\"nowhere\" does not exist",
                        "check 'select 1' does not give one row with one boolean",
                        "generate_series(1, 2)' does not give",
                        "cannot open DELETE query as cursor",
                        "cannot execute SELECT in a read-only transaction",
                        "statement timeout");
    }

    /** The role that the guide makes is no superuser. */
    @Test
    void withARoleThatMayNotHaveAmcheckTheIndexesAreUncheckedAndTheLogSaysSo() throws Exception {
        cluster.execute("postgres", "CREATE ROLE modest LOGIN PASSWORD 'modest'");
        make(
                "CREATE TABLE orders (id serial PRIMARY KEY, total int CHECK (total > 0))",
                "INSERT INTO orders (total) VALUES (1)",
                "GRANT SELECT ON ALL TABLES IN SCHEMA public TO modest",
                "GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO modest");
        Map<String, Object> asModest = Map.of(
                "dr.applications.shop.database.username", "modest", "dr.applications.shop.database.password", "modest");
        step.begin(StepHarness.shopOn(cluster, asModest), ROUTES);
        step.complete("direct:prove-side-database", run);

        assertThat(run.details())
                .containsEntry("indexes_checked", 0L)
                .containsEntry("constraints_checked", 1L)
                .containsEntry("sequences_checked", 1L);
        assertThat(run.logged())
                .contains("the indexes were not checked: only a superuser may create the extension amcheck");
    }

    @Test
    void aRunThatIsCancelledEndsTheStatementThatRuns() throws Exception {
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try {
            Future<?> proof = thread.submit(() -> {
                assertThatThrownBy(() -> proveWithin("10m", "select pg_sleep(100) is not null"))
                        .isInstanceOfSatisfying(
                                RunbookException.class,
                                e -> assertThat(e.code()).isEqualTo("cancelled"));
            });
            String sleeping =
                    "SELECT pid FROM pg_stat_activity WHERE datname = '" + side + "' AND wait_event = 'PgSleep'";
            Awaitility.await().until(() -> cluster.query("postgres", sleeping), pids -> !pids.isEmpty());
            run.cancel();
            Awaitility.await().atMost(Duration.ofSeconds(10)).until(proof::isDone);
            proof.get();
            Awaitility.await().until(() -> cluster.query("postgres", sleeping), List::isEmpty);
        } finally {
            thread.shutdownNow();
        }
    }

    @Test
    void aServerThatGoesAwayEndsTheChecksAndNothingIsSaidOfTheBackup() throws Exception {
        make("CREATE TABLE orders (id serial PRIMARY KEY)");
        refused(
                        "drill_check_stopped",
                        "select pg_terminate_backend(pid) from pg_stat_activity where pid = pg_backend_pid()")
                .hasMessageContaining("the backup is not judged by it");
    }
}
