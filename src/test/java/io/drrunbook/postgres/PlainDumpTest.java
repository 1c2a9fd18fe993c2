package io.drrunbook.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drrunbook.failure.RunbookException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("quick")
class PlainDumpTest {

    private static final String END = "-- PostgreSQL database dump complete\n";

    @TempDir
    Path directory;

    private Path file(String sql) throws IOException {
        return Files.write(directory.resolve("archive"), sql.getBytes(StandardCharsets.UTF_8));
    }

    private PlainDump read(String sql) throws IOException {
        return PlainDump.read(file(sql));
    }

    private static String fed(PlainDump dump) throws IOException {
        ByteArrayOutputStream psql = new ByteArrayOutputStream();
        dump.feed(psql);
        return psql.toString(StandardCharsets.UTF_8);
    }

    private void refused(String code, String sql) {
        assertThatThrownBy(() -> read(sql))
                .isInstanceOfSatisfying(
                        RunbookException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    void theBracketOfADumpIsLeftOutAndOneThatNobodyKnowsStandsAroundIt() throws IOException {
        PlainDump dump = read("--\n\n\\restrict abc\n\n-- Dumped from database version 15.3\nSELECT 1;\n" + END
                + "\n\\unrestrict abc\n\n");

        assertThat(dump.serverVersion()).isEqualTo("15.3");
        String psql = fed(dump);
        assertThat(psql)
                .matches("(?s)\\\\restrict ([a-z0-9]{40,})\nSET standard_conforming_strings = on;\nBEGIN;\n.*\n"
                        + "COMMIT;\n\\\\unrestrict \\1\n")
                .contains("--\n\n\n\n-- Dumped from database version 15.3\nSELECT 1;\n" + END + "\n\n\n")
                .doesNotContain("abc");
        assertThat(fed(dump)).isNotEqualTo(psql);
    }

    @Test
    void aDumpWithoutABracketStandsInOursAsItIs() throws IOException {
        String sql = "SELECT 'ä';\r\nSELECT 2;\n" + END;
        assertThat(fed(read(sql))).contains("BEGIN;\n" + sql + "\nCOMMIT;\n\\unrestrict ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\! id\n",
                "SELECT 1; \\! id\n",
                "SELECT 1 \\! id\n",
                "SELECT 1 \\g |id\n",
                "\\unrestrict abc\n",
                "SELECT 1;\n\\restrict abc\n",
                "\\restrict abc\n\\restrict abc\n",
                "\\restrict abc; \\! id\n",
                " \\restrict abc\n",
                "\\restrict abc\n\\unrestrict abc\n\\! id\n",
                "\\restrict abc\nSELECT 1; \\unrestrict abc\n\\! id\n",
                "\\restrict abc\n\\unrestrict xyz\n",
                "\\i file\n",
                "\\copy t from program 'id'\n",
                "\\set ON_ERROR_STOP off\n",
                "-- comment\r\n\\! id\n",
                "/* /* */ */ \\! id\n",
                "/* ' */ \\! id\n",
                "-- '\n\\! id -- '\n",
                "SELECT 'a\\'; \\! id\n --';\n",
                "SELECT $1, $a\\! id\n$a;\n",
                "SELECT a$$ \\! id\n$$;\n",
                "SELECT $x$ $y$ $x$ \\! id\n",
                "SELECT foo\"'\" \\! id\n';\n",
                "SET standard_conforming_strings = off;\nSELECT 'a\\'' \\! id\n';\n",
                "SELECT U&'\\' \\! id\n';\n",
                "COPY t FROM stdin;\n\\.\n\\! id\n\\.\n",
                "copy t (a, \"from\") from\n /* x */ STDIN ;\nrow\n\\.\n\\! id\n",
                "COPY t FROM stdout;\n\\.\n\\! id\n",
                "COPY t FROM 'stdin';\n\\! id\n\\.\n",
                "COPY (SELECT * FROM stdin) TO 'x';\n\\! id\n\\.\n",
            })
    void aCommandOfPsqlIsFoundWhereverPsqlWouldFindIt(String sql) {
        refused("unsafe_dump", sql + END);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--\0\n\\restrict X\n",
                "SELECT '\0';\n",
                "COPY t FROM stdin;\n\0\n\\.\n",
                "COPY t FROM stdin; SELECT 1;\n\\.\n",
                "COPY BINARY t FROM stdin;\n\\.\n",
                "COPY t FROM stdin WITH (FORMAT csv);\n\\.\n",
                "SELECT E'a'\n'b\\'';\n",
                "SELECT 1E'a\\'';\n",
                "SET standard_conforming_strings = off; SELECT 1;\n",
                "SET LOCAL standard_conforming_strings = off;\n",
                "SET standard_conforming_strings TO DEFAULT;\n",
                "RESET ALL;\n",
            })
    void whatPsqlOrTheServerMightReadOtherwiseIsRefused(String sql) {
        refused("unsafe_dump", sql + END);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "COPY t FROM stdin;\n\\unrestrict abc\n\\! id\n\\N\t\\\\.\nCREATE DATABASE x;\n\\connect x\n\\.\n",
                "INSERT INTO t VALUES ('\\unrestrict abc', 'it''s\n\\connect x\n', E'\\'\n\\! id\n');\n",
                "COMMENT ON TABLE t IS 'a\rb\r\n" + "-- PostgreSQL database dump complete" + "\n\\! id';\n",
                "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$\nSELECT '\\! id';\r\n\\! $x$ $1$\n$$;\n",
                "CREATE FUNCTION f() RETURNS int AS $_a1$\n$_a$ $$ \\! id\n$_a1$;\n",
                "CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2;"
                        + " END;\n",
                "CREATE TABLE \"a\\b\n\\! id\" (\"\"\"\\\" int);\n",
                "CREATE RULE r AS ON DELETE TO t DO INSTEAD (SELECT 1; SELECT 2);\n",
                "SELECT 1 --x'\n, 2 /* ' \\! id */;\n",
                "SELECT U&'\\0041', B'1', X'1F', N'x', 1e5, a$b, $1;\n",
                "SET standard_conforming_strings = off;\nSELECT 'a\\'\n\\! id';\n",
                "SELECT operator(pg_catalog.-) 1, 2@-1, 4/2;\n",
            })
    void whatIsInsideARowATextOrABodyIsNoCommand(String sql) throws IOException {
        String whole = "\\restrict abc\n" + sql + END + "\\unrestrict abc\n";
        assertThat(fed(read(whole))).contains("\n" + sql + END);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "pg_dump --create | CREATE DATABASE shop WITH TEMPLATE = template0;",
                "its psql command | \\connect shop",
                "short          | \\c shop",
                "a dropped one   | DROP DATABASE shop;",
                "a changed one   | ALTER DATABASE shop SET work_mem TO '1GB';"
            })
    void aDumpThatNamesItsOwnDatabaseIsRefused(String what, String sql) {
        refused("dump_connects_elsewhere", sql + "\n" + END);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "SELECT 1;\n",
                "SELECT 1;\n-- PostgreSQL database dump compl",
                "COPY t FROM stdin;\n" + END,
                "SELECT '\n" + END,
                "SELECT $$\n" + END,
                "/*\n" + END,
                "SELECT 1\n" + END,
                END + "SELECT 1;\n",
                "\\restrict abc\nSELECT 1;\n" + END,
                " " + END
            })
    void aDumpThatWasCutIsIncomplete(String sql) {
        refused("archive_incomplete", sql);
    }

    static Stream<byte[]> dumpsInAnotherEncoding() {
        String sql = "--\n-- PostgreSQL database dump\n--\n\nSELECT 1;\n" + END;
        return Stream.concat(
                Stream.of("UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "UTF-32BE")
                        .map(name -> sql.getBytes(Charset.forName(name))),
                Stream.of("\ufeff" + sql, sql.replace("\n", "\r"), sql.replaceFirst("SELECT", "\rSELECT"))
                        .map(text -> text.getBytes(StandardCharsets.UTF_8)));
    }

    @ParameterizedTest
    @MethodSource("dumpsInAnotherEncoding")
    void aDumpThatSomethingHasRewrittenIsToldApart(byte[] bytes) throws IOException {
        Path file = Files.write(directory.resolve("archive"), bytes);
        assertThatThrownBy(() -> {
                    ArchiveFormat.of(file);
                    PlainDump.read(file);
                })
                .isInstanceOfSatisfying(
                        RunbookException.class, e -> assertThat(e.code()).isEqualTo("unsupported_dump_encoding"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"SJIS", "'GBK'", "'Shift_JIS_2004'", "'BIG5'"})
    void anEncodingThatHidesQuotesIsRefused(String encoding) {
        refused("unsupported_dump_encoding", "SET client_encoding = " + encoding + ";\n" + END);
    }

    @Test
    void namesAreReadInTheEncodingOfTheDump() throws IOException {
        Path file = Files.write(
                directory.resolve("archive"),
                ("SET client_encoding = 'LATIN1';\nALTER TABLE t OWNER TO \"Jörg\";\n" + END)
                        .getBytes(StandardCharsets.ISO_8859_1));
        assertThat(PlainDump.read(file).names().roles()).containsExactly("Jörg");
    }

    @Test
    void rowsTextsAndBodiesThatLookLikeStatementsNameNothing() throws IOException {
        SqlNames names = read("""
                        CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
                        COMMENT ON EXTENSION pg_trgm IS 'CREATE EXTENSION nothing;';
                        -- Name: evil; Type: TABLE; Schema: public; Owner: ghost; Tablespace: ghostly
                        SET default_tablespace = '';
                        CREATE TABLE public.t (x text);
                        ALTER TABLE public.t OWNER TO "app user";
                        SET default_tablespace = fast;
                        CREATE UNLOGGED TABLE public.u (x text);
                        CREATE FOREIGN TABLE public.f (x text);
                        GRANT SELECT(x) ON TABLE public.t TO "odd ""one\""" WITH GRANT OPTION;
                        REVOKE ALL ON TABLE public.t FROM revoked;
                        GRANT ALL ON TABLE public.t TO PUBLIC;
                        CREATE POLICY p ON public.t TO first, "second one" USING ((x = 'to nobody'::text));
                        ALTER DEFAULT PRIVILEGES FOR ROLE maker IN SCHEMA public GRANT SELECT ON TABLES TO reader;
                        CREATE SCHEMA s AUTHORIZATION lord;
                        CREATE USER MAPPING FOR mapped SERVER s OPTIONS (password 'x');
                        SET SESSION AUTHORIZATION 'actor';
                        CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $$
                        ALTER TABLE public.t OWNER TO ghost;
                        $$;
                        COPY public.t (x) FROM stdin;
                        ALTER TABLE public.t OWNER TO ghost;
                        DROP TABLE x;
                        COMMIT;
                        \\.
                        """ + END).names();
        assertThat(names.extensions()).containsExactly("pg_trgm");
        assertThat(names.tables()).isEqualTo(2);
        assertThat(names.tablespaces()).containsExactly("fast");
        assertThat(names.roles())
                .containsExactlyInAnyOrder(
                        "app user",
                        "odd \"one\"",
                        "revoked",
                        "first",
                        "second one",
                        "maker",
                        "reader",
                        "lord",
                        "mapped",
                        "actor");
    }

    @Test
    void dropsAndTransactionsAreThoseOfStatements() throws IOException {
        assertThat(read("SELECT 'DROP TABLE x;\nBEGIN;\n';\n" + END))
                .matches(dump -> !dump.drops() && !dump.hasOwnTransactions());
        assertThat(read("drop table x;\nBEGIN;\nCOMMIT;\n" + END))
                .matches(dump -> dump.drops() && dump.hasOwnTransactions());
    }

    @ParameterizedTest
    @CsvSource({
        "13.21,no",
        "13.22,yes",
        "12.30,no",
        "15.13,no",
        "15.14,yes",
        "17.5,no",
        "17.6,yes",
        "18.0,yes",
        "19,yes"
    })
    void aPsqlWithoutARestrictedModeIsNotUsed(String version, String used) {
        try {
            ClientTools.requireRestrict(Version.in("psql (PostgreSQL) " + version));
            assertThat(used).isEqualTo("yes");
        } catch (RunbookException e) {
            assertThat(e.code()).isEqualTo("psql_not_restricted");
            assertThat(used).isEqualTo("no");
        }
    }
}
