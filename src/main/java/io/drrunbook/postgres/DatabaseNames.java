package io.drrunbook.postgres;

import java.util.UUID;
import java.util.regex.Pattern;

/**
 * The names a database has in the course of a run.
 *
 * @param live what the application connects to
 * @param side where the backup is restored to and proven; after a rollback, the database that was rolled back
 * @param before the database that was live before the swap
 */
public record DatabaseNames(String live, String side, String before) {

    private static final String SIDE = "__dr_";
    private static final String BEFORE = "__before_";
    private static final Pattern SUFFIX = Pattern.compile("(" + SIDE + "|" + BEFORE + ")[0-9a-f]{8}$");

    /** Names for that run; two runs of one application never share one. */
    public static DatabaseNames of(String live, UUID run) {
        String id = run.toString().substring(0, 8);
        return new DatabaseNames(
                live, Identifiers.withSuffix(live, SIDE + id), Identifiers.withSuffix(live, BEFORE + id));
    }

    /** Whether a run made that name for a database of this live name. */
    static boolean belongsTo(String live, String candidate) {
        var suffix = SUFFIX.matcher(candidate);
        return suffix.find() && candidate.equals(Identifiers.withSuffix(live, suffix.group()));
    }
}
