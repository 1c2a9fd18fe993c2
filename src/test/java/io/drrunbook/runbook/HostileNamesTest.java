package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import io.drrunbook.backup.Manifest.TableRows;
import io.drrunbook.postgres.DatabaseNames;
import io.drrunbook.postgres.Dump;
import io.drrunbook.run.Mode;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.RecordedRun;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** Whatever a database and what is in it are called: dumped, counted, restored, swapped in, rolled back, drilled. */
@InWorld
@InHarness
class HostileNamesTest {

    private static final String STEP = "direct:restore-database";
    private static final List<String> NAMES = List.of(
            "we=ird",
            "host=elsewhere dbname=other",
            "postgresql://elsewhere/other",
            "\"quoted\" and 'quoted'",
            "back\\slash",
            "-leading --dash",
            "dot.ted.",
            "per%cent_under?&#/",
            "new\nline; \\! id",
            "select",
            "日本 ä\ud83d\udc18",
            "n".repeat(63));

    /** A name that {@code LIKE 'pg_temp%'} matches, although it is nobody's temporary schema. */
    private static final String ALMOST_TEMPORARY = "pgxtemp_1";

    private static PostgresCluster cluster;

    @Autowired
    private StepHarness step;

    @TempDir
    Path work;

    @BeforeAll
    static void roles(PostgresCluster server) {
        cluster = server;
        for (String name : NAMES) {
            cluster.execute("postgres", "CREATE ROLE " + quoted(name));
        }
    }

