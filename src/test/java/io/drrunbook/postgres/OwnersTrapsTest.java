package io.drrunbook.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drrunbook.settings.DrSettings;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/**
 * The owner of a database is no superuser, the service's role here is one. The owner lays traps: code that starts a program
 * on the server when a superuser can be made to run it.
 */
@InWorld(alone = "would leave its traps to others")
class OwnersTrapsTest {

    /** Tries every way back to the session's user, then runs a program; says nothing when it may not. */
    private static final String SPRING = """
            CREATE FUNCTION public.spring() RETURNS boolean LANGUAGE plpgsql AS $f$
            BEGIN
              BEGIN EXECUTE 'RESET ROLE'; EXCEPTION WHEN OTHERS THEN NULL; END;
              BEGIN EXECUTE 'SET SESSION AUTHORIZATION DEFAULT'; EXCEPTION WHEN OTHERS THEN NULL; END;
              BEGIN PERFORM pg_catalog.set_config('role', 'postgres', false); EXCEPTION WHEN OTHERS THEN NULL; END;
              BEGIN PERFORM pg_catalog.set_config('search_path', 'public, pg_catalog', false);
                EXCEPTION WHEN OTHERS THEN NULL; END;
              BEGIN EXECUTE 'DEALLOCATE ALL'; EXCEPTION WHEN OTHERS THEN NULL; END;
              BEGIN EXECUTE 'PREPARE "S_1" AS SELECT public.spring()'; EXCEPTION WHEN OTHERS THEN NULL; END;
              BEGIN EXECUTE 'ALTER FUNCTION dr_runbook_drill.rows_0(text) SECURITY INVOKER';
                EXCEPTION WHEN OTHERS THEN NULL; END;
              BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''touch sprung'''; EXCEPTION WHEN OTHERS THEN NULL; END;
              RETURN true;
            END $f$""";

    private static PostgresCluster cluster;

    private final UUID run = UUID.randomUUID();

    @TempDir
    private Path folder;

    @BeforeAll
    static void start(PostgresCluster server) {
        cluster = server;
        cluster.execute("postgres", "CREATE ROLE shop_owner LOGIN PASSWORD 'owner'");
    }

    @BeforeEach
    void aShopOfTheOwner() {
        for (String database : cluster.databases()) {
            cluster.drop(database);
        }
        cluster.execute("postgres", "CREATE DATABASE shop OWNER shop_owner");
        asOwner(
                "shop",
                SPRING,
                "CREATE TABLE orders (id int PRIMARY KEY, note text)",
                "INSERT INTO orders VALUES (1, 'a')");
        cluster.execute("shop", "ALTER DATABASE shop SET search_path = public, pg_catalog");
        forget();
    }

    static Stream<Arguments> traps() {
        Stream<String> operators = Stream.of(
                        "name,text",
                        "name,name",
                        "text,text",
                        "text,name",
                        "oid,oid",
                        "\"char\",\"char\"",
                        "bigint,bigint",
                        "integer,integer",
                        "boolean,boolean")
                .flatMap(types ->
                        Stream.of("=", "<>", "||", "~~", "!~", ">=", "<").map(operator -> operator(operator, types)));
        Stream<String> functions = Stream.of(
                        "format(text, name, name)|text|'x'",
                        "format(text, text, text)|text|'x'",
                        "quote_ident(text)|text|'x'",
                        "count()|bigint|0",
                        "current_setting(text)|text|'x'",
                        "set_config(text, text, boolean)|text|'x'",
                        "pg_export_snapshot()|text|'x'",
                        "pg_backend_pid()|int|0",
                        "pg_terminate_backend(int)|boolean|false",
                        "pg_get_userbyid(oid)|name|'x'::name",
                        "pg_get_expr(pg_node_tree, oid)|text|'true'",
                        "pg_encoding_to_char(int)|name|'x'::name",
                        "format_type(oid, integer)|text|'int4'",
                        "to_jsonb(anyelement)|jsonb|'{}'::jsonb",
                        "has_table_privilege(text, text)|boolean|false",
                        "pg_has_role(oid, text)|boolean|true")
                .map(OwnersTrapsTest::function);
        Stream<String> relations = Stream.of(
                        "pg_class",
                        "pg_namespace",
                        "pg_database",
                        "pg_settings",
                        "pg_stat_activity",
                        "pg_extension",
                        "pg_constraint",
                        "pg_index",
                        "pg_roles")
                .map(name -> "CREATE VIEW public." + name + " AS SELECT * FROM pg_catalog." + name
                        + " WHERE public.spring()");
        return Stream.of(
                Arguments.of(Named.of("operators", operators.toList())),
                Arguments.of(Named.of("functions", functions.toList())),
                Arguments.of(Named.of("views named as catalogs", relations.toList())));
    }

