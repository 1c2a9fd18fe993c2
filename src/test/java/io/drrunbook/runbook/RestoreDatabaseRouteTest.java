package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.Manifest.TableRows;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.postgres.DatabaseNames;
import io.drrunbook.run.Mode;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.PostgresCluster.Content;
import io.drrunbook.world.RecordedRun;
import io.drrunbook.world.StartedProcesses;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;

@InWorld(alone = "kills its PostgreSQL server")
@InHarness
class RestoreDatabaseRouteTest {

    private static final String STEP = "direct:restore-database";
    private static final String RESTORING = "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'dr-runbook%'"
            + " AND wait_event = 'PgSleep'";
    private static final TableRows ORDERS = TableRows.of("sales", "orders", 5000);

    private static PostgresCluster cluster;
    private static Content backedUp;
    private static Content damaged;
    private static Path dumps;

    private final StartedProcesses started = StartedProcesses.sinceNow();

    @Autowired
    private StepHarness step;

    private RecordedRun run;

    @TempDir
    Path work;

    @BeforeAll
    static void dumpTheShopInEveryFormat(PostgresCluster server, @TempDir Path directory) {
        cluster = server;
        dumps = directory;
        cluster.createShop("shop");
        backedUp = cluster.content("shop");
        cluster.dumpCustom("shop", dumps.resolve("custom"));
        cluster.dumpTar("shop", dumps.resolve("tar"));
        cluster.dumpPlain("shop", dumps.resolve("plain"));
        cluster.dumpPlain("shop", dumps.resolve("plain-clean"), "--clean", "--if-exists");
        cluster.dumpPlain("shop", dumps.resolve("plain-create"), "--create");
        cluster.execute("shop", "DELETE FROM sales.order_lines WHERE order_id % 2 = 0");
        damaged = cluster.content("shop");
        cluster.execute("postgres", "ALTER DATABASE shop RENAME TO damaged", "ALTER DATABASE damaged IS_TEMPLATE true");
    }

    @BeforeEach
    void aShopThatHasLostRowsSinceItsBackup() throws Exception {
        List<String> statements = new ArrayList<>();
        cluster.databases().forEach(each -> statements.add("DROP DATABASE \"" + each + "\" WITH (FORCE)"));
        statements.add("CREATE DATABASE shop TEMPLATE damaged");
        cluster.execute("postgres", statements.toArray(String[]::new));
        begin(Map.of());
        run = run(Mode.RECOVERY, "custom");
    }

    private void begin(Map<String, ?> settings) throws Exception {
        step.begin(StepHarness.shopOn(cluster, settings), "steps/4-restore-database.camel.yaml", "rollback.camel.yaml");
    }

    private RecordedRun run(Mode mode, String dump) throws IOException {
        Files.deleteIfExists(work.resolve("archive"));
        Files.copy(dumps.resolve(dump), work.resolve("archive"));
        RecordedRun made = new RecordedRun(mode, "shop", work);
        made.remember("manifest", manifest(0, ORDERS));
        return made;
    }

    private DatabaseNames names() {
        return DatabaseNames.of("shop", run.id());
    }

    private void refusedBeforeAnythingIsWritten(String code, String... partsOfMessage) {
        refusedAndLeftAs(damaged, code, partsOfMessage);
    }