    static Stream<String> names() {
        return NAMES.stream();
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    @ParameterizedTest
    @MethodSource("names")
    void aDatabaseOfAnyNameWithObjectsOfAllNamesComesBackAndGoesBack(String name) throws Exception {
        cluster.execute("postgres", "CREATE DATABASE " + quoted(name) + " TEMPLATE template0 ENCODING 'UTF8'");
        fill(name);
        begin(Map.of("dr.applications.shop.database.name", name));
        List<TableRows> tables = dump();
        in(name, "DROP SCHEMA " + quoted(name) + " CASCADE");
        RecordedRun run = run(Mode.RECOVERY, tables);
        try {
            step.complete(STEP, run);
            DatabaseNames made = DatabaseNames.of(name, run.id());
            assertThat(cluster.databases()).contains(name, made.before());
            assertThat(schemas(name)).contains(name);

            step.complete(STEP, run(Mode.DRILL, tables));

            step.complete("direct:rollback", run);
            assertThat(cluster.databases()).contains(name, made.side()).doesNotContain(made.before());
            assertThat(schemas(name)).doesNotContain(name);
        } finally {
            cluster.databases().forEach(cluster::drop);
        }
    }

    private void begin(Map<String, ?> settings) throws Exception {
        step.begin(StepHarness.shopOn(cluster, settings), "steps/4-restore-database.camel.yaml", "rollback.camel.yaml");
    }

    private static void fill(String database) throws Exception {
        in(database, "CREATE SCHEMA " + quoted(database) + " AUTHORIZATION " + quoted(database));
        for (String table : NAMES) {
            String qualified = quoted(database) + "." + quoted(table);
            in(
                    database,
                    "CREATE TABLE " + qualified + " (" + quoted(table) + " serial PRIMARY KEY)",
                    "INSERT INTO " + qualified + " VALUES (1), (2), (3)",
                    "SELECT setval(pg_get_serial_sequence(" + literal(qualified) + ", " + literal(table) + "), 3)",
                    "ALTER TABLE " + qualified + " OWNER TO " + quoted(table),
                    "GRANT SELECT ON " + qualified + " TO " + quoted(database));
        }
        in(
                database,
                "CREATE SCHEMA a",
                "CREATE SCHEMA \"a.b\"",
                "CREATE TABLE a.\"b.c\" AS SELECT 1 AS n",
                "CREATE TABLE \"a.b\".c AS SELECT generate_series(1, 2) AS n",
                "CREATE SCHEMA " + ALMOST_TEMPORARY,
                "CREATE TABLE " + ALMOST_TEMPORARY + ".t AS SELECT 1 AS n");
    }

    private static String literal(String text) {
        return " E'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
    }

    private List<TableRows> dump() throws Exception {
        try (AnnotationConfigApplicationContext beans = beans();
                OutputStream target = Files.newOutputStream(work.resolve("dump"))) {
            return beans.getBean(Dump.class).write("shop", target, work).rows().entrySet().stream()
                    .map(table ->
                            TableRows.of(table.getKey().schema(), table.getKey().table(), table.getValue()))
                    .toList();
        }
    }

    private AnnotationConfigApplicationContext beans() {
        AnnotationConfigApplicationContext beans = new AnnotationConfigApplicationContext();
        DrSettings settings = step.bean(DrSettings.class);
        beans.registerBean(DrSettings.class, () -> settings);
        beans.register(Dump.class);
        beans.refresh();
        return beans;
    }

    private RecordedRun run(Mode mode, List<TableRows> tables) throws Exception {
        Files.copy(work.resolve("dump"), work.resolve("archive"), StandardCopyOption.REPLACE_EXISTING);
        RecordedRun run = new RecordedRun(mode, "shop", work);
        run.remember("manifest", RestoreDatabaseRouteTest.manifest(0, tables.toArray(TableRows[]::new)));
        return run;
    }

    private static void in(String database, String... statements) throws Exception {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static List<String> schemas(String database) throws Exception {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement();
                var rows = statement.executeQuery("SELECT nspname FROM pg_namespace")) {
            List<String> names = new ArrayList<>();
            while (rows.next()) {
                names.add(rows.getString(1));
            }
            return names;
        }
    }

    /** An address would need the name encoded. */
    private static Connection connect(String database) throws Exception {
        PGSimpleDataSource server = new PGSimpleDataSource();
        server.setServerNames(new String[] {cluster.host()});
        server.setPortNumbers(new int[] {cluster.port()});
        server.setDatabaseName(database);
        server.setUser(cluster.username());
        server.setPassword(cluster.password());
        return server.getConnection();
    }

    @ParameterizedTest
    @ValueSource(strings = {"postgresql://main=tenance", "host=elsewhere", "'; \\"})
    void theMaintenanceDatabaseMayBeCalledAnythingToo(String name) throws Exception {
        cluster.execute("postgres", "CREATE DATABASE shop", "CREATE DATABASE " + quoted(name));
        begin(Map.of("dr.applications.shop.database.maintenance-database", name));
        ByteArrayOutputStream globals = new ByteArrayOutputStream();
        try (AnnotationConfigApplicationContext beans = beans()) {
            beans.getBean(Dump.class).writeGlobals("shop", globals, work);
            step.complete(STEP, run(Mode.RECOVERY, dump()));
        } finally {
            cluster.databases().forEach(cluster::drop);
        }
        assertThat(globals.toString(StandardCharsets.UTF_8)).contains("CREATE ROLE " + quoted(NAMES.get(0)));
    }

    @Test
    void twoTablesWithDotsInTheirNamesAreTwoInTheManifestAndAnOlderManifestIsStillRead() throws Exception {
        cluster.execute("postgres", "CREATE DATABASE shop");
        cluster.execute(
                "shop",
                "CREATE SCHEMA a",
                "CREATE SCHEMA \"a.b\"",
                "CREATE TABLE a.\"b.c\" AS SELECT 1 AS n",
                "CREATE TABLE \"a.b\".c AS SELECT generate_series(1, 2) AS n",
                "CREATE TABLE public.plain ()");
        begin(Map.of());
        List<TableRows> tables = dump();
        assertThat(tables)
                .containsExactly(
                        new TableRows("a.b.c", List.of("a", "b.c"), 1),
                        new TableRows("a.b.c", List.of("a.b", "c"), 2),
                        new TableRows("public.plain", null, 0));

        List<TableRows> older = List.of(new TableRows("a.b.c", null, 2), new TableRows("public.plain", null, 0));
        for (List<TableRows> manifest : List.of(tables, older)) {
            step.complete(STEP, run(Mode.DRILL, manifest));
        }
        cluster.drop("shop");
    }
}
