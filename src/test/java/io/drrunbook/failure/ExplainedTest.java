package io.drrunbook.failure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.jdbc.UncategorizedSQLException;

/** Every failure has a code of the guide, a cause in words and a way out. */
@Tag("quick")
class ExplainedTest {

    @ParameterizedTest(name = "SQLSTATE {0}: {1}")
    @CsvSource({
        "08001, database_unreachable",
        "08006, database_unreachable",
        "57P01, database_unreachable",
        "57P03, database_unreachable",
        "28P01, database_login_refused",
        "28000, database_login_refused",
        "42501, database_permission_missing",
        "53100, database_full",
        "53200, database_full",
        "53300, database_busy",
        "55006, database_busy",
        "55P03, database_busy",
        "57014, database_busy",
        "40P01, database_busy",
        "XX000, database_failed",
        "42P01, database_failed"
    })
    void whatAServerRefusesIsSaidInItsOwnWords(String state, String code) {
        SQLException cause = new SQLException("ERROR: it is so\n  Hint: do that", state);

        Explained explained = Explained.of(
                new CompletionException(new UncategorizedSQLException("PreparedStatementCallback", "SELECT 1", cause)));

        assertThat(explained.code()).isEqualTo(code);
        assertThat(explained.message())
                .startsWith("the database server says: ERROR: it is so; Hint: do that (SQLSTATE " + state + "); ")
                .doesNotContain("uncategorized", "Exception", "SELECT 1", "\n");
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(new RunbookException("no_key", "put the key in"), "no_key", "put the key in"),
                Arguments.of(
                        new IllegalStateException("x", new RunbookException("no_key", "put the key in")),
                        "no_key",
                        "put the key in"),
                Arguments.of(
                        new UncheckedIOException(new IOException("No space left on device")), "disk_full", "make room"),
                Arguments.of(new NoSuchFileException("/a/b"), "file_failed", "there is no file /a/b"),
                Arguments.of(new AccessDeniedException("/a/b"), "file_failed", "/a/b may not be read"),
                Arguments.of(new EOFException(), "file_failed", "eof"),
                Arguments.of(
                        new UnknownHostException("db.example"), "connection_failed", "host db.example is not known"),
                Arguments.of(new ConnectException("Connection refused"), "connection_failed", "Connection refused"),
                Arguments.of(new SocketTimeoutException("Read timed out"), "connection_failed", "nothing came in time"),
                Arguments.of(new SSLHandshakeException("PKIX"), "connection_failed", "TLS failed: PKIX"),
                Arguments.of(new OutOfMemoryError("Java heap space"), "out_of_memory", "-Xmx"),
                Arguments.of(new NullPointerException(), "unexpected", "null pointer; the service's log"),
                Arguments.of(
                        new IllegalStateException("odd", new IllegalArgumentException("the cause")),
                        "unexpected",
                        "the cause"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("failures")
    void everythingElseIsSaidInWordsToo(Throwable failure, String code, String words) {
        Explained explained = Explained.of(failure);

        assertThat(explained.code()).isEqualTo(code);
        assertThat(explained.message()).contains(words).doesNotContain("Exception", "\n");
    }

    @Test
    void theJournalsOwnDatabaseIsToldFromTheApplications() {
        SQLException failure =
                assertThrows(SQLException.class, () -> DriverManager.getConnection("jdbc:h2:mem:x;IFEXISTS=TRUE"));

        assertThat(Explained.of(failure).code()).isEqualTo("journal_failed");
        assertThat(List.of(Explained.of(failure).message()))
                .allSatisfy(text -> assertThat(text).contains("spring.datasource.url"));
    }
}