    private static String operator(String operator, String types) {
        String[] sides = types.split(",");
        String result = operator.equals("||") ? "text" : "boolean";
        String function = "trap_" + result;
        return "CREATE OR REPLACE FUNCTION public.%5$s(%1$s, %2$s) RETURNS %3$s LANGUAGE sql AS 'SELECT public.spring()%4$s';"
                        .formatted(sides[0], sides[1], result, result.equals("text") ? "::text" : "", function)
                + "CREATE OPERATOR public.%s (FUNCTION = public.%s, LEFTARG = %s, RIGHTARG = %s)"
                        .formatted(operator, function, sides[0], sides[1]);
    }

    private static String function(String signature) {
        String[] parts = signature.split("\\|");
        return "CREATE FUNCTION public.%s RETURNS %s LANGUAGE sql AS $f$ SELECT CASE WHEN public.spring() THEN %s END $f$"
                .formatted(parts[0], parts[1], parts[2]);
    }

    @ParameterizedTest
    @MethodSource("traps")
    void noStatementOfOursCallsWhatTheOwnerHasPutInPublic(List<String> traps) {
        asOwner("shop", traps.toArray(String[]::new));
        String side = copyBesideTheShop();

        everyStatementOfOurs(side);

        assertThat(sprung()).doesNotExist();
    }

    @Test
    void aTrapSpringsForASuperuserWithTheUsualSearchPath() {
        asOwner("shop", operator("=", "name,text"));
        cluster.execute("shop", "SELECT 1 FROM pg_class WHERE relname = 'orders'::text");
        assertThat(sprung()).exists();
    }

