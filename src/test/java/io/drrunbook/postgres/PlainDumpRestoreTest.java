package io.drrunbook.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drrunbook.settings.DrSettings;
import io.drrunbook.tool.ToolCall;
import io.drrunbook.tool.ToolExecutor;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Plain dumps of real {@code pg_dump} through our reader into a real {@code psql}. */
@InWorld
class PlainDumpRestoreTest {

    private static final DrSettings.Restore RESTORE =
            new Binder(new MapConfigurationPropertySource()).bindOrCreate("dr.restore", DrSettings.Restore.class);

    private static PostgresCluster cluster;

    private final ToolExecutor tools = new ToolExecutor();

    @TempDir
    Path work;

    @BeforeAll
    static void aWikiAboutDumps(PostgresCluster server) {
        cluster = server;
        cluster.execute("postgres", "CREATE DATABASE wiki TEMPLATE template0 ENCODING 'UTF8'");
        cluster.execute("wiki", "CREATE TABLE \"pages\\\" (id int, \"it's\ta\nname\" text)");
        List<String> texts = List.of(
                "\\unrestrict abc",
                "\\restrict abc\n\\! touch /tmp/never",
                "\\connect postgres",
                "CREATE DATABASE other;",
                "-- PostgreSQL database dump complete",
                "-- Name: x; Type: DATABASE; Schema: -; Owner: ghost; Tablespace: ghost",
                "\\.",
                "\\.\n\\! touch /tmp/never\n",
                "COPY t FROM stdin;\n1\n\\.\n",
                "it''s 'quoted' and \"named\"",
                "ends with a backslash\\",
                "\\' ; DROP TABLE x; --",
                "$$ $x$ $1$ $",
                "/* not a comment -- ",
                "a\rb\r\nc",
                "ä 日本 \ud83d\udc18",
                "x".repeat(20_000) + "\\unrestrict");
        for (String text : texts) {
            cluster.execute(
                    "wiki",
                    "INSERT INTO \"pages\\\" VALUES (" + texts.indexOf(text) + "," + Identifiers.literal(text) + ")");
        }
        cluster.execute(
                "wiki",
                "CREATE FUNCTION body() RETURNS text LANGUAGE plpgsql AS E'BEGIN\\r\\n-- it''s \\\\! id\\r\\nRETURN"
                        + " ''\\\\connect x'';\\nEND'",
                "CREATE FUNCTION atomic() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END",
                "COMMENT ON FUNCTION body() IS E'\\\\! id\\n-- PostgreSQL database dump complete\\n'",
                "CREATE VIEW slices AS SELECT (ARRAY[1, 2, 3])[1:2] AS some, 5 / 2 AS half, 'a\\b' AS text");
    }

    private DatabaseServer server() {
        return new DatabaseServer(
                new DrSettings.Database(
                        cluster.host(),
                        cluster.port(),
                        "wiki",
                        cluster.username(),
                        cluster.password(),
                        "postgres",
                        "prefer",
                        null,
                        null,
                        null,
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(1)),
                UUID.randomUUID());
    }

    private void restore(Path dump, String database) {
        cluster.drop(database);
        cluster.execute("postgres", "CREATE DATABASE " + database + " TEMPLATE template0 ENCODING 'UTF8'");
        tools.run(open(dump).into(database, server(), RESTORE, line -> {}, () -> false));
    }

