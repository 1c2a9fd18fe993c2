package io.drrunbook.postgres;

import java.sql.SQLException;
import java.util.Objects;
import java.util.Set;

/** What PostgreSQL's error codes say: whether the statement with its data is wrong, or the server has its troubles. */
final class SqlState {

    static final String FOREIGN_KEY_VIOLATION = "23503";
    static final String NOT_POPULATED = "55000";

    private static final String NO_RIGHT = "42501";

    /** Classes of what a wrong statement ends with; others are the server's trouble. */
    private static final Set<String> WRONG_STATEMENT = Set.of("0A", "21", "22", "25", "42", "P0");

    /** Classes of what the server, its disk or another session is to blame for. */
    private static final Set<String> SERVER = Set.of("40", "53", "57", "58");

    private static final Set<String> SERVER_ALONE = Set.of("55P03", "XX001", "XX002");

    private SqlState() {}

    /** Whether the statement itself is wrong here, and not for want of a right. */
    static boolean wrongStatement(SQLException e) {
        String state = of(e);
        return state.length() == 5 && !state.equals(NO_RIGHT) && WRONG_STATEMENT.contains(state.substring(0, 2));
    }

    /** Whether a statement that comes with the data, such as a view's query, failed by itself; the session lives on. */
    static boolean failedByItself(SQLException e) {
        String state = of(e);
        return state.length() == 5 && !SERVER.contains(state.substring(0, 2)) && !SERVER_ALONE.contains(state);
    }

    static String of(SQLException e) {
        return Objects.requireNonNullElse(e.getSQLState(), "");
    }
}
