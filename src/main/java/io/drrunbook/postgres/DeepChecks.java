package io.drrunbook.postgres;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * What there is to look at in a restored database: its catalog, turned into checks that read the data itself. A restored
 * constraint is valid by what the catalog says, which proves nothing.
 */
final class DeepChecks {

    /** Everything below belongs to PostgreSQL itself. */
    private static final int FIRST_OWN_OID = 16_384;

    /** The schema of the extension's own function: the owner may have made one of the same name elsewhere. */
    private static final String AMCHECK = """
            SELECT quote_ident(n.nspname) FROM pg_extension e
            JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
            JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid AND p.proname = 'bt_index_check'
            JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE e.extname = 'amcheck'""";

    private static final String CORRUPT_INDEX = "XX002";
    private static final String CORRUPT = "XX001";

    /** The same SQLSTATE tells of pages that the server's disk has spoilt. */
    private static final String ROW_NOT_IN_INDEX = "lacks matching index tuple";

    private static final String BROKEN_DOMAIN = "23";
    private static final String NO_RIGHT = "42501";

    /** Under which checks and domains were restored: {@code pg_restore} empties the search path. */
    private static final String PATH = "pg_catalog, pg_temp";

    private static final String BTREES = """
            SELECT format('%%I.%%I', n.nspname, c.relname) AS name, c.oid::bigint AS oid, i.indisvalid AND i.indisready AS valid,
                   a.amname = 'btree' AS btree
            FROM pg_index i
            JOIN pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i' AND c.relpersistence <> 't'
            JOIN pg_class t ON t.oid = i.indrelid AND t.oid >= %d
            JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_am a ON a.oid = c.relam
            ORDER BY c.relpages DESC, c.oid""".formatted(FIRST_OWN_OID);

    /**
     * As PostgreSQL itself validates a foreign key, with the operators that the constraint names. A partition's is covered
     * by that of its table. Columns that came with PostgreSQL 18 are read as JSON, so that older ones need not have them.
     */
    private static final String FOREIGN_KEYS = """
            SELECT c.conname AS name, format('%%I.%%I', n.nspname, t.relname) AS child, t.relkind AS child_kind,
                   format('%%I.%%I', pn.nspname, p.relname) AS parent, p.relkind AS parent_kind,
                   c.confmatchtype = 'f' AS full_match,
                   c.convalidated AND coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true) AS valid,
                   coalesce((to_jsonb(c) ->> 'conperiod')::boolean, false) AS temporal,
                   CASE WHEN t.relowner = p.relowner THEN pg_get_userbyid(t.relowner) END AS owner,
                   k.joined, k.first_parent, k.present, k.any_present
            FROM pg_constraint c
            JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
            JOIN pg_class p ON p.oid = c.confrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
            CROSS JOIN LATERAL (
              SELECT string_agg(format('pk.%%I%%s OPERATOR(%%I.%%s) fk.%%I', pa.attname,
                       CASE WHEN pa.attcollation <> fa.attcollation AND co.oid IS NOT NULL
                            THEN format(' COLLATE %%I.%%I', con.nspname, co.collname) ELSE '' END,
                       opn.nspname, op.oprname, fa.attname), ' AND ' ORDER BY u.ord) AS joined,
                     min(format('pk.%%I', pa.attname)) FILTER (WHERE u.ord = 1) AS first_parent,
                     string_agg(format('fk.%%I IS NOT NULL', fa.attname), ' AND ' ORDER BY u.ord) AS present,
                     string_agg(format('fk.%%I IS NOT NULL', fa.attname), ' OR ' ORDER BY u.ord) AS any_present
              FROM unnest(c.conkey, c.confkey, c.conpfeqop) WITH ORDINALITY AS u(fk, pk, op, ord)
              JOIN pg_attribute fa ON fa.attrelid = c.conrelid AND fa.attnum = u.fk
              JOIN pg_attribute pa ON pa.attrelid = c.confrelid AND pa.attnum = u.pk
              JOIN pg_operator op ON op.oid = u.op JOIN pg_namespace opn ON opn.oid = op.oprnamespace
              LEFT JOIN pg_collation co ON co.oid = pa.attcollation
              LEFT JOIN pg_namespace con ON con.oid = co.collnamespace) k
            WHERE c.contype = 'f' AND c.conparentid = 0 AND t.oid >= %d AND t.relkind IN ('r', 'p')
            ORDER BY t.relpages DESC, c.oid""".formatted(FIRST_OWN_OID);

