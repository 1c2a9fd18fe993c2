package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.drrunbook.backup.Manifest.TableRows;
import io.drrunbook.failure.Finding;
import io.drrunbook.postgres.DatabaseNames;
import io.drrunbook.postgres.PreviousDatabases;
import io.drrunbook.run.Mode;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.RecordedRun;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;

/** Databases as people have them, dumped as they are: what a drill says of each, and what a recovery makes of it. */
@InWorld
@InHarness
class UnusualSourcesTest {

    private static final String STEP = "direct:restore-database";
    private static final String ROUTES = "steps/4-restore-database.camel.yaml";
    private static final String[] ORPHANS = {
        "CREATE TABLE customers (id int PRIMARY KEY)",
        "CREATE TABLE orders (id int PRIMARY KEY, customer int CONSTRAINT of_customer REFERENCES customers)",
        "COMMENT ON CONSTRAINT of_customer ON orders IS 'who has ordered'",
        "INSERT INTO customers VALUES (1)",
        "SET session_replication_role = replica; INSERT INTO orders VALUES (1, 1), (2, 7), (3, NULL)"
    };
    private static final String[] VIEWS = {
        "CREATE TABLE numbers (n int)",
        "INSERT INTO numbers VALUES (1)",
        "CREATE MATERIALIZED VIEW \"a view\" AS SELECT 1 / n AS part FROM numbers",
        "CREATE UNIQUE INDEX ON \"a view\" (part)",
        "CREATE MATERIALIZED VIEW on_it AS SELECT part FROM \"a view\"",
        "CREATE MATERIALIZED VIEW well AS SELECT n FROM numbers",
        "CREATE MATERIALIZED VIEW on_well AS SELECT n FROM well",
        "CREATE MATERIALIZED VIEW never_filled AS SELECT n FROM numbers WITH NO DATA",
        "UPDATE numbers SET n = 0"
    };
    private static final String[] DUPLICATES = {
        "CREATE TABLE keyed (id int CONSTRAINT keyed_key PRIMARY KEY)",
        "INSERT INTO keyed VALUES (1)",
        "UPDATE pg_index SET indisunique = false WHERE indexrelid = 'keyed_key'::regclass",
        "INSERT INTO keyed VALUES (1)",
        "UPDATE pg_index SET indisunique = true WHERE indexrelid = 'keyed_key'::regclass"
    };

    private static PostgresCluster cluster;

    @Autowired
    private StepHarness step;

    @TempDir
    Path work;

    @BeforeAll
    static void on(PostgresCluster server) {
        cluster = server;
    }

    @BeforeEach
    void anEmptyShop() {
        cluster.execute("postgres", "CREATE DATABASE shop TEMPLATE template0");
    }

    @AfterEach
    void dropAll() {
        for (String database : cluster.databases()) {
            if (!cluster.query("postgres", subscriptions(database)).isEmpty()) {
                cluster.execute("postgres", "ALTER DATABASE \"" + database + "\" ALLOW_CONNECTIONS true");
                cluster.execute(
                        database,
                        "SET session_replication_role = replica; ALTER SUBSCRIPTION follower DISABLE",
                        "ALTER SUBSCRIPTION follower SET (slot_name = NONE)",
                        "DROP SUBSCRIPTION follower");
            }
            cluster.drop(database);
        }
    }

    private static String subscriptions(String database) {
        return "SELECT subname FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE datname = '"
                + database + "'";
    }

    /**
     * A database and what is to be said of its backup.
     *
     * @param found kinds of the findings, in order; empty when there is nothing to find
     */
    private record Source(String name, List<String> found, String... sql) {

        @Override
        public String toString() {
            return name;
        }
    }

    private static Source proven(String name, String... sql) {
        return new Source(name, List.of(), sql);
    }