    /** Code that belongs to the data: PostgreSQL itself has to run it when the data are looked at. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ALTER TABLE orders ADD CHECK (public.spring())",
                "ALTER TABLE orders ADD CHECK (public.spring() IS NOT NULL AND note = 'a')",
                "CREATE DOMAIN odd AS text CHECK (public.spring()); ALTER TABLE orders ADD odd odd DEFAULT 'b'",
                "CREATE TYPE key AS (n int); CREATE FUNCTION number(key) RETURNS int LANGUAGE sql AS"
                        + " 'SELECT CASE WHEN public.spring() THEN $1.n END'; CREATE CAST (key AS int) WITH FUNCTION"
                        + " number(key) AS IMPLICIT; CREATE TABLE lines (k key REFERENCES orders);"
                        + " INSERT INTO lines VALUES (row(1)::key)",
                "CREATE FUNCTION odd(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM public.spring();"
                        + " RETURN $1; END'; CREATE INDEX odd ON orders (odd(id))"
            })
    void checksDomainsCastsAndIndexesAreLookedAtWithTheOwnersRights(String trap) {
        asOwner("shop", trap);
        String side = copyBesideTheShop();

        everyStatementOfOurs(side);

        assertThat(sprung()).as(trap).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select spring()",
                "select spring();",
                "select bool_and(spring()) from orders where note = 'a'",
                "select count(*) = 1 from orders where id = 1"
            })
    void whatTheOwnerSaysMustBeTrueIsAskedWithHisSearchPathAndNoMoreThanHisRights(String assertion) {
        String side = copyBesideTheShop();

        prove(side, assertion);

        assertThat(sprung()).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "reset role; select spring()",
                "select true; copy (select 1) to program 'touch sprung'",
                "copy (select true) to program 'touch sprung'",
                "do $$ begin perform spring(); end $$",
                "delete from orders returning true",
                "with gone as (delete from orders returning true) select * from gone"
            })
    void anAssertionThatIsNotOneStatementThatReadsIsRefused(String assertion) {
        String side = copyBesideTheShop();

        assertThatThrownBy(() -> prove(side, assertion)).hasMessageContaining("cannot be asked");

        assertThat(sprung()).doesNotExist();
        assertThat(cluster.value(side, "SELECT count(*) FROM orders")).isEqualTo("1");
    }

    @Test
    void anAssertionReadsWithTheRightToReadAllWhereTheOwnerIsASuperuser() {
        cluster.execute("postgres", "ALTER DATABASE shop OWNER TO postgres");
        String side = copyBesideTheShop();
        prove(side, "select spring()", "select count(*) = 1 from orders");
        assertThat(sprung()).doesNotExist();
    }

    @Test
    void aDdlEventTriggerOfTheDumpNeitherRefusesNorSeesWhatADrillMakes() {
        cluster.execute(
                "shop",
                "CREATE FUNCTION no_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $f$ BEGIN PERFORM public.spring();"
                        + " RAISE 'no DDL here'; END $f$",
                "ALTER FUNCTION no_ddl() OWNER TO shop_owner",
                "CREATE EVENT TRIGGER no_ddl ON ddl_command_start EXECUTE FUNCTION no_ddl()",
                "ALTER EVENT TRIGGER no_ddl ENABLE ALWAYS");
        String side = copyBesideTheShop();
        assertThatCode(() -> prove(side, "select true")).doesNotThrowAnyException();
        assertThat(sprung()).doesNotExist();
    }

    /** All that runs, in this order: a backup, the checks before a restore, a drill, swap and rollback, housekeeping. */
    private void everyStatementOfOurs(String side) {
        DrSettings settings = settings();
        DatabaseServer server = new DatabaseServer(settings.application("shop").database(), run);
        ByteArrayOutputStream dump = new ByteArrayOutputStream();
        assertThat(new Dump(settings).write("shop", dump, folder).rows())
                .containsEntry(new TableName("public", "orders"), 1L);
        new Dump(settings).writeGlobals("shop", dump, folder);
        assertThat(RestoreFit.serverMajor(settings.application("shop").database()))
                .isPositive();
        assertThat(new DatabaseHolders(server).problems("shop")).isEmpty();
        assertThat(SideDatabase.tables(server, side)).contains(new TableName("public", "orders"));
        server.in(side).execute("ANALYZE");
        prove(side, "select true");
        DatabaseSwap swap = new DatabaseSwap(server);
        swap.fence();
        swap.swap();
        swap.fence();
        swap.swapBack();
        swap.endSessionsOfRun();
        new PreviousDatabases(settings).drop("shop", side);
        assertThat(cluster.databases()).containsExactly("shop");
    }

    private void prove(String side, String... assertions) {
        DatabaseServer server =
                new DatabaseServer(settings().application("shop").database(), run);
        new DatabaseProof(server, side, (done, total) -> {}, line -> {}, () -> false)
                .prove(List.of(assertions), Duration.ofSeconds(20));
    }

    /** What a restore would have made of the shop, traps and all. */
    private String copyBesideTheShop() {
        String side = DatabaseNames.of("shop", run).side();
        cluster.execute("postgres", "CREATE DATABASE \"" + side + "\" TEMPLATE shop");
        cluster.execute("postgres", "ALTER DATABASE \"" + side + "\" SET search_path = public, pg_catalog");
        forget();
        return side;
    }

    private static void asOwner(String database, String... statements) {
        cluster.execute(
                database,
                Stream.concat(Stream.of("SET ROLE shop_owner"), Stream.of(statements))
                        .toArray(String[]::new));
    }

    private static void forget() {
        try {
            Files.deleteIfExists(sprung());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path sprung() {
        return cluster.dataDirectory().resolve("sprung");
    }

    private static DrSettings settings() {
        return new Binder(new MapConfigurationPropertySource(Map.of(
                        "dr.applications.shop.database.host", cluster.host(),
                        "dr.applications.shop.database.port", cluster.port(),
                        "dr.applications.shop.database.name", "shop",
                        "dr.applications.shop.database.username", cluster.username(),
                        "dr.applications.shop.database.password", cluster.password())))
                .bindOrCreate("dr", DrSettings.class);
    }
}