    /** An inherited one stands at each table that has rows of its own. */
    private static final String CHECKS = """
            SELECT format('%%I.%%I', n.nspname, t.relname) AS table, c.conname AS name,
                   pg_get_userbyid(t.relowner) AS owner,
                   pg_get_expr(c.conbin, c.conrelid) AS expression,
                   c.convalidated AND coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true) AS valid
            FROM pg_constraint c
            JOIN pg_class t ON t.oid = c.conrelid AND t.relkind = 'r' AND t.oid >= %d
            JOIN pg_namespace n ON n.oid = t.relnamespace
            WHERE c.contype = 'c'
            ORDER BY t.relpages DESC, t.oid, c.oid""".formatted(FIRST_OWN_OID);

    /** Domains all of whose constraints are valid; the value is taken out of its domain and put in again. */
    private static final String DOMAINS = """
            SELECT format('%%I.%%I', n.nspname, t.relname) AS table, pg_get_userbyid(t.relowner) AS owner,
                   string_agg(format('count((%%I::%%s)::%%s)', a.attname, format_type(d.typbasetype, d.typtypmod),
                              format_type(d.oid, NULL)), ', ') AS casts,
                   count(*) AS columns
            FROM pg_attribute a
            JOIN pg_class t ON t.oid = a.attrelid AND t.relkind = 'r' AND t.oid >= %d
            JOIN pg_namespace n ON n.oid = t.relnamespace
            JOIN pg_type d ON d.oid = a.atttypid AND d.typtype = 'd'
            WHERE NOT a.attisdropped
              AND EXISTS (SELECT 1 FROM pg_constraint c WHERE c.contypid = d.oid AND c.contype = 'c')
              AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.contypid = d.oid AND NOT c.convalidated)
            GROUP BY 1, 2""".formatted(FIRST_OWN_OID);

    /** Sequences that a column owns, or draws its default from. One that begins anew at its end has no order. */
    private static final String SEQUENCES = """
            SELECT DISTINCT format('%%I.%%I', sn.nspname, s.relname) AS sequence, q.seqincrement AS increment,
                   format('%%I.%%I', n.nspname, t.relname) AS table, format('%%I', a.attname) AS column
            FROM (SELECT objid AS sequence, refobjid AS "table", refobjsubid AS number FROM pg_depend
                  WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass
                    AND deptype IN ('a', 'i') AND refobjsubid > 0
                  UNION
                  SELECT d.refobjid, f.adrelid, f.adnum FROM pg_depend d JOIN pg_attrdef f ON f.oid = d.objid
                  WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass) used
            JOIN pg_class s ON s.oid = used.sequence AND s.relkind = 'S' AND s.relpersistence <> 't'
            JOIN pg_namespace sn ON sn.oid = s.relnamespace
            JOIN pg_sequence q ON q.seqrelid = s.oid AND NOT q.seqcycle
            JOIN pg_class t ON t.oid = used."table" AND t.relkind IN ('r', 'p') AND t.oid >= %d
            JOIN pg_namespace n ON n.oid = t.relnamespace
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = used.number AND NOT a.attisdropped
            JOIN pg_type y ON y.oid = a.atttypid AND y.typcategory = 'N'
            ORDER BY 1, 3, 4""".formatted(FIRST_OWN_OID);

    private final OwnersCode code;
    private final List<String> notes = new CopyOnWriteArrayList<>();

    /** @param code runs whatever may call a function of an owner */
    DeepChecks(OwnersCode code) {
        this.code = code;
    }

    /** What was not checked, a sentence each; complete when the checks have been made. */
    List<String> notes() {
        return notes;
    }