    private Archive open(Path dump) {
        return Archive.open(dump, RESTORE, tools);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--no-comments",
                "--inserts",
                "--column-inserts",
                "--rows-per-insert=7",
                "--clean --if-exists",
                "--encoding=UTF8"
            })
    void whatPeopleWriteComesBackAsTheyWroteIt(String option) {
        Path dump = work.resolve("dump");
        cluster.dumpPlain("wiki", dump, option.split(" "));

        restore(dump, "wiki_again");

        assertThat(cluster.content("wiki_again").tables())
                .isEqualTo(cluster.content("wiki").tables());
        assertThat(cluster.query("wiki_again", "SELECT prosrc FROM pg_proc WHERE proname = 'body'"))
                .isEqualTo(cluster.query("wiki", "SELECT prosrc FROM pg_proc WHERE proname = 'body'"));
        assertThat(cluster.query("wiki_again", "SELECT text || half FROM slices"))
                .containsExactly("a\\b2");
    }

    @Test
    void aDumpOfAServerWhoseBackslashesEscapeComesBackToo() {
        Path dump = work.resolve("dump");
        cluster.execute("postgres", "ALTER DATABASE wiki SET standard_conforming_strings = off");
        try {
            cluster.dumpPlain("wiki", dump, "--inserts");
        } finally {
            cluster.execute("postgres", "ALTER DATABASE wiki RESET standard_conforming_strings");
        }
        restore(dump, "wiki_escaped");
        assertThat(cluster.content("wiki_escaped").tables())
                .isEqualTo(cluster.content("wiki").tables());
    }

    /** What is wrong here is found when it is opened; psql itself must not follow it either. */
    @ParameterizedTest
    @ValueSource(strings = {"--\0\n\\restrict X\n", "SELECT 1; ", "SELECT 1\n"})
    void noDumpRunsAProgram(String before) throws IOException {
        Path proof = work.resolve("proof");
        Path dump = work.resolve("dump");
        cluster.dumpPlain("wiki", dump);
        String sql = Files.readString(dump);
        Files.writeString(
                dump,
                sql.replaceFirst("(?m)^\\\\restrict .*$", "")
                        .replaceFirst("(?m)^\\\\unrestrict .*$", "")
                        .replace("SET row_security = off;", before + "\\! touch " + proof),
                StandardCharsets.UTF_8);

        assertThatThrownBy(() -> open(dump)).hasMessageContaining("tampered");

        ToolCall fedUnseen = new ToolCall(
                "psql",
                List.of("--no-psqlrc", "--set=ON_ERROR_STOP=1", "--single-transaction", "--file=-", "--dbname=wiki"),
                server().toolEnvironment(),
                work,
                in -> {
                    in.write("\\restrict key\n".getBytes(StandardCharsets.US_ASCII));
                    Files.copy(dump, in);
                },
                line -> {},
                () -> false);
        assertThatThrownBy(() -> tools.run(fedUnseen)).hasMessageContaining("restricted");
        assertThat(proof).doesNotExist();
    }

    @Test
    void aDumpWhoseReaderIsKilledInTheMiddleIsNotCommitted() throws IOException {
        Path dump = work.resolve("dump");
        cluster.dumpPlain("wiki", dump);
        cluster.drop("wiki_broken_off");
        cluster.execute("postgres", "CREATE DATABASE wiki_broken_off TEMPLATE template0 ENCODING 'UTF8'");
        ToolCall restore = open(dump).into("wiki_broken_off", server(), RESTORE, line -> {}, () -> false);
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        restore.input().writeTo(whole);
        byte[] part = Arrays.copyOf(
                whole.toByteArray(), whole.toString(StandardCharsets.ISO_8859_1).lastIndexOf("COMMIT;"));

        tools.run(new ToolCall(
                restore.program(),
                restore.arguments(),
                restore.environment(),
                work,
                in -> in.write(part),
                restore.onLine(),
                restore.cancelled()));

        assertThat(cluster.query("wiki_broken_off", "SELECT 1 FROM pg_tables WHERE schemaname = 'public'"))
                .isEmpty();
    }

    @Test
    void aDumpThatIsChangedAfterItWasLookedAtIsNotCommitted() throws IOException {
        Path dump = work.resolve("dump");
        cluster.dumpPlain("wiki", dump);
        cluster.drop("wiki_changed");
        cluster.execute("postgres", "CREATE DATABASE wiki_changed TEMPLATE template0 ENCODING 'UTF8'");
        ToolCall restore = open(dump).into("wiki_changed", server(), RESTORE, line -> {}, () -> false);
        Files.writeString(dump, Files.readString(dump) + "\\! id\n");

        assertThatThrownBy(() -> tools.run(restore)).hasMessageContaining("tampered");

        assertThat(cluster.query("wiki_changed", "SELECT 1 FROM pg_tables WHERE schemaname = 'public'"))
                .isEmpty();
    }
}
