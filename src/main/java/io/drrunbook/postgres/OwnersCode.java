package io.drrunbook.postgres;

import static io.drrunbook.postgres.Identifiers.identifier;
import static io.drrunbook.postgres.Identifiers.literal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Runs queries that call functions of a restored database's owners (checks, domains, casts, what the owner says must be
 * true) with no more rights than an owner has, also when the service logs in as a superuser.
 *
 * <p>{@code SET ROLE} is no fence: a function takes it back with {@code RESET ROLE}, because the session is still the
 * superuser's. Inside of a {@code SECURITY DEFINER} function PostgreSQL refuses to set role and session authorization, in
 * whatever is called from there, too. So each query goes through such a function that belongs to the owner, in a schema
 * whose contents nobody else can name, in a read-only transaction that is always rolled back: what the query has set for the
 * session goes with it, and no deferred trigger is left to run behind it.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-createfunction.html">SECURITY DEFINER</a>
 */
final class OwnersCode {

    /** Ours in the side database of a drill, and gone with it. */
    static final String SCHEMA = "dr_runbook_drill";

    /** Reads every table and owns nothing; there since PostgreSQL 14. It stands in for an owner that is a superuser. */
    private static final String READS_ALL = "pg_read_all_data";

    private static final String NO_RIGHT = "42501";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final boolean superuser;
    private final boolean schema;
    private final Map<String, Way> ways = new HashMap<>();

    private OwnersCode(boolean superuser, boolean schema) {
        this.superuser = superuser;
        this.schema = schema;
    }

    /** Makes the schema. A DDL event trigger that came with the dump is somebody's code as well: it is silenced first. */
    static OwnersCode in(Statement statement) throws SQLException {
        boolean superuser = "on".equals(value(statement, "SHOW is_superuser"));
        EventTriggers.silence(statement);
        try {
            // A drill that goes on after the service has died has made one before; so may the dump have.
            statement.execute("DROP SCHEMA IF EXISTS " + SCHEMA + " CASCADE");
            statement.execute("CREATE SCHEMA " + SCHEMA);
            return new OwnersCode(superuser, true);
        } catch (SQLException e) {
            if (superuser || !NO_RIGHT.equals(e.getSQLState())) {
                throw e;
            }
            return new OwnersCode(false, false);
        }
    }

    boolean superuser() {
        return superuser;
    }

    /**
     * A way to run queries with that role's rights.
     *
     * @param role name of the role; null when nobody knows
     * @param path search path for them, as {@code SHOW search_path} prints it
     */
    Way as(Statement statement, @Nullable String role, String path) throws SQLException {
        String key = role + "\n" + path;
        Way known = ways.get(key);
        if (known == null) {
            known = make(statement, role, path);
            ways.put(key, known);
        }
        return known;
    }

    private Way make(Statement statement, @Nullable String role, String path) throws SQLException {
        List<String> candidates = values(
                statement,
                "SELECT rolname FROM pg_roles WHERE rolname = " + literal(READS_ALL)
                        + (role == null ? "" : " OR rolname = " + literal(role) + " AND NOT rolsuper")
                        + " ORDER BY rolname = " + literal(READS_ALL));
        if (!schema || candidates.isEmpty()) {
            return direct();
        }
        String function = SCHEMA + ".rows_" + ways.size();
        String as = candidates.get(0);
        Connection connection = statement.getConnection();
        connection.setAutoCommit(false);
        try {
            statement.execute("CREATE FUNCTION " + function + "(query text) RETURNS SETOF text LANGUAGE plpgsql"
                    + " SECURITY DEFINER SET search_path TO " + list(path) + " AS " + literal("""
                    DECLARE
                      one record;
                    BEGIN
                      FOR one IN EXECUTE query LOOP
                        RETURN NEXT pg_catalog.to_jsonb(one)::pg_catalog.text;
                      END LOOP;
                    END"""));
            // Nobody else may name what is in the schema, so this gives it to our sessions only.
            statement.execute("GRANT EXECUTE ON FUNCTION " + function + "(text) TO PUBLIC");
            // A new owner must be able to make things where it is; only superusers are not asked.
            if (!superuser) {
                statement.execute("GRANT CREATE ON SCHEMA " + SCHEMA + " TO " + identifier(as));
            }
            statement.execute("ALTER FUNCTION " + function + "(text) OWNER TO " + identifier(as));
            if (!superuser) {
                statement.execute("REVOKE CREATE ON SCHEMA " + SCHEMA + " FROM " + identifier(as));
            }
            connection.commit();
            return new Way(function, as);
        } catch (SQLException e) {
            connection.rollback();
            if (superuser || !NO_RIGHT.equals(e.getSQLState())) {
                throw e;
            }
            return direct();
        } finally {
            connection.setAutoCommit(true);
        }
    }

    /** A role that is no superuser has a bound of its own. A superuser has none, and must not run it. */
    private Way direct() {
        return new Way(superuser ? null : "", "");
    }

    private static String list(String path) {
        return DatabaseProperties.elements(path).stream()
                .map(Identifiers::literal)
                .collect(Collectors.joining(", "));
    }

    private static String value(Statement statement, String sql) throws SQLException {
        return values(statement, sql).get(0);
    }

    private static List<String> values(Statement statement, String sql) throws SQLException {
        List<String> values = new ArrayList<>();
        try (ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                values.add(row.getString(1));
            }
        }
        return values;
    }

    /**
     * A way to run queries.
     *
     * @param function that runs them; empty for no detour, null when there is no way that is safe
     * @param role whose rights they have; empty for those of the session
     */
    record Way(@Nullable String function, String role) {

        boolean possible() {
            return function != null;
        }

        /**
         * The rows of one query, each with its columns by name; nothing it does stays.
         *
         * @throws SQLException also when it is more than one statement, or one that gives no rows
         */
        List<JsonNode> rows(Statement statement, String query) throws SQLException {
            if (function == null) {
                throw new IllegalStateException("nobody here may run " + query);
            }
            Connection connection = statement.getConnection();
            connection.setAutoCommit(false);
            try {
                statement.execute("SET TRANSACTION READ ONLY");
                return read(statement, query, function);
            } finally {
                if (!connection.isClosed()) {
                    connection.rollback();
                    connection.setAutoCommit(true);
                }
            }
        }

        private static List<JsonNode> read(Statement statement, String query, String function) throws SQLException {
            String sql = function.isEmpty()
                    ? "SELECT to_jsonb(one)::text FROM (" + query.strip().replaceAll(";$", "") + "\n) AS one"
                    : "SELECT * FROM " + function + "(" + literal(query) + ")";
            List<JsonNode> rows = new ArrayList<>();
            for (String row : values(statement, sql)) {
                try {
                    rows.add(JSON.readTree(row));
                } catch (JsonProcessingException e) {
                    throw new IllegalStateException("PostgreSQL writes JSON that can be read", e);
                }
            }
            return rows;
        }
    }
}
