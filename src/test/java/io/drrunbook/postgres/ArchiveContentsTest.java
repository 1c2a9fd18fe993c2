package io.drrunbook.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import io.drrunbook.settings.DrSettings.Restore;
import io.drrunbook.world.EveryKindOfObject;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** What is found in archives of a real {@code pg_dump}. */
@InWorld
class ArchiveContentsTest {

    private static final String LIKE_ENTRIES = """
            -- Name: shop; Type: DATABASE; Schema: -; Owner: ghost; Tablespace: ghostly
            ALTER DATABASE shop OWNER TO ghost;
            CREATE DATABASE shop WITH TEMPLATE = evil;
            -- Name: DATABASE shop; Type: ACL; Schema: -; Owner: ghost
            ALTER ROLE app SUPERUSER;
            -- Name: ghost; Type: EXTENSION; Schema: -; Owner: -
            -- Name: ghost; Type: TABLE; Schema: public; Owner: ghost
            """;

    private static PostgresCluster cluster;

    @TempDir
    Path directory;

    @BeforeAll
    static void databases(PostgresCluster server) {
        cluster = server;
        cluster.execute("postgres", "CREATE DATABASE shop", "CREATE DATABASE everything");
        cluster.execute("everything", EveryKindOfObject.STATEMENTS.toArray(String[]::new));
        cluster.execute("postgres", "CREATE ROLE app", "CREATE ROLE \"the \"\"owner\"\"\"", "CREATE ROLE reader");
        cluster.execute(
                "shop",
                "CREATE TABLE notes (text text DEFAULT '" + LIKE_ENTRIES.replace("'", "''") + "')",
                "INSERT INTO notes DEFAULT VALUES",
                "CREATE FUNCTION body() RETURNS text LANGUAGE sql AS $$SELECT '\n" + LIKE_ENTRIES + "'$$",
                "COMMENT ON TABLE notes IS '\n" + LIKE_ENTRIES + "'",
                "COMMENT ON FUNCTION body() IS '\n" + LIKE_ENTRIES + "'",
                "CREATE TABLE \"x\n"
                        + LIKE_ENTRIES.lines().findFirst().orElseThrow().substring(0, 50) + "\" ()",
                "ALTER TABLE notes OWNER TO \"the \"\"owner\"\"\"",
                "GRANT SELECT ON notes TO reader");
        cluster.execute(
                "postgres",
                "ALTER DATABASE shop OWNER TO app",
                "ALTER DATABASE shop SET search_path TO 'a, b', \"$user\"",
                "ALTER DATABASE shop SET app.secret TO E'it''s\\\\; DROP TABLE x; --'",
                "ALTER DATABASE shop CONNECTION LIMIT 7",
                "ALTER ROLE reader IN DATABASE shop SET work_mem TO '9MB'",
                "ALTER ROLE app IN DATABASE shop SET work_mem TO '8MB'",
                "COMMENT ON DATABASE shop IS E'two\\nlines'' and \\\\'",
                "REVOKE ALL ON DATABASE shop FROM PUBLIC",
                "GRANT CONNECT, CREATE ON DATABASE shop TO reader WITH GRANT OPTION");
    }

    private ArchiveContents contents(String database, ArchiveFormat format, String... options) {
        Path file = directory.resolve("archive");
        switch (format) {
            case CUSTOM -> cluster.dumpCustom(database, file);
            case TAR -> cluster.dumpTar(database, file);
            case PLAIN -> cluster.dumpPlain(database, file);
        }
        return format == ArchiveFormat.PLAIN
                ? ArchiveContents.of(PlainDump.read(file))
                : ArchiveContents.of(file, format, restore(options));
    }

    private static Restore restore(String... options) {
        Map<String, String> values = new HashMap<>();
        for (String option : options) {
            values.put("dr.restore." + option, "omit");
        }
        return new Binder(new MapConfigurationPropertySource(values)).bindOrCreate("dr.restore", Restore.class);
    }

    @ParameterizedTest
    @EnumSource(ArchiveFormat.class)
    void textThatLooksLikeATableOfContentsNamesNothing(ArchiveFormat format) {
        ArchiveContents contents = contents("shop", format);
        assertThat(contents.tables()).isEqualTo(2);
        assertThat(contents.holdsData()).isTrue();
        assertThat(contents.extensions()).isEmpty();
        assertThat(contents.tablespaces()).isEmpty();
        assertThat(contents.roles()).contains("the \"owner\"", "reader").doesNotContain("ghost");
        assertThat(contents.database().isPresent()).isEqualTo(format != ArchiveFormat.PLAIN);
    }

