package io.drrunbook.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Whether a statement is inside the body of {@code CREATE FUNCTION ... BEGIN ATOMIC ... END}, in which a semicolon does
 * not end it. The rule is psql's (psqlscan.l), which is no parser either.
 */
final class SqlBodies {

    private static final Set<List<String>> WITH_BODY = Set.of(
            List.of("create", "function"),
            List.of("create", "procedure"),
            List.of("create", "or", "replace", "function"),
            List.of("create", "or", "replace", "procedure"));

    private final List<String> beginning = new ArrayList<>();
    private boolean mayHaveBody;
    private int depth;

    /** Takes the next word of the statement. */
    void word(String word, int parentheses) {
        if (beginning.size() < 4) {
            beginning.add(word);
            mayHaveBody |= WITH_BODY.contains(beginning);
        }
        if (!mayHaveBody || parentheses > 0) {
            return;
        }
        if (word.equals("begin") || word.equals("case") && depth > 0) {
            depth++;
        } else if (word.equals("end") && depth > 0) {
            depth--;
        }
    }

    boolean isOpen() {
        return depth > 0;
    }
}
