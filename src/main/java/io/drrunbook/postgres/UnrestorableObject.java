package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.tool.ToolFailedException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Says of a dump that cannot be restored which object of its source makes it so, and what is to be changed there. It reads
 * what the tool complained of, for a person to read; nothing is decided by it.
 */
public final class UnrestorableObject {

    private static final Pattern ENTRY = Pattern.compile("from TOC entry \\d+; \\d+ \\d+ (.+)$");
    private static final Pattern COPIED = Pattern.compile("COPY failed for table (.+?): ERROR:");
    private static final Pattern ERROR = Pattern.compile("ERROR:\\s+(.+)$");

    /** By what PostgreSQL says, in the order in which it is looked for. */
    private static final List<Map.Entry<Pattern, String>> ADVICE = List.of(
            advice(
                    "violates foreign key constraint",
                    "its rows point to what is not there: delete or mend them in the source. An archive that is no plain dump"
                            + " is restored all the same with dr.restore.on-post-data-error=report and dr.restore.mode=swap"),
            advice(
                    "could not create unique index|duplicate key value|is duplicated",
                    "its rows are not unique, which its index in the source does not show because it is damaged: look for"
                            + " them there with enable_indexscan, enable_indexonlyscan and enable_bitmapscan off, delete"
                            + " them, then REINDEX it"),
            advice(
                    "violates check constraint|is violated by some row",
                    "its rows break the check now: it was made or changed behind them, or its function looks at other tables"
                            + " or at the clock. Mend the rows in the source, or make a trigger of the check"),
            advice(
                    "violates exclusion constraint|conflicting key value|could not create exclusion constraint",
                    "its rows exclude each other: find and mend them in the source"),
            advice(
                    "violates not-null constraint|contains null values",
                    "it has rows without a value: find and mend them in the source"),
            advice(
                    "(?:relation|function|operator|type|schema) .*does not exist|operator does not exist",
                    "it, or a function that it calls, relies on search_path, which is empty in a restore: in the source, give"
                            + " names their schema, or ALTER FUNCTION ... SET search_path"),
            advice(
                    "division by zero|out of range|invalid input syntax|value too long|invalid byte sequence",
                    "a value in it is not what it was when it was written: find and mend it in the source"));

    private UnrestorableObject() {}

    /**
     * The same failure, with the object and what to change in the source where that can be said.
     *
     * @return a {@link RunbookException} with code {@code object_not_restorable}, caused by the failure; else the failure
     *     itself
     */
    public static Exception named(Exception failure) {
        if (!(failure instanceof ToolFailedException tool)) {
            return failure;
        }
        List<String> lines = Arrays.asList(String.valueOf(tool.getMessage()).split(" \\| "));
        Optional<String> error = first(lines, ERROR);
        return error.flatMap(UnrestorableObject::adviceFor)
                .<Exception>map(advice -> new RunbookException(
                        "object_not_restorable",
                        "the backup cannot be restored, because its source holds what no dump of it can bring back: "
                                + object(lines).map(object -> object + ": ").orElse("") + error.get() + "; " + advice
                                + ". Then take another backup. " + tool.getMessage(),
                        tool))
                .orElse(failure);
    }

    private static Optional<String> adviceFor(String error) {
        return ADVICE.stream()
                .filter(advice -> advice.getKey().matcher(error).find())
                .map(Map.Entry::getValue)
                .findFirst();
    }

    private static Optional<String> object(List<String> lines) {
        return first(lines, COPIED).map(table -> "table " + table).or(() -> first(lines, ENTRY));
    }

    private static Optional<String> first(List<String> lines, Pattern pattern) {
        return lines.stream()
                .map(pattern::matcher)
                .filter(Matcher::find)
                .map(found -> found.group(1))
                .findFirst();
    }

    private static Map.Entry<Pattern, String> advice(String said, String advice) {
        return Map.entry(Pattern.compile(said, Pattern.CASE_INSENSITIVE), advice);
    }
}