    static Stream<Source> sound() {
        return Stream.of(
                proven(
                        "ids of a function's making (snowflakes)",
                        "CREATE SEQUENCE ticks",
                        "CREATE FUNCTION snow() RETURNS bigint LANGUAGE sql AS"
                                + " 'SELECT nextval(''public.ticks'') + (7::bigint << 40)'",
                        "CREATE TABLE flakes (id bigint PRIMARY KEY DEFAULT snow())",
                        "ALTER SEQUENCE ticks OWNED BY flakes.id",
                        "INSERT INTO flakes SELECT FROM generate_series(1, 5)"),
                proven(
                        "ids in blocks (nextval * 50)",
                        "CREATE SEQUENCE blocks",
                        "CREATE TABLE hilo (id bigint PRIMARY KEY DEFAULT nextval('blocks') * 50)",
                        "ALTER SEQUENCE blocks OWNED BY hilo.id",
                        "INSERT INTO hilo SELECT FROM generate_series(1, 5)"),
                proven(
                        "a sequence that nobody owns",
                        "CREATE SEQUENCE shared",
                        "CREATE TABLE one (id int DEFAULT nextval('shared'))",
                        "INSERT INTO one VALUES (100)"),
                proven(
                        "a foreign table as inheritance child, and as a partition, of a server that does not answer",
                        "CREATE EXTENSION postgres_fdw",
                        "CREATE SERVER silent FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '1')",
                        "CREATE USER MAPPING FOR CURRENT_USER SERVER silent OPTIONS (user 'u', password 'p')",
                        "CREATE TABLE events (id serial, at int)",
                        "INSERT INTO events (at) VALUES (2)",
                        "CREATE TABLE later () INHERITS (events)",
                        "INSERT INTO later VALUES (30, 3)",
                        "ALTER SEQUENCE events_id_seq RESTART 31",
                        "CREATE FOREIGN TABLE afar () INHERITS (events) SERVER silent",
                        "CREATE TABLE parted (id serial, at int) PARTITION BY RANGE (at)",
                        "CREATE TABLE near PARTITION OF parted FOR VALUES FROM (10) TO (20)",
                        "CREATE FOREIGN TABLE far PARTITION OF parted FOR VALUES FROM (0) TO (10) SERVER silent",
                        "INSERT INTO parted (at) VALUES (11), (12)"),
                proven(
                        "schemas whose names begin as PostgreSQL's do",
                        "CREATE SCHEMA pgxtemp_shop",
                        "CREATE TABLE pgxtemp_shop.t AS SELECT 1 AS n"),
                proven(
                        "a materialized view without rows, one on another, and a comment on each",
                        "CREATE TABLE t AS SELECT generate_series(1, 9) AS n",
                        "CREATE MATERIALIZED VIEW empty AS SELECT n FROM t WITH NO DATA",
                        "CREATE MATERIALIZED VIEW full_one AS SELECT n FROM t",
                        "CREATE MATERIALIZED VIEW upon AS SELECT n FROM full_one",
                        "CREATE UNIQUE INDEX ON upon (n)",
                        "COMMENT ON MATERIALIZED VIEW upon IS 'FK CONSTRAINT x; MATERIALIZED VIEW DATA'"),
                proven(
                        "an event trigger that refuses all DDL",
                        "CREATE TABLE parents (id int PRIMARY KEY)",
                        "CREATE TABLE children (id int REFERENCES parents)",
                        "CREATE MATERIALIZED VIEW m AS SELECT id FROM parents",
                        "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS"
                                + " $$ BEGIN RAISE EXCEPTION 'no DDL here'; END $$",
                        "CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION refuse()",
                        "COMMENT ON EVENT TRIGGER refuse IS 'not even this'"),
                proven(
                        "one that refuses DDL of replicas too",
                        "CREATE TABLE parents (id int PRIMARY KEY)",
                        "CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS"
                                + " $$ BEGIN RAISE EXCEPTION 'no DDL here'; END $$",
                        "CREATE EVENT TRIGGER refuse ON ddl_command_start EXECUTE FUNCTION refuse()",
                        "ALTER EVENT TRIGGER refuse ENABLE ALWAYS"),
                proven(
                        "a subscription and a publication",
                        "CREATE TABLE t AS SELECT 1 AS n",
                        "CREATE PUBLICATION ours FOR TABLE t",
                        "CREATE SUBSCRIPTION follower CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p"
                                + " WITH (connect = false, slot_name = 'x')",
                        "COMMENT ON SUBSCRIPTION follower IS 'from far'"),
                proven(
                        "checks by functions, and by the clock",
                        "CREATE FUNCTION sensible(n int) RETURNS boolean LANGUAGE sql AS 'SELECT n > 0'",
                        "CREATE TABLE t (n int CHECK (sensible(n)), at timestamptz CHECK (at <= now()))",
                        "INSERT INTO t VALUES (1, now())"),
                new Source("orphans under a foreign key", List.of(Finding.FOREIGN_KEY_NOT_VALID), ORPHANS),
                new Source(
                        "orphans under foreign keys of a partitioned table and of itself, under names that bite",
                        List.of(Finding.FOREIGN_KEY_NOT_VALID, Finding.FOREIGN_KEY_NOT_VALID),
                        "CREATE SCHEMA \"FK CONSTRAINT\"",
                        "CREATE TABLE \"FK CONSTRAINT\".\"1; 2 3\"\" x\" (id int PRIMARY KEY, \"Über\" int CONSTRAINT"
                                + " \"up; \"\"y\" REFERENCES \"FK CONSTRAINT\".\"1; 2 3\"\" x\" ON DELETE CASCADE"
                                + " DEFERRABLE INITIALLY DEFERRED)",
                        "CREATE TABLE good (id int PRIMARY KEY)",
                        "CREATE TABLE parted (at int, good int REFERENCES good) PARTITION BY LIST (at)",
                        "CREATE TABLE part PARTITION OF parted FOR VALUES IN (1)",
                        "CREATE TABLE parts PARTITION OF parted DEFAULT PARTITION BY LIST (good)",
                        "CREATE TABLE subpart PARTITION OF parts DEFAULT",
                        "SET session_replication_role = replica; INSERT INTO \"FK CONSTRAINT\".\"1; 2 3\"\" x\" VALUES (1, 9);"
                                + " INSERT INTO parted VALUES (1, 5), (2, 6)"),
                new Source(
                        "materialized views whose query fails now, and one upon it",
                        List.of(Finding.MATERIALIZED_VIEW_NOT_POPULATED, Finding.MATERIALIZED_VIEW_NOT_POPULATED),
                        VIEWS),
                new Source(
                        "a materialized view that needs a search_path",
                        List.of(Finding.MATERIALIZED_VIEW_NOT_POPULATED),
                        "CREATE FUNCTION inner_one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
                        "CREATE FUNCTION outer_one() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN inner_one(); END'",
                        "CREATE MATERIALIZED VIEW m AS SELECT outer_one()"),
                new Source(
                        "sequences behind ids that were given by hand",
                        List.of(Finding.SEQUENCE_BEHIND, Finding.SEQUENCE_BEHIND),
                        "CREATE TABLE a (id serial)",
                        "INSERT INTO a VALUES (10)",
                        "CREATE TABLE b (id int GENERATED BY DEFAULT AS IDENTITY)",
                        "INSERT INTO b VALUES (1)"),
                new Source(
                        "an index on what is no constant",
                        List.of(Finding.INDEX_UNSTABLE),
                        "CREATE FUNCTION liar(int) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT clock_timestamp()::text'",
                        "CREATE TABLE t (n int)",
                        "INSERT INTO t SELECT generate_series(1, 50)",
                        "CREATE INDEX lying ON t (liar(n))"));
    }