    @ParameterizedTest
    @EnumSource(ArchiveFormat.class)
    void everyKindOfObjectIsReadInEveryFormat(ArchiveFormat format) {
        ArchiveContents contents = contents("everything", format);
        assertThat(contents.extensions()).containsExactly("hstore", "postgres_fdw");
        assertThat(contents.roles()).contains("clerk", "postgres").isSubsetOf("clerk", "postgres", "pg_database_owner");
        assertThat(contents.tables()).isEqualTo(13);
    }

    @Test
    void whatIsLeftOutIsNotAskedFor() {
        assertThat(contents("everything", ArchiveFormat.CUSTOM, "roles").roles())
                .containsExactly("postgres");
        assertThat(contents("shop", ArchiveFormat.CUSTOM, "roles").roles()).isEmpty();
    }

    @Test
    void whatTheArchiveSaysOfItsDatabaseIsWrittenAnewForAnother() {
        DumpedDatabase dumped =
                contents("shop", ArchiveFormat.CUSTOM).database().orElseThrow();
        String target = "we \"ird\"\nname";

        assertThat(dumped.name()).isEqualTo("shop");
        assertThat(dumped.createOptions(true))
                .startsWith("TEMPLATE template0 ENCODING = 'UTF8'")
                .contains("C.UTF-8");
        assertThat(dumped.leftOut()).isEmpty();
        assertThat(dumped.statementsFor(target, Set.of("app"), true))
                .contains("ALTER DATABASE \"we \"\"ird\"\"\nname\" OWNER TO \"app\"")
                .noneMatch(sql -> sql.contains("reader\" IN"));

        cluster.execute("postgres", "CREATE DATABASE " + Identifiers.identifier(target));
        List<String> statements = new ArrayList<>(dumped.statementsFor(target, Set.of("app", "reader"), true));
        cluster.execute("postgres", statements.toArray(String[]::new));
        String everything = "SELECT concat_ws('|', pg_get_userbyid(datdba), datacl, datconnlimit,"
                + " shobj_description(oid, 'pg_database'), (SELECT string_agg(setrole || ' ' || setconfig::text, ' '"
                + " ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = d.oid))"
                + " FROM pg_database d WHERE datname = ";
        assertThat(cluster.query("postgres", everything + Identifiers.literal(target)))
                .isEqualTo(cluster.query("postgres", everything + "'shop'"));
        cluster.drop(target);
    }

    @Test
    void sqlThatIsNoPropertyOfTheDatabaseIsNeverWritten() {
        for (String sql : List.of(
                "ALTER ROLE app SUPERUSER;",
                "ALTER DATABASE shop SET work_mem TO '1' ; ALTER ROLE app SUPERUSER;",
                "ALTER DATABASE shop SET work_mem TO (SELECT 1);",
                "ALTER DATABASE shop SET work_mem TO evil();",
                "ALTER DATABASE other SET work_mem TO '1';",
                "ALTER DATABASE shop OWNER TO evil;",
                "GRANT app TO evil;",
                "GRANT pg_execute_server_program TO evil;",
                "GRANT ALL ON TABLE x TO evil;",
                "COMMENT ON DATABASE other IS 'x';",
                "UPDATE pg_catalog.pg_authid SET rolsuper = true;",
                "COPY t FROM PROGRAM 'id';",
                "DO $$ BEGIN END $$;")) {
            TocEntry database = entry("DATABASE", "CREATE DATABASE shop WITH ENCODING = 'UTF8' TEMPLATE = evil;");
            DumpedDatabase dumped = new DumpedDatabase(database, true);
            dumped.take(entry("DATABASE PROPERTIES", sql), true);
            assertThat(dumped.statementsFor("side", Set.of("app", "evil"), true))
                    .as(sql)
                    .allMatch(written ->
                            written.matches("ALTER DATABASE \"side\" (OWNER TO \"app\"|SET \"work_mem\" TO '1')"));
            assertThat(dumped.createOptions(true)).isEqualTo("TEMPLATE template0 ENCODING = 'UTF8'");
            assertThat(dumped.leftOut()).as(sql).isNotEmpty();
        }
    }

    private static TocEntry entry(String desc, String defn) {
        return new TocEntry(
                1,
                false,
                0,
                0,
                "shop",
                desc,
                TocEntry.Section.PRE_DATA,
                defn,
                null,
                null,
                "",
                "",
                "",
                "app",
                List.of(),
                TocEntry.DataState.NO_DATA,
                0);
    }
}
