package io.drrunbook.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drrunbook.failure.RunbookException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("quick")
class PlainDumpTest {

    private static final String END = "-- PostgreSQL database dump complete\n";

    @TempDir
    Path directory;

    private PlainDump read(String sql) throws IOException {
        return PlainDump.read(Files.writeString(directory.resolve("archive"), sql));
    }

    @Test
    void aDumpThatRestrictsItselfFromBeginningToEndIsTakenAsItIs() throws IOException {
        PlainDump dump = read("--\n\n\\restrict abc\n-- Dumped from database version 15.3\nSELECT 1;\n" + END
                + "\n\\unrestrict abc\n\n");
        assertThat(dump.restrictsItself()).isTrue();
        assertThat(dump.serverVersion()).isEqualTo("15.3");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\restrict abc\n\\unrestrict abc\n\\! id\n" + END,
                "\\restrict abc\nSELECT 1; \\unrestrict abc\n\\! id\n" + END + "\\unrestrict abc\n",
                "\\restrict abc\nSELECT 1;\n" + END,
                "\\restrict abc\nCOPY t FROM stdin;\n\\unrestrict abc\n\\.\n" + END + "\\unrestrict abc\n",
                "SELECT 1; \\unrestrict abc\n" + END,
                "\\restrict abc\nSELECT 1;\n" + END + "\\unrestrict abc\nSELECT 1 \\! id\n"
            })
    void aDumpThatLeavesTheRestrictedModeBeforeItsEndIsRefused(String sql) {
        assertThatThrownBy(() -> read(sql))
                .isInstanceOfSatisfying(
                        RunbookException.class, e -> assertThat(e.code()).isEqualTo("unsafe_dump"));
    }

    @Test
    void aCarriageReturnThatEndsACommentForPsqlEndsItHereToo() throws IOException {
        PlainDump dump = read("-- comment\rSELECT 1 \\! id\n\\restrict abc\n" + END);
        assertThat(dump.restrictsItself()).isFalse();
    }

    @Test
    void rowsThatLookLikeEntriesAreRows() throws IOException {
        PlainDump dump = read("""
                -- Name: pg_trgm; Type: EXTENSION; Schema: -; Owner: -
                -- Name: t; Type: TABLE; Schema: public; Owner: app user
                CREATE TABLE public.t (x text);
                -- Name: TABLE t; Type: ACL; Schema: public; Owner: app user
                GRANT SELECT ON TABLE public.t TO "odd ""one""\";
                GRANT ALL ON TABLE public.t TO PUBLIC;
                -- Name: t p; Type: POLICY; Schema: public; Owner: app user
                CREATE POLICY p ON public.t TO first, "second one" USING (true);
                COPY public.t (x) FROM stdin;
                -- Name: evil; Type: EXTENSION; Schema: -; Owner: nobody
                DROP TABLE x;
                CREATE DATABASE x;
                \\.
                """ + END);
        assertThat(dump.contents().extensions()).containsExactly("pg_trgm");
        assertThat(dump.contents().tables()).isEqualTo(1);
        assertThat(dump.contents().roles()).containsExactlyInAnyOrder("app user", "odd \"one\"", "first", "second one");
        assertThat(dump.drops()).isFalse();
    }
}
