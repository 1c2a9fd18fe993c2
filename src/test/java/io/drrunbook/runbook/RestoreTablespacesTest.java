package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drrunbook.backup.Manifest.TableRows;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.run.Mode;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.RecordedRun;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;

/** A backup with a table, an index or the whole database in a tablespace. */
@InWorld
@InHarness
class RestoreTablespacesTest {

    private static final String FAST = "Fast; Owner: disk";

    private static PostgresCluster cluster;

    @Autowired
    private StepHarness step;

    @TempDir
    Path work;

    @BeforeAll
    static void server(PostgresCluster server) {
        cluster = server;
    }

    @BeforeEach
    void aTableInATablespace() {
        cluster.execute(
                "postgres",
                "SET allow_in_place_tablespaces = on",
                "CREATE TABLESPACE \"" + FAST + "\" LOCATION ''",
                "CREATE DATABASE shop");
        cluster.execute(
                "shop",
                "CREATE TABLE orders (id int) TABLESPACE \"" + FAST + "\"",
                "CREATE TABLE customers (id int PRIMARY KEY USING INDEX TABLESPACE \"" + FAST + "\")",
                "INSERT INTO orders VALUES (1), (2)");
    }

    @AfterEach
    void drop() {
        cluster.databases().forEach(cluster::drop);
        cluster.execute("postgres", "DROP TABLESPACE IF EXISTS \"" + FAST + "\"");
    }

    private void dump(String format) {
        if (format.equals("plain")) {
            cluster.dumpPlain("shop", work.resolve("archive"));
        } else {
            cluster.dumpCustom("shop", work.resolve("archive"));
        }
    }

    private void dropTablespace() {
        cluster.drop("shop");
        cluster.execute("postgres", "DROP TABLESPACE \"" + FAST + "\"", "CREATE DATABASE shop");
    }

    private RecordedRun recover(Map<String, Object> settings) throws Exception {
        RecordedRun run = new RecordedRun(Mode.RECOVERY, "shop", work);
        run.remember("manifest", RestoreDatabaseRouteTest.manifest(0, TableRows.of("public", "orders", 2)));
        step.begin(StepHarness.shopOn(cluster, settings), "steps/4-restore-database.camel.yaml");
        step.complete("direct:restore-database", run);
        return run;
    }

    private String place(String relation) {
        return cluster.value(
                "shop",
                "SELECT coalesce(spcname, 'default') FROM pg_class c LEFT JOIN pg_tablespace t ON t.oid = reltablespace"
                        + " WHERE relname = '" + relation + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"custom", "plain"})
    void itComesBackIntoTheTablespaceThatItWasIn(String format) throws Exception {
        dump(format);
        recover(Map.of());
        assertThat(place("orders")).isEqualTo(FAST);
        assertThat(place("customers_pkey")).isEqualTo(FAST);
        assertThat(place("customers")).isEqualTo("default");
    }

    @ParameterizedTest
    @ValueSource(strings = {"custom", "plain"})
    void aTablespaceThatTheServerDoesNotHaveIsToldBeforeTheFirstWrite(String format) {
        dump(format);
        dropTablespace();
        assertThatThrownBy(() -> recover(Map.of()))
                .isInstanceOfSatisfying(
                        RunbookException.class, e -> assertThat(e.code()).isEqualTo("restore_not_possible"))
                .hasMessageContaining("no tablespace " + FAST)
                .hasMessageNotContaining("no role");
        assertThat(cluster.databases()).containsExactly("shop");
    }

    @Test
    void orItIsLeftOutWhenTheSettingSaysSo() throws Exception {
        dump("custom");
        dropTablespace();
        assertThatThrownBy(() -> recover(Map.of())).hasMessageContaining("dr.restore.tablespaces=omit");

        recover(Map.of("dr.restore.tablespaces", "omit"));

        assertThat(place("orders")).isEqualTo("default");
        assertThat(place("customers_pkey")).isEqualTo("default");
    }

    @Test
    void aRoleThatMayNotUseItIsToldTheGrantBeforeTheFirstWrite() throws Exception {
        dump("custom");
        cluster.execute("postgres", "CREATE ROLE restorer LOGIN CREATEDB PASSWORD 'secret'");
        try {
            cluster.execute("postgres", "ALTER DATABASE shop OWNER TO restorer");
            Map<String, Object> settings = Map.of(
                    "dr.applications.shop.database.username", "restorer",
                    "dr.applications.shop.database.password", "secret",
                    "dr.restore.roles", "omit");
            assertThatThrownBy(() -> recover(settings))
                    .hasMessageContaining("role restorer may not use tablespace " + FAST)
                    .hasMessageContaining("GRANT CREATE ON TABLESPACE");
            assertThat(cluster.databases()).containsExactly("shop");
        } finally {
            cluster.execute("postgres", "ALTER DATABASE shop OWNER TO postgres", "DROP ROLE restorer");
        }
    }

    @Test
    void aDatabaseThatIsGoneComesBackIntoItsOwnDefaultTablespace() throws Exception {
        cluster.drop("shop");
        cluster.execute("postgres", "CREATE DATABASE shop TABLESPACE \"" + FAST + "\"");
        cluster.execute("shop", "CREATE TABLE orders AS SELECT 1 AS id UNION SELECT 2");
        dump("custom");
        cluster.drop("shop");
        recover(Map.of());
        assertThat(cluster.value(
                        "postgres",
                        "SELECT spcname FROM pg_database d JOIN pg_tablespace t ON t.oid = dattablespace"
                                + " WHERE datname = 'shop'"))
                .isEqualTo(FAST);
    }
}