    /** A database of which no dump can be restored, and what must be named. */
    private record Hopeless(String name, String object, String advice, String... sql) {

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Hopeless> hopeless() {
        return Stream.of(
                new Hopeless("duplicates under a primary key", "keyed_key", "REINDEX", DUPLICATES),
                new Hopeless(
                        "a check that was changed behind its rows",
                        "picked",
                        "make a trigger of the check",
                        "CREATE FUNCTION known(i int) RETURNS boolean LANGUAGE sql AS 'SELECT i > 0'",
                        "CREATE TABLE choosy (n int CONSTRAINT picked CHECK (known(n)))",
                        "INSERT INTO choosy VALUES (1)",
                        "CREATE OR REPLACE FUNCTION known(i int) RETURNS boolean LANGUAGE sql AS 'SELECT i > 1'"),
                new Hopeless(
                        "an index whose function needs a search_path",
                        "by_norm",
                        "ALTER FUNCTION ... SET search_path",
                        "CREATE FUNCTION plain(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT lower($1)'",
                        "CREATE FUNCTION norm(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS"
                                + " 'BEGIN RETURN plain($1); END'",
                        "CREATE TABLE t (word text)",
                        "INSERT INTO t VALUES ('x')",
                        "CREATE INDEX by_norm ON t (norm(word))"));
    }

