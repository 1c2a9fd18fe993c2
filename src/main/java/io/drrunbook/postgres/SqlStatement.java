package io.drrunbook.postgres;

import java.util.ArrayList;
import java.util.List;

/**
 * One statement as far as it stands outside of parentheses: enough to tell what it makes and whom it names, and small
 * however long its rows or bodies are.
 */
final class SqlStatement {

    /** More than any grant, policy or setting of {@code pg_dump} has. */
    private static final int MOST_TOKENS = 4096;

    private final List<SqlToken> tokens = new ArrayList<>();
    private boolean begun;
    private boolean whole = true;

    void add(SqlToken token) {
        begun = true;
        if (tokens.size() < MOST_TOKENS) {
            tokens.add(token);
        } else {
            whole = false;
        }
    }

    /** Something that is not kept stands here. */
    void begin() {
        begun = true;
    }

    /** A text was too long to keep, or has escapes that are not understood. */
    void leftOut() {
        whole = false;
    }

    boolean isEmpty() {
        return !begun;
    }

    /** Whether all of it outside of parentheses is in {@link #tokens()}. */
    boolean isWhole() {
        return whole;
    }

    List<SqlToken> tokens() {
        return tokens;
    }

    /** The word at that place; empty when there is none, or something else. */
    String word(int index) {
        return index < tokens.size() && tokens.get(index).kind() == SqlToken.Kind.WORD
                ? tokens.get(index).text()
                : "";
    }

    boolean startsWith(String... words) {
        for (int index = 0; index < words.length; index++) {
            if (!word(index).equals(words[index])) {
                return false;
            }
        }
        return true;
    }

    /** The last place of one of these words; -1 when there is none. */
    int last(String... words) {
        for (int index = tokens.size() - 1; index >= 0; index--) {
            if (List.of(words).contains(word(index))) {
                return index;
            }
        }
        return -1;
    }
}