    /** All that this database gives occasion for, the largest first. */
    List<Check> in(Connection connection) throws SQLException {
        List<Check> checks = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            indexes(statement, checks);
            foreignKeys(statement, checks);
            rowConditions(statement, checks);
            domains(statement, checks);
            sequences(statement, checks);
        }
        return checks;
    }

    private void indexes(Statement statement, List<Check> checks) throws SQLException {
        Optional<String> schema = amcheck(statement);
        int others = 0;
        List<String> invalid = new ArrayList<>();
        try (ResultSet row = statement.executeQuery(BTREES)) {
            while (row.next()) {
                String name = row.getString("name");
                if (!row.getBoolean("btree")) {
                    others++;
                } else if (!row.getBoolean("valid")) {
                    invalid.add(name);
                } else {
                    long oid = row.getLong("oid");
                    schema.ifPresent(in -> checks.add(index(in, name, oid)));
                }
            }
        }
        if (others > 0) {
            notes.add(others + " indexes that are no btrees were not checked: amcheck does not know them");
        }
        if (!invalid.isEmpty()) {
            notes.add("indexes that are marked invalid were not checked: " + String.join(", ", invalid));
        }
    }

    /** The schema that amcheck is in; it goes with the side database. Empty when it cannot be had. */
    private Optional<String> amcheck(Statement statement) throws SQLException {
        try (ResultSet there = statement.executeQuery(AMCHECK)) {
            if (there.next()) {
                return Optional.of(there.getString(1));
            }
        }
        try (ResultSet available =
                statement.executeQuery("SELECT 1 FROM pg_available_extensions WHERE name = 'amcheck'")) {
            if (!available.next()) {
                notes.add("the indexes were not checked: the server has no extension amcheck; install"
                        + " postgresql-contrib there");
                return Optional.empty();
            }
        }
        if (!code.superuser()) {
            notes.add("the indexes were not checked: only a superuser may create the extension amcheck");
            return Optional.empty();
        }
        statement.execute("CREATE EXTENSION amcheck SCHEMA " + OwnersCode.SCHEMA);
        return Optional.of(OwnersCode.SCHEMA);
    }

    private static Check index(String schema, String name, long oid) {
        return new Check(Check.Kind.INDEX, 1, statement -> {
            try {
                // What it says is compared; only a superuser may set the language, and only one comes to here.
                statement.execute("SET lc_messages = 'C'");
                statement.execute("SELECT " + schema + ".bt_index_check(" + oid + "::regclass, true)");
                return List.of();
            } catch (SQLException e) {
                if (!isCorrupt(e)) {
                    throw e;
                }
                return List.of(Finding.wrong("index " + name + " is corrupt: " + e.getMessage()));
            }
        });
    }

    private static boolean isCorrupt(SQLException e) {
        return CORRUPT_INDEX.equals(e.getSQLState())
                || CORRUPT.equals(e.getSQLState())
                        && String.valueOf(e.getMessage()).contains(ROW_NOT_IN_INDEX);
    }

    private void foreignKeys(Statement statement, List<Check> checks) throws SQLException {
        for (Map<String, String> row : rows(statement, FOREIGN_KEYS)) {
            String what = "foreign key " + row.get("name") + " of " + row.get("child");
            if (is(row, "temporal")) {
                notes.add(what + " was not checked: it goes by periods of time");
                continue;
            }
            String sql = "SELECT count(*) AS rows FROM " + only(row.get("child_kind")) + row.get("child")
                    + " fk LEFT JOIN " + only(row.get("parent_kind")) + row.get("parent") + " pk ON ("
                    + row.get("joined") + ") WHERE " + row.get("first_parent") + " IS NULL AND ("
                    + row.get(is(row, "full_match") ? "any_present" : "present") + ")";
            boolean valid = is(row, "valid");
            String parent = row.get("parent");
            // A cast of the owner's may stand between the two columns.
            add(statement, checks, what, row.get("owner"), 1, (each, way) -> {
                long rows = way.rows(each, sql).get(0).get("rows").longValue();
                return rows == 0
                        ? List.of()
                        : List.of(Finding.of(
                                valid, rows + " rows break " + what + ": " + parent + " has not what they point to"));
            });
        }
    }

    /** A check whose query may call the owner's code: run with the owner's rights, or not at all, and told. */
    private void add(
            Statement statement, List<Check> checks, String what, @Nullable String owner, int counts, OwnersLook look)
            throws SQLException {
        OwnersCode.Way way = code.as(statement, owner, PATH);
        if (!way.possible()) {
            notes.add(
                    what + " was not checked: its owner is a superuser, and before PostgreSQL 14 there is no role that"
                            + " could read it for us");
            return;
        }
        checks.add(new Check(Check.Kind.CONSTRAINT, counts, each -> {
            try {
                return look.with(each, way);
            } catch (SQLException e) {
                if (!NO_RIGHT.equals(e.getSQLState()) || way.role().isEmpty()) {
                    throw e;
                }
                notes.add(
                        what + " was not checked: as " + way.role() + ", which it is looked at as, " + e.getMessage());
                return List.of();
            }
        }));
    }

    private static boolean is(Map<String, String> row, String column) {
        return "t".equals(row.get(column));
    }

    /** All rows at once, so that the statement is free again. */
    private static List<Map<String, String>> rows(Statement statement, String sql) throws SQLException {
        List<Map<String, String>> rows = new ArrayList<>();
        try (ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                Map<String, String> columns = new HashMap<>();
                for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
                    columns.put(row.getMetaData().getColumnLabel(i), row.getString(i));
                }
                rows.add(columns);
            }
        }
        return rows;
    }

    private static String only(String kind) {
        return kind.equals("r") ? "ONLY " : "";
    }

    /** One pass over each table looks at all its conditions. */
    private void rowConditions(Statement statement, List<Check> checks) throws SQLException {
        Map<String, List<Condition>> tables = new LinkedHashMap<>();
        Map<String, String> owners = new HashMap<>();
        for (Map<String, String> row : rows(statement, CHECKS)) {
            tables.computeIfAbsent(row.get("table"), table -> new ArrayList<>())
                    .add(new Condition(row.get("name"), row.get("expression"), is(row, "valid")));
            owners.put(row.get("table"), row.get("owner"));
        }
        for (Map.Entry<String, List<Condition>> table : tables.entrySet()) {
            List<Condition> conditions = table.getValue();
            add(
                    statement,
                    checks,
                    "what checks say of " + table.getKey(),
                    owners.get(table.getKey()),
                    conditions.size(),
                    (each, way) -> broken(each, way, table.getKey(), conditions));
        }
    }

    private static List<Finding> broken(
            Statement statement, OwnersCode.Way way, String table, List<Condition> conditions) throws SQLException {
        List<String> counts = new ArrayList<>();
        for (int i = 0; i < conditions.size(); i++) {
            counts.add("count(*) FILTER (WHERE NOT (" + conditions.get(i).expression() + ")) AS c" + i);
        }
        JsonNode row = way.rows(statement, "SELECT " + String.join(", ", counts) + " FROM ONLY " + table)
                .get(0);
        List<Finding> findings = new ArrayList<>();
        for (int i = 0; i < conditions.size(); i++) {
            long rows = row.get("c" + i).longValue();
            if (rows > 0) {
                Condition condition = conditions.get(i);
                findings.add(Finding.of(
                        condition.valid(),
                        rows + " rows of " + table + " break check " + condition.name() + " (" + condition.expression()
                                + ")"));
            }
        }
        return findings;
    }

    private void domains(Statement statement, List<Check> checks) throws SQLException {
        for (Map<String, String> row : rows(statement, DOMAINS)) {
            String table = row.get("table");
            String sql = "SELECT " + row.get("casts") + " FROM ONLY " + table;
            int columns = Integer.parseInt(row.get("columns"));
            add(statement, checks, "what domains say of " + table, row.get("owner"), columns, (each, way) -> {
                try {
                    way.rows(each, sql);
                    return List.of();
                } catch (SQLException e) {
                    if (e.getSQLState() == null || !e.getSQLState().startsWith(BROKEN_DOMAIN)) {
                        throw e;
                    }
                    return List.of(Finding.wrong("a value in " + table + " is not of its domain: " + e.getMessage()));
                }
            });
        }
    }

    private static void sequences(Statement statement, List<Check> checks) throws SQLException {
        try (ResultSet row = statement.executeQuery(SEQUENCES)) {
            while (row.next()) {
                String sequence = row.getString("sequence");
                String table = row.getString("table");
                String column = row.getString("column");
                long increment = row.getLong("increment");
                boolean up = increment > 0;
                String sql = "SELECT q.next, t.used, t.used " + (up ? ">=" : "<=")
                        + " q.next FROM (SELECT last_value + CASE WHEN is_called THEN " + increment
                        + "::numeric ELSE 0 END AS next FROM " + sequence + ") q, (SELECT " + (up ? "max" : "min") + "("
                        + column + ") AS used FROM " + table + ") t";
                checks.add(new Check(Check.Kind.SEQUENCE, 1, each -> {
                    try (ResultSet found = each.executeQuery(sql)) {
                        found.next();
                        return found.getBoolean(3)
                                ? List.of(Finding.wrong(
                                        "sequence " + sequence + " gives " + found.getString(1) + " next," + " but "
                                                + table + "." + column + " has come to " + found.getString(2)))
                                : List.of();
                    }
                }));
            }
        }
    }

    private record Condition(String name, String expression, boolean valid) {}

    /** One thing that was found. */
    record Finding(boolean condemns, String text) {

        static Finding wrong(String text) {
            return new Finding(true, text);
        }

        /** Rows that break a constraint that is not valid were allowed to be there. */
        static Finding of(boolean valid, String text) {
            return valid ? wrong(text) : new Finding(false, text + "; it is NOT VALID, so they may");
        }
    }

    /** One look into the data. */
    record Check(Kind kind, int counts, Look look) {

        enum Kind {
            INDEX,
            CONSTRAINT,
            SEQUENCE
        }
    }

    /** Looks with the rights of an owner, and says what it found. */
    @FunctionalInterface
    private interface OwnersLook {
        List<Finding> with(Statement statement, OwnersCode.Way way) throws SQLException;
    }

    /** Looks, and says what it found. */
    @FunctionalInterface
    interface Look {
        List<Finding> with(Statement statement) throws SQLException;
    }
}