    private void refusedAndLeftAs(Content before, String code, String... partsOfMessage) {
        List<String> databases = cluster.databases();
        assertThatThrownBy(() -> step.complete(STEP, run))
                .isInstanceOfSatisfying(
                        RunbookException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContainingAll(partsOfMessage);
        assertThat(cluster.databases()).isEqualTo(databases);
        assertThat(cluster.content("shop")).isEqualTo(before);
        assertThat(step.passed()).containsExactly("begin 4");
    }

    @Test
    void theRestoredDatabaseTakesThePlaceOfTheLiveOneWhichStaysClosed() throws Exception {
        step.complete(STEP, run);

        assertThat(cluster.content("shop")).isEqualTo(backedUp).isNotEqualTo(damaged);
        assertThat(cluster.databases()).containsExactly("shop", names().before());
        assertThat(cluster.query(
                        "postgres", "SELECT datname FROM pg_database WHERE NOT datallowconn AND NOT datistemplate"))
                .containsExactly(names().before());
        assertThat(run.previousDatabase()).isEqualTo(names().before());
        assertThat(run.details())
                .containsEntry("previous_database", names().before())
                .containsEntry("rows_verified", 5000L)
                .containsEntry("tables_restored", 4L)
                .containsEntry("dump_format", "custom");
        assertThat(run.progressed()).contains(new RecordedRun.Progress(2, 4, "tables"));
        assertThat(step.passed()).containsExactly("begin 4", "complete 4");
    }

    @ParameterizedTest
    @ValueSource(strings = {"tar", "plain", "plain-clean"})
    void tarAndPlainDumpsAreRestoredTheSameWay(String dump) throws Exception {
        run = run(Mode.RECOVERY, dump);
        step.complete(STEP, run);
        assertThat(cluster.content("shop")).isEqualTo(backedUp);
    }

    @Test
    void aPlainDumpOfAnOlderToolWithoutARestrictedModeIsPutIntoOne() throws Exception {
        List<String> lines = new ArrayList<>(Files.readAllLines(dumps.resolve("plain")));
        lines.removeIf(line -> line.startsWith("\\restrict") || line.startsWith("\\unrestrict"));
        Files.write(dumps.resolve("older"), lines);
        run = run(Mode.RECOVERY, "older");
        step.complete(STEP, run);
        assertThat(cluster.content("shop")).isEqualTo(backedUp);

        Path proof = work.resolve("proof");
        lines.add(lines.indexOf("SET row_security = off;"), "SELECT 1; \\! touch " + proof);
        Files.write(dumps.resolve("evil"), lines);
        run = run(Mode.RECOVERY, "evil");
        assertThatThrownBy(() -> step.complete(STEP, run)).hasMessageContaining("psql command '\\! touch");
        assertThat(proof).doesNotExist();
        assertThat(cluster.content("shop")).isEqualTo(backedUp);
    }

    @Test
    void aDatabaseThatIsGoneAltogetherComesBackWithWhatItsArchiveSaysOfIt() throws Exception {
        cluster.execute("postgres", "DROP DATABASE shop");
        cluster.execute(
                "postgres", "CREATE DATABASE shop TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'");
        cluster.execute("shop", "CREATE TABLE t AS SELECT 1 AS n");
        cluster.execute(
                "postgres",
                "ALTER DATABASE shop SET search_path = \"$user\", \"Stock Room\"",
                "ALTER DATABASE shop CONNECTION LIMIT 41",
                "COMMENT ON DATABASE shop IS 'It''s the shop'");
        cluster.dumpCustom("shop", dumps.resolve("latin"));
        Content latin = cluster.content("shop");
        cluster.execute("postgres", "DROP DATABASE shop");
        run = run(Mode.RECOVERY, "latin");
        run.remember("manifest", manifest(0, TableRows.of("public", "t", 1)));

        step.complete(STEP, run);

        assertThat(cluster.databases()).containsExactly("shop");
        assertThat(cluster.content("shop")).isEqualTo(latin);
        assertThat(run.previousDatabase()).isNull();
        assertThat(cluster.query("shop", "SHOW search_path")).containsExactly("\"$user\", \"Stock Room\"");
        assertThat(properties()).isEqualTo("LATIN1 C C 41 postgres It's the shop");
    }

    private static String properties() {
        return cluster.query(
                        "postgres",
                        "SELECT concat_ws(' ', pg_encoding_to_char(encoding), datcollate, datctype, datconnlimit,"
                                + " pg_get_userbyid(datdba), shobj_description(oid, 'pg_database'))"
                                + " FROM pg_database WHERE datname = 'shop'")
                .get(0);
    }

    @Test
    void ownerGrantsSettingsCommentAndLimitOfTheLiveDatabaseAreCarriedOver() throws Exception {
        cluster.execute(
                "postgres",
                "CREATE ROLE \"shop owner\" LOGIN",
                "CREATE ROLE reader",
                "ALTER DATABASE shop OWNER TO \"shop owner\"",
                "REVOKE ALL ON DATABASE shop FROM PUBLIC",
                "GRANT CONNECT ON DATABASE shop TO reader WITH GRANT OPTION",
                "ALTER DATABASE shop SET search_path = sales, \"Stock Room\", public",
                "ALTER DATABASE shop SET app.greeting = E'it''s a \\\\ \"word\"'",
                "ALTER ROLE reader IN DATABASE shop SET work_mem = '8MB'",
                "COMMENT ON DATABASE shop IS E'two\\nlines and a \\\\'",
                "ALTER DATABASE shop CONNECTION LIMIT 77");
        String everything = "SELECT concat_ws('|', pg_get_userbyid(datdba), datacl, datconnlimit,"
                + " shobj_description(oid, 'pg_database'), (SELECT string_agg(setrole || ' ' || setconfig::text, ' '"
                + " ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = d.oid))"
                + " FROM pg_database d WHERE datname = 'shop'";
        List<String> before = cluster.query("postgres", everything);
        begin(Map.of("dr.restore.different", "live"));
        try {
            step.complete(STEP, run);
            assertThat(cluster.query("postgres", everything)).isEqualTo(before);
            assertThat(before.get(0)).contains("shop owner", "reader=c*", "Stock Room", "work_mem=8MB", "77");
        } finally {
            cluster.execute("postgres", "DROP DATABASE shop", "DROP DATABASE " + names().before());
            cluster.execute("postgres", "DROP ROLE reader", "DROP ROLE \"shop owner\"");
        }
    }

    @Test
    void fiftyBusyClientsThatReconnectAtOnceDoNotKeepTheSwapFromHappening() throws Exception {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicInteger inserted = new AtomicInteger();
        ExecutorService clients = Executors.newFixedThreadPool(50);
        List<Future<?>> ends = new ArrayList<>();
        try {
            for (int client = 0; client < 50; client++) {
                ends.add(clients.submit(() -> beBusy(stop, inserted)));
            }
            await().atMost(Duration.ofMinutes(1)).until(() -> inserted.get() > 100);

            step.complete(STEP, run);

            int atSwap = inserted.get();
            await().atMost(Duration.ofMinutes(1)).until(() -> inserted.get() > atSwap + 100);
        } finally {
            stop.set(true);
            clients.shutdown();
        }
        for (Future<?> end : ends) {
            end.get();
        }
        assertThat(cluster.content("shop").tables())
                .containsEntry("sales.order_lines", backedUp.tables().get("sales.order_lines"));
        assertThat(cluster.databases()).containsExactly("shop", names().before());
    }

    private static void beBusy(AtomicBoolean stop, AtomicInteger inserted) {
        while (!stop.get()) {
            try (Connection connection = cluster.connect("shop");
                    Statement statement = connection.createStatement()) {
                while (!stop.get()) {
                    // A session is busy also without keeping a core from pg_restore, which is not what is tested.
                    statement.execute("SELECT pg_sleep(0.1)");
                    statement.executeUpdate(
                            "UPDATE public.customers SET joined_at = now() WHERE id = 1 + random()::int");
                    inserted.incrementAndGet();
                }
            } catch (SQLException e) {
                assertThat(e.getSQLState()).isNotNull();
            }
        }
    }

    @Test
    void anArchiveThatFailsHalfWayLeavesTheLiveDatabaseEqualAndNoSideDatabase() throws Exception {
        cluster.execute("shop", "CREATE FUNCTION picky(n int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'");
        cluster.execute("shop", "CREATE TABLE zzz (n int CHECK (picky(n)))", "INSERT INTO zzz VALUES (1), (2)");
        cluster.execute(
                "shop",
                "CREATE OR REPLACE FUNCTION picky(n int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT n < 2'");
        cluster.dumpCustom("shop", dumps.resolve("failing"));
        run = run(Mode.RECOVERY, "failing");

        refusedAndLeftAs(cluster.content("shop"), "object_not_restorable", "zzz", "violates check constraint");
    }

    @Test
    void anArchiveCutInTheMiddleIsFoundByReadingItWholeBeforeTheFirstWrite() throws Exception {
        byte[] whole = Files.readAllBytes(dumps.resolve("custom"));
        Files.write(dumps.resolve("cut"), Arrays.copyOf(whole, whole.length * 6 / 10));
        run = run(Mode.RECOVERY, "cut");
        refusedBeforeAnythingIsWritten("tool_failed", "pg_restore", "could not read from input file");

        byte[] plain = Files.readAllBytes(dumps.resolve("plain"));
        Files.write(dumps.resolve("cut-plain"), Arrays.copyOf(plain, plain.length * 6 / 10));
        run = run(Mode.RECOVERY, "cut-plain");
        step.passed().clear();
        refusedBeforeAnythingIsWritten("archive_incomplete", "cut short");
    }

    @Test
    void everyProblemOfTheServerIsToldInOneMessageBeforeAnythingIsWritten() throws Exception {
        cluster.execute("postgres", "CREATE ROLE gone", "CREATE ROLE \"gone reader\"");
        cluster.execute(
                "shop",
                "CREATE EXTENSION pg_trgm",
                "ALTER TABLE sales.orders OWNER TO gone",
                "GRANT SELECT ON sales.orders TO \"gone reader\"");
        cluster.dumpPlain("shop", dumps.resolve("roles"));
        String sql = Files.readString(dumps.resolve("roles"))
                .replace("pg_trgm", "no_such_thing")
                .replaceFirst("Dumped from database version 15", "Dumped from database version 99");
        Files.writeString(dumps.resolve("roles"), sql);
        cluster.execute(
                "shop", "DROP EXTENSION pg_trgm", "DROP OWNED BY gone CASCADE", "DROP OWNED BY \"gone reader\"");
        cluster.execute("postgres", "DROP ROLE gone", "DROP ROLE \"gone reader\"");
        cluster.execute("shop", "SELECT pg_create_logical_replication_slot('reader_slot', 'test_decoding')");
        cluster.execute("shop", "BEGIN", "CREATE TABLE held ()", "PREPARE TRANSACTION 'left over'");
        try {
            run = run(Mode.RECOVERY, "roles");
            run.remember("manifest", manifest(Long.MAX_VALUE));
            refusedAndLeftAs(
                    cluster.content("shop"),
                    "restore_not_possible",
                    "dumped from PostgreSQL 99",
                    "the server is 15",
                    "no extension no_such_thing",
                    "no role gone, gone reader",
                    "prepared transaction 'left over' holds shop",
                    "logical replication slot 'reader_slot'",
                    "MB are free");
        } finally {
            cluster.execute("shop", "ROLLBACK PREPARED 'left over'", "SELECT pg_drop_replication_slot('reader_slot')");
        }
    }

    @Test
    void anArchiveOfANewerPgDumpIsRefusedWithBothVersions() throws Exception {
        byte[] archive = Files.readAllBytes(dumps.resolve("custom"));
        String text = new String(archive, StandardCharsets.ISO_8859_1)
                .replaceFirst("(?s)(15\\.\\d+ \\(.*?)15(\\.\\d+ \\()", "$199$2");
        Files.write(dumps.resolve("newer"), text.getBytes(StandardCharsets.ISO_8859_1));
        run = run(Mode.RECOVERY, "newer");
        refusedBeforeAnythingIsWritten("archive_newer_than_tools", "made by pg_dump 99", "here is 15");
    }

    @Test
    void withRolesOmittedAnArchiveOfMissingRolesIsRestoredWithoutOwnersAndGrants() throws Exception {
        cluster.execute("postgres", "CREATE ROLE gone");
        cluster.execute("shop", "ALTER TABLE sales.orders OWNER TO gone", "GRANT SELECT ON public.customers TO gone");
        cluster.dumpCustom("shop", dumps.resolve("owned"));
        cluster.execute("shop", "REASSIGN OWNED BY gone TO postgres", "DROP OWNED BY gone");
        cluster.execute("postgres", "DROP ROLE gone");
        run = run(Mode.RECOVERY, "owned");
        refusedAndLeftAs(cluster.content("shop"), "restore_not_possible", "no role gone", "dr.restore.roles=omit");

        begin(Map.of("dr.restore.roles", "omit"));
        step.complete(STEP, run);
        assertThat(cluster.databases()).containsExactly("shop", names().before());
    }

    @Test
    void aTableWithOtherRowsThanTheManifestSaysFailsBeforeTheSwap() {
        run.remember(
                "manifest", manifest(0, ORDERS, TableRows.of("public", "customers", 1001), TableRows.of("a", "b", 1)));
        refusedBeforeAnythingIsWritten(
                "verification_failed",
                "table public.customers has 1000 rows, the manifest says 1001",
                "table a.b is missing");
    }

    @Test
    void aTransactionPreparedAfterTheChecksIsNamedAndTheLiveDatabaseIsOpenedAgain() throws Exception {
        prepareTheSwap(run);
        cluster.execute("shop", "BEGIN", "CREATE TABLE held ()", "PREPARE TRANSACTION 'too late'");
        try {
            refusedAfterSideDatabaseWasProven("database_in_use", "prepared transaction 'too late' holds shop");
        } finally {
            cluster.execute("shop", "ROLLBACK PREPARED 'too late'");
        }
    }

    private void refusedAfterSideDatabaseWasProven(String code, String message) {
        assertThatThrownBy(() -> step.complete(STEP, run))
                .isInstanceOfSatisfying(
                        RunbookException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessageContaining(message);
        assertThat(cluster.databases()).containsExactly("shop");
        assertThat(cluster.content("shop")).isEqualTo(damaged);
    }

    private void prepareTheSwap(RecordedRun broken) throws Exception {
        assertThat(restore().way(broken)).isEqualTo("swap");
        step.complete("direct:check-before-restore", broken);
        Map<String, Object> properties = Map.of("archive", restore().open(broken));
        step.complete("direct:restore-into-side-database", broken, properties);
        step.complete("direct:verify-side-database", broken, properties);
    }

    private RestoreDatabase restore() {
        return step.bean(RestoreDatabase.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5})
    void aRunThatBreaksOffAfterAnyPieceGoesOnFromThere(int pieces) throws Exception {
        var archive = restore().open(run);
        if (pieces == 0) {
            restore().createSideDatabase(run, archive);
            run.memory().remove("side_database_oid");
        }
        if (pieces == 1) {
            restore().createSideDatabase(run, archive);
            cluster.execute(names().side(), "CREATE TABLE half_made ()");
        }
        if (pieces >= 2) {
            prepareTheSwap(run);
        }
        if (pieces >= 3) {
            restore().carryOver(run, archive);
            restore().fence(run);
        }
        if (pieces >= 4) {
            restore().swap(run);
        }
        if (pieces >= 5) {
            restore().reportSwap(run);
        }

        RecordedRun resumed = new RecordedRun(run.id(), Mode.RECOVERY, "shop", work);
        run.memory().forEach(resumed::remember);
        step.complete(STEP, resumed);

        assertThat(cluster.content("shop")).isEqualTo(backedUp);
        assertThat(cluster.databases()).containsExactly("shop", names().before());
        assertThat(resumed.previousDatabase()).isEqualTo(names().before());
    }

    @Test
    void aFencedDatabaseWhoseSideDatabaseIsGoneIsOpenedBeforeTheRestoreBeginsAnew() throws Exception {
        prepareTheSwap(run);
        restore().fence(run);
        cluster.execute("postgres", "DROP DATABASE " + names().side());

        assertThat(restore().way(run)).isEqualTo("swap");
        assertThat(cluster.content("shop")).isNotEqualTo(backedUp);
    }

    @Test
    void encodingAndLocaleOfTheLiveDatabaseAreKept() throws Exception {
        cluster.execute(
                "postgres",
                "DROP DATABASE shop",
                "CREATE DATABASE shop TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
                        + " LOCALE_PROVIDER icu ICU_LOCALE 'de-AT-u-co-phonebk'");
        cluster.execute("shop", "CREATE TABLE in_use (id int)");
        begin(Map.of("dr.restore.different", "live"));

        step.complete(STEP, run);

        assertThat(cluster.content("shop")).isEqualTo(backedUp);
        assertThat(cluster.query(
                        "postgres",
                        "SELECT DISTINCT concat_ws(' ', datcollate, datctype, datlocprovider, daticulocale)"
                                + " FROM pg_database WHERE datname LIKE 'shop%'"))
                .containsExactly("C C i de-AT-u-co-phonebk");
    }

    @Test
    void anActiveSubscriptionAndATakenNameAreToldBeforeAnythingIsWritten() {
        cluster.execute("postgres", "CREATE DATABASE " + names().before());
        cluster.execute(
                "shop",
                "CREATE SUBSCRIPTION follower CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p"
                        + " WITH (connect = false, slot_name = 'x')",
                "ALTER SUBSCRIPTION follower ENABLE");
        try {
            refusedAndLeftAs(
                    cluster.content("shop"),
                    "restore_not_possible",
                    "subscription 'follower' is active in shop",
                    "there is a database " + names().before() + " already");
        } finally {
            cluster.execute(
                    "shop",
                    "ALTER SUBSCRIPTION follower DISABLE",
                    "ALTER SUBSCRIPTION follower SET (slot_name = NONE)",
                    "DROP SUBSCRIPTION follower");
        }
    }

    @Test
    void aServerThatDiesBeforeTheRenameHasItsDatabaseSwappedInByTheNextAttempt() throws Exception {
        prepareTheSwap(run);
        restore().fence(run);
        cluster.kill();
        assertThatThrownBy(() -> step.complete(STEP, run)).hasMessageContaining("cannot connect");
        cluster.restart();

        step.complete(STEP, run);

        assertThat(cluster.content("shop")).isEqualTo(backedUp);
        assertThat(cluster.databases()).containsExactly("shop", names().before());
    }

    @Test
    void aRoleThatOwnsTheDatabaseAndMayCreateDatabasesNeedNotBeSuperuser() throws Exception {
        cluster.execute(
                "postgres",
                "CREATE ROLE keeper LOGIN NOSUPERUSER PASSWORD 'keeper-word'",
                "ALTER DATABASE shop OWNER TO keeper");
        begin(Map.of(
                "dr.applications.shop.database.username", "keeper",
                "dr.applications.shop.database.password", "keeper-word",
                "dr.restore.roles", "omit",
                "dr.restore.different", "live"));
        try {
            refusedBeforeAnythingIsWritten("restore_not_possible", "role keeper", "CREATEDB");

            cluster.execute("postgres", "ALTER ROLE keeper CREATEDB");
            step.complete(STEP, run);

            assertThat(cluster.content("shop").tables()).isEqualTo(backedUp.tables());
            assertThat(run.logged()).anyMatch(line -> line.contains("disk"));
        } finally {
            for (String database : cluster.databases()) {
                cluster.execute("postgres", "DROP DATABASE " + database + " WITH (FORCE)");
            }
            cluster.execute("postgres", "DROP ROLE keeper");
        }
    }

    @Test
    void rollingBackMakesTheDatabaseBeforeTheLiveOneAgain() throws Exception {
        step.complete(STEP, run);

        step.complete("direct:rollback", run);

        assertThat(cluster.content("shop")).isEqualTo(damaged);
        assertThat(cluster.databases()).containsExactly("shop", names().side());
        step.complete("direct:rollback", run);
        assertThat(cluster.content("shop")).isEqualTo(damaged);

        cluster.execute("postgres", "DROP DATABASE " + names().side());
        assertThatThrownBy(() -> step.complete("direct:rollback", run)).hasMessageContaining(names().before());
    }

    @Test
    void aDrillProvesTheBackupAndLeavesNothing() throws Exception {
        run = run(Mode.DRILL, "custom");

        step.complete(STEP, run);

        assertThat(cluster.databases()).containsExactly("shop");
        assertThat(cluster.content("shop")).isEqualTo(damaged);
        assertThat(run.details()).containsEntry("rows_verified", 5000L);
    }

    @Test
    void aPlanIsRefusedWhereItWouldWriteAndLooksInstead() throws Exception {
        run = run(Mode.PLAN, "custom");
        assertThatThrownBy(() -> step.complete("direct:restore-by-mode", run))
                .isInstanceOfSatisfying(
                        RunbookException.class, e -> assertThat(e.code()).isEqualTo("not_in_this_mode"))
                .hasMessageContaining("plan");
        step.complete(STEP, run);
        assertThat(run.details()).containsKeys("tables", "server_version");
        assertThat(cluster.databases()).containsExactly("shop");
        assertThat(cluster.content("shop")).isEqualTo(damaged);
    }

    @ParameterizedTest
    @ValueSource(strings = {"custom", "tar", "plain-clean"})
    void cleanModeRestoresOverTheLiveDatabase(String dump) throws Exception {
        begin(Map.of("dr.restore.mode", "clean"));
        run = run(Mode.RECOVERY, dump);

        step.complete(STEP, run);

        assertThat(cluster.content("shop")).isEqualTo(backedUp);
        assertThat(cluster.databases()).containsExactly("shop");
    }

    @Test
    void cleanModeMakesTheDatabaseWhenItIsMissingAndRefusesAPlainDumpThatDropsNothing() throws Exception {
        begin(Map.of("dr.restore.mode", "clean"));
        run = run(Mode.RECOVERY, "plain");
        refusedBeforeAnythingIsWritten("restore_not_possible", "no DROP", "dr.restore.mode=swap");

        cluster.execute("postgres", "DROP DATABASE shop");
        step.complete(STEP, run);
        assertThat(cluster.content("shop")).isEqualTo(backedUp);
    }

    @Test
    void aPlainDumpThatNamesItsOwnDatabaseAndAFileThatIsNoDumpAreRefused() throws Exception {
        run = run(Mode.RECOVERY, "plain-create");
        refusedBeforeAnythingIsWritten("dump_connects_elsewhere", "--create");

        Files.writeString(dumps.resolve("text"), "hello");
        run = run(Mode.RECOVERY, "text");
        step.passed().clear();
        refusedBeforeAnythingIsWritten("unknown_format", "neither");
    }

    @Test
    void cancellingEndsPgRestoreAndLeavesTheLiveDatabaseEqual() throws Exception {
        cluster.execute("shop", "CREATE FUNCTION slow(n int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'");
        cluster.execute("shop", "CREATE TABLE zzz (n int CHECK (slow(n)))", "INSERT INTO zzz VALUES (1)");
        cluster.execute(
                "shop",
                "CREATE OR REPLACE FUNCTION slow(n int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE"
                        + " AS 'BEGIN PERFORM pg_sleep(600); RETURN true; END'");
        cluster.dumpCustom("shop", dumps.resolve("slow"));
        run = run(Mode.RECOVERY, "slow");
        Thread person = new Thread(() -> {
            await().until(() -> !cluster.query("postgres", RESTORING).isEmpty());
            run.cancel();
        });
        person.start();

        refusedAndLeftAs(cluster.content("shop"), "cancelled", "pg_restore was ended");
        person.join();
        assertThat(cluster.query("postgres", RESTORING)).isEmpty();
        assertThat(started.alive()).isEmpty();
    }

    @Test
    void aServerThatDoesNotAnswerIsNamedWithHostAndPort() throws Exception {
        begin(Map.of("dr.applications.shop.database.port", 1));
        refusedBeforeAnythingIsWritten("database_unreachable", "127.0.0.1:1", "dr.applications.*.database");
    }

    @Test
    void thePasswordIsNeitherInAnArgumentOfAProcessNorInTheLog() throws Exception {
        List<String> commandLines = new CopyOnWriteArrayList<>();
        AtomicBoolean stop = new AtomicBoolean();
        Thread watcher = new Thread(() -> {
            while (!stop.get()) {
                ProcessHandle.current()
                        .descendants()
                        .forEach(process -> process.info().commandLine().ifPresent(commandLines::add));
            }
        });
        watcher.start();
        step.complete(STEP, run);
        stop.set(true);
        watcher.join();

        assertThat(commandLines).anyMatch(line -> line.contains("pg_restore") && line.contains("--dbname"));
        assertThat(commandLines).noneMatch(line -> line.contains(cluster.password()));
        assertThat(run.logged()).noneMatch(line -> line.contains(cluster.password()));
        assertThat(run.details().toString()).doesNotContain(cluster.password());
    }

    static Manifest manifest(long originalSize, TableRows... tables) {
        return new Manifest(
                UUID.randomUUID(),
                "shop",
                Manifest.FULL_DATABASE,
                "backup_full_database_20250101_000000.dump",
                1,
                List.of(),
                originalSize,
                Manifest.Status.COMPLETED,
                Instant.EPOCH,
                null,
                "shop",
                null,
                null,
                null,
                null,
                null,
                List.of(tables),
                null,
                null);
    }
}
