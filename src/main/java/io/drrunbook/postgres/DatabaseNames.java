package io.drrunbook.postgres;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Names of the databases beside the live one: {@code shop__dr_1a2b3c4d} for the side database of a run,
 * {@code shop__before_1a2b3c4d} for what it swapped out. The last part is the start of the run's id.
 */
final class DatabaseNames {

    /** PostgreSQL cuts longer names without a word. Section 4.1.1. */
    private static final int LONGEST = 63;

    private static final Pattern OURS = Pattern.compile(".+__(dr|before)_[0-9a-f]{8}");

    private DatabaseNames() {}

    static String side(String live, UUID run) {
        return named(live, "__dr_", run);
    }

    static String before(String live, UUID run) {
        return named(live, "__before_", run);
    }

    /** Whether it is one of those beside {@code live}, and so may be dropped. */
    static boolean beside(String live, String name) {
        int mark = Math.max(name.lastIndexOf("__dr_"), name.lastIndexOf("__before_"));
        return OURS.matcher(name).matches() && live.startsWith(name.substring(0, mark));
    }

    private static String named(String live, String mark, UUID run) {
        String suffix = mark + run.toString().substring(0, 8);
        String start = live;
        while (start.getBytes(StandardCharsets.UTF_8).length + suffix.length() > LONGEST) {
            start = start.substring(0, start.length() - 1);
        }
        return start + suffix;
    }
}
