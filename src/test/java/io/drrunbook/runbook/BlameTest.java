package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.runbook.Blame.Evidence;
import io.drrunbook.tool.ToolFailedException;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which failures of a drill condemn its backup, and which do not. */
@Tag("quick")
class BlameTest {

    private static final Evidence CHECKSUMMED = new Evidence(true, 3, true);

    private static ToolFailedException restore(String... lines) {
        return new ToolFailedException("pg_restore", 1, List.of(lines));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ERROR:  insert or update on table \"orders\" violates foreign key constraint \"no space left\"",
                "ERROR:  could not create unique index \"orders_pkey\"",
                "ERROR:  new row for relation \"connection\" violates check constraint \"c\"",
                "ERROR:  invalid input syntax for type integer: \"x\"",
                "ERROR:  relation \"nowhere\" does not exist",
            })
    void whatTheDumpItselfMakesFailCondemnsIt(String error) {
        assertThat(Blame.of(restore("pg_restore: error: could not execute query: " + error), CHECKSUMMED))
                .isEqualTo(Verdict.BACKUP_BAD);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "pg_restore: error: could not read from input file: end of file",
                "pg_restore: error: could not uncompress data: incorrect data check",
            })
    void anArchiveThatCannotBeReadToItsEndIsCondemned(String error) {
        assertThat(Blame.of(restore(error), CHECKSUMMED)).isEqualTo(Verdict.BACKUP_BAD);
        assertThat(Blame.of(new RunbookException("archive_unreadable", "cannot", restore(error)), CHECKSUMMED))
                .isEqualTo(Verdict.BACKUP_BAD);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ERROR:  could not extend file \"base/1/2\": No space left on device",
                "ERROR:  out of memory",
                "FATAL:  terminating connection due to administrator command",
                "server closed the connection unexpectedly",
                "FATAL:  sorry, too many clients already",
                "ERROR:  permission denied for schema public",
                "ERROR:  role \"shop_owner\" does not exist",
                "ERROR:  extension \"postgis\" is not available",
                "ERROR:  could not access file \"$libdir/x\": No such file or directory",
                "ERROR:  canceling statement due to lock timeout",
                "ERROR:  something nobody has thought of",
                "FEHLER:  doppelter Schlüsselwert",
            })
    void whatTheServerMakesFailDoesNot(String error) {
        assertThat(Blame.of(restore("pg_restore: error: could not execute query: " + error), CHECKSUMMED))
                .isEqualTo(Verdict.SURROUNDINGS_FAILED);
    }

    @Test
    void whenBothAreSaidTheBackupIsNotBlamed() {
        assertThat(Blame.of(
                        restore(
                                "pg_restore: error: could not execute query: ERROR:  duplicate key value violates unique"
                                        + " constraint \"a\"",
                                "pg_restore: error: could not execute query: FATAL:  the database system is shutting down"),
                        CHECKSUMMED))
                .isEqualTo(Verdict.SURROUNDINGS_FAILED);
    }

    @Test
    void namesOfObjectsInVerboseLinesBlameNobody() {
        assertThat(Blame.of(
                        restore(
                                "pg_restore: creating TABLE public.out of memory",
                                "pg_restore: error: COPY failed for table \"t\": ERROR:  missing data for column \"b\""),
                        CHECKSUMMED))
                .isEqualTo(Verdict.BACKUP_BAD);
    }

    @Test
    void aToolThatWasKilledBlamesNobody() {
        assertThat(Blame.of(
                        new ToolFailedException(
                                "pg_restore", 137, List.of("pg_restore: error: unexpected end of file")),
                        CHECKSUMMED))
                .isEqualTo(Verdict.SURROUNDINGS_FAILED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"verification_failed", "drill_check_failed", "archive_incomplete", "corrupt_backup"})
    void whatIsWrongInWholeBytesIsTheBackups(String code) {
        assertThat(Blame.of(new RunbookException(code, "it is"), CHECKSUMMED)).isEqualTo(Verdict.BACKUP_BAD);
        assertThat(Blame.of(new IllegalStateException(new RunbookException(code, "it is")), CHECKSUMMED))
                .isEqualTo(Verdict.BACKUP_BAD);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "wrong_key",
                "no_key",
                "cancelled",
                "interrupted",
                "disk_full",
                "no_store_left",
                "no_store_answers",
                "database_unreachable",
                "restore_not_possible",
                "side_database_not_created",
                "tool_missing",
                "archive_newer_than_tools",
                "drill_check_broken",
                "drill_check_stopped",
                "unexpected",
                "unknown_format"
            })
    void allElseIsNot(String code) {
        assertThat(Blame.of(new RunbookException(code, "it is"), CHECKSUMMED)).isEqualTo(Verdict.SURROUNDINGS_FAILED);
    }

    @Test
    void aDiskThatCannotBeReadIsNoCorruptBackup() {
        assertThat(Blame.of(
                        new RunbookException("corrupt_backup", "it is", new IOException("Input/output error")),
                        CHECKSUMMED))
                .isEqualTo(Verdict.SURROUNDINGS_FAILED);
        assertThat(Blame.of(new SQLException("broken", "08006"), CHECKSUMMED)).isEqualTo(Verdict.SURROUNDINGS_FAILED);
        assertThat(Blame.of(new OutOfMemoryError(), CHECKSUMMED)).isEqualTo(Verdict.SURROUNDINGS_FAILED);
    }

    @Test
    void aForeignBackupOfWhichThereAreOtherCopiesIsOnlyCondemnedWhenItsLayersProveItsBytes() {
        RunbookException corrupt = new RunbookException("corrupt_backup", "it is");
        RunbookException differs = new RunbookException("verification_failed", "it is");

        assertThat(Blame.of(corrupt, new Evidence(false, 2, false))).isEqualTo(Verdict.SURROUNDINGS_FAILED);
        assertThat(Blame.of(corrupt, new Evidence(false, 1, false))).isEqualTo(Verdict.BACKUP_BAD);
        assertThat(Blame.of(differs, new Evidence(false, 2, true))).isEqualTo(Verdict.BACKUP_BAD);
    }
}
