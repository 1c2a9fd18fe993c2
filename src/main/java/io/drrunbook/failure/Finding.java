package io.drrunbook.failure;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Something that people must know of and that stops nothing: the source has it too, or could have it.
 *
 * @param kind one of the words below; programs outside rely on them
 * @param object what it is about, as a person names it
 * @param sql what finds or mends it; null when there is nothing to run
 */
public record Finding(
        String kind, String object, String detail, @Nullable String sql) {

    /** A foreign key whose rows break it was restored {@code NOT VALID}. */
    public static final String FOREIGN_KEY_NOT_VALID = "foreign_key_not_valid";

    /** A materialized view whose query fails was restored without rows. */
    public static final String MATERIALIZED_VIEW_NOT_POPULATED = "materialized_view_not_populated";

    public static final String FOREIGN_KEY_BROKEN = "foreign_key_broken";
    public static final String CHECK_BROKEN = "check_broken";
    public static final String DOMAIN_BROKEN = "domain_broken";
    public static final String SEQUENCE_BEHIND = "sequence_behind";
    public static final String INDEX_UNSTABLE = "index_unstable";
    public static final String ROWS_NOT_COUNTED = "rows_not_counted";

    /** There are more than are kept. */
    public static final String MORE = "more";

    /** Whether a recovery leaves something for somebody to do: the database lacks what the source had. */
    public boolean leavesWork() {
        return kind.equals(FOREIGN_KEY_NOT_VALID) || kind.equals(MATERIALIZED_VIEW_NOT_POPULATED);
    }

    /** In one line: {@code foreign key not valid: orders_customer_fkey of public.orders: ...}. */
    public String sentence() {
        return kind.replace('_', ' ') + ": " + object + ": " + detail;
    }

    /** The finding that a journal has kept as JSON. */
    public static Finding of(Map<?, ?> members) {
        return new Finding(text(members, "kind"), text(members, "object"), text(members, "detail"), sql(members));
    }

    private static String text(Map<?, ?> members, String member) {
        return Objects.toString(members.get(member), "");
    }

    private static @Nullable String sql(Map<?, ?> members) {
        return Objects.toString(members.get("sql"), null);
    }
}
