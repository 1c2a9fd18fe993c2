package io.drrunbook.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import java.io.ByteArrayOutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** What our sessions and the tools' are, whatever server and database are set to, and what ends a wait for them. */
@Timeout(120)
@InWorld(alone = "suspends its PostgreSQL server and changes its settings")
class ServerSessionsTest {

    private static PostgresCluster cluster;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start(PostgresCluster server) {
        cluster = server;
        cluster.execute("postgres", "CREATE DATABASE shop");
        cluster.execute("shop", "CREATE TABLE orders (id int PRIMARY KEY)", "INSERT INTO orders VALUES (1), (2)");
    }

    @AfterEach
    void asItWas() throws SQLException {
        cluster.proceed();
        String ours = URLEncoder.encode(SessionSettings.ofStatements(false), StandardCharsets.UTF_8);
        try (Connection connection = DriverManager.getConnection(
                        cluster.jdbcUrl("postgres") + "?options=" + ours, cluster.username(), cluster.password());
                Statement statement = connection.createStatement()) {
            for (String sql : List.of(
                    "ALTER ROLE postgres RESET ALL",
                    "ALTER DATABASE shop RESET ALL",
                    "ALTER ROLE postgres IN DATABASE shop RESET ALL",
                    "ALTER SYSTEM RESET ALL",
                    "SELECT pg_reload_conf()")) {
                statement.execute(sql);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "default_transaction_read_only = on",
                "role = pg_read_all_stats",
                "statement_timeout = 1",
                "lock_timeout = 1",
                "idle_in_transaction_session_timeout = 1",
                "idle_session_timeout = 500",
                "standard_conforming_strings = off",
                "default_transaction_isolation = serializable",
                "default_transaction_deferrable = on",
                "search_path = nowhere",
                "row_security = on",
                "client_encoding = LATIN1",
                "transform_null_equals = on",
                "DateStyle = 'SQL, DMY'",
                "quote_all_identifiers = on",
                "default_tablespace = pg_global"
            })
    void noSettingOfServerRoleOrDatabaseReachesOurSessionsOrTheTools(String setting) {
        cluster.execute(
                "postgres",
                "ALTER DATABASE shop SET " + setting,
                "ALTER ROLE postgres IN DATABASE shop SET " + setting,
                "ALTER ROLE postgres SET " + setting);

        assertThat(new Dump(settings())
                        .write("shop", new ByteArrayOutputStream(), folder)
                        .rows())
                .containsEntry(new TableName("public", "orders"), 2L);
        DatabaseServer server = server();
        server.inOneTransaction(List.of("COMMENT ON DATABASE shop IS 'x\\y'"));
        assertThat(server.in("shop").queryForObject("SELECT current_user = session_user", Boolean.class))
                .isTrue();
        server.maintenance().execute("CREATE DATABASE beside TEMPLATE template0");
        server.maintenance().execute("DROP DATABASE beside WITH (FORCE)");
        assertThat(server.maintenance()
                        .queryForObject(
                                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = 'shop'",
                                String.class))
                .isEqualTo("x\\y");
    }

    @Test
    void aSynchronousStandbyThatDiedKeepsNothingWaiting() {
        cluster.execute(
                "postgres",
                "ALTER SYSTEM SET synchronous_standby_names = 'dead'",
                "ALTER SYSTEM SET" + " synchronous_commit = on",
                "SELECT pg_reload_conf()");
        await().until(() -> cluster.value("postgres", "SHOW synchronous_standby_names"), "dead"::equals);
        DatabaseServer server = server();

        server.maintenance().execute("CREATE DATABASE beside TEMPLATE template0");
        server.in("beside").execute("CREATE TABLE public.t (id int)");
        server.inOneTransaction(List.of("ALTER DATABASE beside RENAME TO other"));
        server.maintenance().execute("DROP DATABASE other WITH (FORCE)");
    }

    @Test
    void aServerThatTakesConnectionsAndStaysSilentIsGivenUpWithinTheLimit() {
        cluster.suspend();
        assertThatThrownBy(() -> server().version())
                .isInstanceOfSatisfying(
                        RunbookException.class, e -> assertThat(e.code()).isEqualTo("database_unreachable"));
    }

    @Test
    void aServerThatGoesSilentInTheMiddleOfAStatementIsGivenUpAndTheLogSaysWhatIsWaitedFor() {
        List<String> log = new CopyOnWriteArrayList<>();
        DatabaseServer server = new DatabaseServer(database(Map.of()), UUID.randomUUID(), () -> false, log::add);
        CompletableFuture<Void> waits =
                CompletableFuture.runAsync(() -> server.in("shop").execute("SELECT pg_sleep(600)"));
        awaitSleep();
        cluster.suspend();

        assertThatThrownBy(waits::join)
                .cause()
                .isInstanceOfSatisfying(
                        RunbookException.class, e -> assertThat(e.code()).isEqualTo("database_silent"))
                .hasMessageContaining("silence-timeout");
        assertThat(log).anyMatch(line -> line.contains("does not answer"));
    }

    @Test
    void aLongStatementOnAServerThatAnswersIsLeftAlone() {
        server().in("shop").execute("SELECT pg_sleep(8)");
    }

    @Test
    void aWaitThatIsCancelledEndsAtOnceAlsoOnASilentServer() {
        AtomicBoolean cancelled = new AtomicBoolean();
        DatabaseServer server = new DatabaseServer(
                database(Map.of("silence-timeout", "10m")), UUID.randomUUID(), cancelled::get, x -> {});
        CompletableFuture<Void> waits =
                CompletableFuture.runAsync(() -> server.in("shop").execute("SELECT pg_sleep(600)"));
        awaitSleep();
        cluster.suspend();

        cancelled.set(true);

        await().atMost(Duration.ofSeconds(3)).until(waits::isDone);
        assertThatThrownBy(waits::join)
                .cause()
                .isInstanceOfSatisfying(
                        RunbookException.class, e -> assertThat(e.code()).isEqualTo("cancelled"));
    }

    @Test
    void aBackupFromAServerThatGoesSilentEndsWithThatCause() {
        cluster.execute("shop", "CREATE TABLE IF NOT EXISTS held (id int)");
        ByteArrayOutputStream target = new ByteArrayOutputStream() {
            @Override
            public synchronized void write(byte[] bytes, int offset, int length) {
                // pg_dump is connected and has begun.
                cluster.suspend();
                super.write(bytes, offset, length);
            }
        };
        cluster.execute("shop", "INSERT INTO held SELECT generate_series(1, 1000000)");
        try {
            assertThatThrownBy(() -> new Dump(settings()).write("shop", target, folder))
                    .isInstanceOfSatisfying(
                            RunbookException.class, e -> assertThat(e.code()).isEqualTo("database_silent"));
        } finally {
            cluster.proceed();
            cluster.execute("shop", "DROP TABLE held");
        }
    }

    /** 250 tables with 6 indexes each, on a server that has room for the locks of some 500 objects. */
    @Test
    void countingRowsTakesNoMoreLocksThanPgDumpItself() {
        try (PostgresCluster small = PostgresCluster.start("max_locks_per_transaction = 10", "max_connections = 20")) {
            small.execute("postgres", "CREATE DATABASE shop");
            IntStream.range(0, 5)
                    .forEach(part -> small.execute(
                            "shop",
                            "DO $$ BEGIN FOR t IN %d..%d LOOP EXECUTE format('CREATE TABLE t%%s (a int, b int)', t);"
                                            .formatted(part * 50, part * 50 + 49)
                                    + " END LOOP; END $$"));
            IntStream.range(0, 25)
                    .forEach(part -> small.execute(
                            "shop",
                            "DO $$ BEGIN FOR t IN %d..%d LOOP FOR i IN 1..6 LOOP EXECUTE format('CREATE INDEX ON t%%s (a)',"
                                            .formatted(part * 10, part * 10 + 9)
                                    + " t); END LOOP; END LOOP; END $$"));
            small.pgDump("shop", "--file=" + folder.resolve("bare"));

            DrSettings settings = new Binder(new MapConfigurationPropertySource(Map.of(
                            "dr.applications.shop.database.host", small.host(),
                            "dr.applications.shop.database.port", small.port(),
                            "dr.applications.shop.database.name", "shop",
                            "dr.applications.shop.database.username", small.username(),
                            "dr.applications.shop.database.password", small.password())))
                    .bindOrCreate("dr", DrSettings.class);
            assertThat(new Dump(settings)
                            .write("shop", new ByteArrayOutputStream(), folder)
                            .rows())
                    .hasSize(250);
        }
    }

    private static void awaitSleep() {
        await().until(
                        () -> cluster.query(
                                "postgres", "SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep'"),
                        pids -> !pids.isEmpty());
    }

    private static DatabaseServer server() {
        return new DatabaseServer(database(Map.of()), UUID.randomUUID());
    }

    /** Limits as short as a test's patience. */
    private static DrSettings.Database database(Map<String, Object> more) {
        return DatabaseSettings.of(
                cluster, "shop", more.isEmpty() ? Map.of("silence-timeout", "4s", "connect-timeout", "2s") : more);
    }

    private static DrSettings settings() {
        return new Binder(new MapConfigurationPropertySource(Map.of(
                        "dr.applications.shop.database.host", cluster.host(),
                        "dr.applications.shop.database.port", cluster.port(),
                        "dr.applications.shop.database.name", "shop",
                        "dr.applications.shop.database.username", cluster.username(),
                        "dr.applications.shop.database.password", cluster.password(),
                        "dr.applications.shop.database.silence-timeout", "4s",
                        "dr.applications.shop.database.connect-timeout", "2s")))
                .bindOrCreate("dr", DrSettings.class);
    }
}
