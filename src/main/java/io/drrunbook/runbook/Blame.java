package io.drrunbook.runbook;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.tool.ToolFailedException;
import java.nio.file.FileSystemException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.dao.DataAccessException;

/**
 * Tells a bad backup from surroundings that failed, by what a drill ended with. A backup is condemned only for what is
 * known to lie in its own bytes, and only when these are known to be as they were made; in doubt it is not.
 */
final class Blame {

    /** Only ever said of content that was looked at to its end. */
    private static final Set<String> FOUND_WRONG = Set.of("verification_failed", "drill_check_failed");

    /** Said of content that could not be read. */
    private static final Set<String> UNREADABLE = Set.of("corrupt_backup", "archive_unreadable", "archive_incomplete");

    /** Said of a tool that has failed, with or without the object that it failed at. */
    private static final Set<String> FAILED_TOOL = Set.of("tool_failed", "object_not_restorable");

    /** Of {@code pg_restore} and {@code psql}: an error of their own, or of the script. More is a signal or the shell. */
    private static final int HIGHEST_OWN_EXIT_CODE = 3;

    private static final Pattern COMPLAINT = Pattern.compile("\\b(?:error|fatal|panic)\\b:", Pattern.CASE_INSENSITIVE);

    /** Names and values are anybody's words. */
    private static final Pattern QUOTED = Pattern.compile("\"[^\"]*\"");

    /** One of these in the text, and the backup is not blamed, whatever else the text says. */
    private static final Pattern SURROUNDINGS = any(
            "no space left",
            "disk (?:is )?full",
            "disk quota",
            "file too large",
            "could not (?:extend|write|open|create(?! unique index)|fsync|access|rename|resize|map|load|fork|connect|receive|send|seek)",
            "cannot be written",
            "i/o error",
            "input/output error",
            "no such file",
            "out of (?:shared )?memory",
            "cannot allocate",
            "connection",
            "server closed",
            "terminat",
            "shutting down",
            "starting up",
            "in recovery",
            "too many",
            "permission denied",
            "must be (?:a )?(?:superuser|owner|member)",
            "not permitted",
            "role \"\" does not exist",
            "extension",
            "librar",
            "tablespace",
            "collation",
            "cancel",
            "deadlock",
            "lock timeout",
            "timed out",
            "unrecognized configuration parameter",
            "\\bssl\\b",
            "authentication",
            "crash",
            "read-only");

    /** What PostgreSQL and its tools say of data and scripts that are wrong by themselves. */
    private static final Pattern CONTENT = any(
            "violates (?:foreign key|check|not-null|unique|exclusion) constraint",
            "is violated by some row",
            "could not create unique index",
            "duplicate key value",
            "conflicting key value",
            "contains null values",
            "invalid input syntax",
            "invalid byte sequence",
            "syntax error at",
            "extra data after last expected column",
            "missing data for column",
            "out of range",
            "division by zero",
            "value too long",
            "relation \"\" does not exist",
            "column \\S+ does not exist",
            "function \\S+?\\(.*\\) does not exist",
            "operator does not exist",
            "could not read from input file",
            "unexpected end of file",
            "could not find block id",
            "unrecognized data block type",
            "did not find magic string",
            "not appear to be a valid archive",
            "could not uncompress",
            "could not find header",
            "corrupt");

    private Blame() {}

    /** Said of content that is no dump, or none that is restored here; where nothing vouches for it, of its key as well. */
    private static final Set<String> NO_DUMP = Set.of(
            "corrupt_backup",
            "wrong_key",
            "unknown_format",
            "unknown_version",
            "archive_without_data",
            "dump_connects_elsewhere",
            "unsafe_dump");

    /** Whether a failure lies in the content of a copy that nothing vouches for: another copy may be better. */
    static boolean isContent(Throwable failure) {
        boolean elsewhere = causes(failure).stream().anyMatch(Blame::isOfTheDisk);
        return !elsewhere && NO_DUMP.contains(code(failure))
                || of(failure, new Evidence(true, 1, true)) == Verdict.BACKUP_BAD;
    }

    private static boolean isOfTheDisk(Throwable cause) {
        return cause instanceof FileSystemException || cause instanceof VirtualMachineError;
    }

    /** What a failure says to people. */
    static String message(Throwable failure) {
        return causes(failure).stream()
                .filter(RunbookException.class::isInstance)
                .findFirst()
                .map(cause -> String.valueOf(cause.getMessage()))
                .orElseGet(failure::toString);
    }

    private static String code(Throwable failure) {
        return causes(failure).stream()
                .filter(RunbookException.class::isInstance)
                .map(cause -> ((RunbookException) cause).code())
                .findFirst()
                .orElse("unexpected");
    }

    /** Whether the backup, or something else, is to blame for that failure. */
    static Verdict of(Throwable failure, Evidence evidence) {
        List<Throwable> causes = causes(failure);
        String code = code(failure);
        boolean bad = FOUND_WRONG.contains(code)
                || UNREADABLE.contains(code) && unreadable(causes)
                || FAILED_TOOL.contains(code) && causes.stream().anyMatch(Blame::complainsOfContent);
        return bad && evidence.bytesAreAsMade() ? Verdict.BACKUP_BAD : Verdict.SURROUNDINGS_FAILED;
    }

    /** Reading fails for a disk's reasons too, and a tool that reads may lack what it needs. */
    private static boolean unreadable(List<Throwable> causes) {
        boolean elsewhere = causes.stream()
                .anyMatch(cause -> cause instanceof SQLException
                        || cause instanceof DataAccessException
                        || cause instanceof VirtualMachineError
                        || SURROUNDINGS.matcher(unquoted(said(cause))).find());
        boolean toolFailed = causes.stream().anyMatch(ToolFailedException.class::isInstance);
        return !elsewhere && (!toolFailed || causes.stream().anyMatch(Blame::complainsOfContent));
    }

    private static boolean complainsOfContent(Throwable cause) {
        if (!(cause instanceof ToolFailedException tool) || tool.exitCode() > HIGHEST_OWN_EXIT_CODE) {
            return false;
        }
        String complaints = unquoted(complaints(tool));
        return CONTENT.matcher(complaints).find()
                && !SURROUNDINGS.matcher(complaints).find();
    }

    /** A tool's verbose lines name the objects that it makes, which may be called anything. */
    private static String said(Throwable cause) {
        return cause instanceof ToolFailedException tool ? complaints(tool) : String.valueOf(cause.getMessage());
    }

    private static String complaints(ToolFailedException tool) {
        return Arrays.stream(String.valueOf(tool.getMessage()).split(" \\| "))
                .filter(line -> COMPLAINT.matcher(line).find())
                .collect(Collectors.joining("\n"));
    }

    private static String unquoted(String text) {
        return QUOTED.matcher(text).replaceAll("\"\"");
    }

    private static List<Throwable> causes(Throwable failure) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable cause = failure; cause != null && !causes.contains(cause); cause = cause.getCause()) {
            causes.add(cause);
        }
        return causes;
    }

    private static Pattern any(String... words) {
        return Pattern.compile(Stream.of(words).collect(Collectors.joining("|")), Pattern.CASE_INSENSITIVE);
    }

    /**
     * What is known of the bytes that the drill has restored.
     *
     * @param checksummed their SHA-256 was that of the manifest
     * @param copies in how many stores the backup lies: another copy of a foreign one may be better
     * @param opened a layer that proves itself (encryption, compression) was opened to its end
     */
    record Evidence(boolean checksummed, int copies, boolean opened) {

        boolean bytesAreAsMade() {
            return checksummed || copies == 1 || opened;
        }
    }
}