    private RecordedRun dumped(Mode mode, String... sql) {
        // Catalogs that were changed by hand are seen by the next session.
        Arrays.stream(sql).forEach(statement -> cluster.execute("shop", statement));
        cluster.dumpCustom("shop", work.resolve("archive"));
        RecordedRun run = new RecordedRun(mode, "shop", work);
        run.remember("manifest", RestoreDatabaseRouteTest.manifest(0, counted()));
        return run;
    }

    private static TableRows[] counted() {
        return cluster
                .query(
                        "shop",
                        "SELECT n.nspname || '.' || c.relname || '=' || (xpath('//c/text()', query_to_xml(format("
                                + "'SELECT count(*) AS c FROM ONLY %I.%I', n.nspname, c.relname), false, true, '')))[1]"
                                + " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r'"
                                + " AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'")
                .stream()
                .map(each -> each.split("=(?=\\d+$)"))
                .map(each -> new TableRows(each[0], null, Long.parseLong(each[1])))
                .toArray(TableRows[]::new);
    }

    private void send(RecordedRun run, Map<String, Object> settings) throws Exception {
        step.begin(StepHarness.shopOn(cluster, settings), ROUTES);
        step.complete(STEP, run);
    }

    @SuppressWarnings("unchecked")
    private static List<Finding> found(RecordedRun run) {
        return (List<Finding>) run.details().getOrDefault("findings", List.of());
    }

    @ParameterizedTest
    @MethodSource("sound")
    void whatTheSourceHasTooIsFoundAndCondemnsNothing(Source source) throws Exception {
        RecordedRun run = dumped(Mode.DRILL, source.sql());

        send(run, Map.of());

        assertThat(found(run))
                .extracting(Finding::kind)
                .as(run.logged().toString())
                .isEqualTo(source.found());
        assertThat(cluster.databases()).containsExactly("shop");
        assertThat((Long) run.details().get("indexes_checked")).isNotNegative();
    }

    @ParameterizedTest
    @MethodSource("hopeless")
    void whatNoDumpCanBringBackIsCondemnedAndTheSourceIsTold(Hopeless source) {
        RecordedRun run = dumped(Mode.DRILL, source.sql());

        Throwable failure = catchThrowable(() -> send(run, Map.of()));

        assertThat(failure).hasMessageContainingAll(source.object(), source.advice(), "the source");
        assertThat(Blame.of(failure, new Blame.Evidence(true, 3, true))).isEqualTo(Verdict.BACKUP_BAD);
        assertThat(cluster.databases()).containsExactly("shop");
    }

    @Test
    void aRecoveryAddsTheForeignKeyNotValidAndTheSqlOfItsFindingMendsIt() throws Exception {
        RecordedRun run = dumped(Mode.RECOVERY, ORPHANS);

        send(run, Map.of());

        Finding finding = found(run).get(0);
        assertThat(finding.object()).isEqualTo("foreign key of_customer of public.orders");
        assertThat(cluster.value("shop", "SELECT convalidated FROM pg_constraint WHERE conname = 'of_customer'"))
                .isEqualTo("f");
        assertThat(cluster.value(
                        "shop", "SELECT obj_description(oid) FROM pg_constraint WHERE conname = 'of_customer'"))
                .isEqualTo("who has ordered");
        assertThatThrownBy(() -> cluster.execute("shop", "INSERT INTO orders VALUES (4, 8)"))
                .hasStackTraceContaining("violates foreign key constraint");
        String[] statements = String.valueOf(finding.sql()).split(";\\s*");
        assertThat(cluster.query("shop", statements[0])).containsExactly("2");
        cluster.execute("shop", "DELETE FROM orders WHERE id = 2", statements[1]);
        assertThat(cluster.value("shop", "SELECT convalidated FROM pg_constraint WHERE conname = 'of_customer'"))
                .isEqualTo("t");
        assertThat(cluster.databases())
                .containsExactly("shop", DatabaseNames.of("shop", run.id()).before());
    }

    @Test
    void aRecoveryLeavesAViewWithoutRowsThatDoesNotRefreshAndFillsTheOthers() throws Exception {
        RecordedRun run = dumped(Mode.RECOVERY, VIEWS);

        send(run, Map.of());

        assertThat(found(run))
                .extracting(Finding::object)
                .containsExactlyInAnyOrder("materialized view public.\"a view\"", "materialized view public.on_it");
        assertThat(found(run).get(0).detail()).contains("division by zero");
        assertThat(cluster.query("shop", "SELECT matviewname FROM pg_matviews WHERE ispopulated ORDER BY 1"))
                .containsExactly("on_well", "well");
        cluster.execute("shop", "UPDATE numbers SET n = 2");
        for (Finding finding : found(run)) {
            cluster.execute("shop", String.valueOf(finding.sql()));
        }
        assertThat(cluster.value("shop", "SELECT count(*) FROM on_it")).isEqualTo("1");
    }

    @Test
    void whoeverWantsItToFailHasTheForeignKeyNamed() {
        RecordedRun run = dumped(Mode.RECOVERY, ORPHANS);

        assertThatThrownBy(() -> send(run, Map.of("dr.restore.on-post-data-error", "fail")))
                .hasMessageContainingAll("of_customer", "in the source", "dr.restore.on-post-data-error=report");
        assertThat(cluster.databases()).containsExactly("shop");
    }

    @Test
    void afterACrashBehindTheProofTheFindingsAreToldAgain() throws Exception {
        RecordedRun run = dumped(Mode.RECOVERY, ORPHANS);
        send(run, Map.of());
        RecordedRun again = new RecordedRun(run.id(), Mode.RECOVERY, "shop", work);
        run.memory().forEach(again::remember);

        send(again, Map.of());

        assertThat(found(again)).isEqualTo(found(run)).isNotEmpty();
    }

    @Test
    void rowsThatAreNotThoseOfTheManifestCondemn() {
        RecordedRun run = dumped(Mode.DRILL, "CREATE TABLE t AS SELECT generate_series(1, 9) AS n");
        run.remember("manifest", RestoreDatabaseRouteTest.manifest(0, new TableRows("public.t", null, 10)));

        Throwable failure = catchThrowable(() -> send(run, Map.of()));

        assertThat(failure).hasMessageContaining("public.t has 9 rows, the manifest says 10");
        assertThat(Blame.of(failure, new Blame.Evidence(true, 3, true))).isEqualTo(Verdict.BACKUP_BAD);
    }

    /** As it was counted before: the children's rows with the parent's. */
    @Test
    void aManifestThatHasCountedInheritanceChildrenWithTheirParentStillProves() throws Exception {
        RecordedRun run = dumped(
                Mode.DRILL,
                "CREATE TABLE vehicles (n int)",
                "CREATE TABLE lorries () INHERITS (vehicles)",
                "INSERT INTO vehicles VALUES (1)",
                "INSERT INTO lorries VALUES (2), (3)");
        run.remember(
                "manifest",
                RestoreDatabaseRouteTest.manifest(
                        0, new TableRows("public.vehicles", null, 3), new TableRows("public.lorries", null, 2)));

        send(run, Map.of());

        assertThat(found(run)).isEmpty();
    }

    @Test
    void aDatabaseThatWasSwappedOutWithASubscriptionIsDroppedAndItsPublicationStaysInTheLiveOne() throws Exception {
        RecordedRun run = dumped(
                Mode.RECOVERY,
                "CREATE TABLE t AS SELECT 1 AS n",
                "CREATE PUBLICATION ours FOR TABLE t",
                "CREATE SUBSCRIPTION follower CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p"
                        + " WITH (connect = false, slot_name = 'x')");
        String before = DatabaseNames.of("shop", run.id()).before();
        send(run, Map.of());
        assertThat(cluster.databases()).contains(before);

        step.bean(PreviousDatabases.class).drop("shop", before);

        assertThat(cluster.databases()).containsExactly("shop");
        assertThat(cluster.query("postgres", subscriptions("shop"))).containsExactly("follower");
        assertThat(cluster.query("shop", "SELECT pubname FROM pg_publication")).containsExactly("ours");
    }
}
