package io.drrunbook.postgres;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What there is to look at in a restored database: its catalog, turned into checks that read the data itself. A restored
 * constraint is valid by what the catalog says, which proves nothing.
 */
final class DeepChecks {

    /** Everything below belongs to PostgreSQL itself. */
    private static final int FIRST_OWN_OID = 16_384;

    private static final String CORRUPT_INDEX = "XX002";
    private static final String CORRUPT = "XX001";

    /** The same SQLSTATE tells of pages that the server's disk has spoilt. */
    private static final String ROW_NOT_IN_INDEX = "lacks matching index tuple";

    private static final String BROKEN_DOMAIN = "23";
    private static final String SCHEMA = "dr_runbook_drill";

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
                   pg_get_expr(c.conbin, c.conrelid) AS expression,
                   c.convalidated AND coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true) AS valid
            FROM pg_constraint c
            JOIN pg_class t ON t.oid = c.conrelid AND t.relkind = 'r' AND t.oid >= %d
            JOIN pg_namespace n ON n.oid = t.relnamespace
            WHERE c.contype = 'c'
            ORDER BY t.relpages DESC, t.oid, c.oid""".formatted(FIRST_OWN_OID);

    /** Domains all of whose constraints are valid; the value is taken out of its domain and put in again. */
    private static final String DOMAINS = """
            SELECT format('%%I.%%I', n.nspname, t.relname) AS table,
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
            GROUP BY 1""".formatted(FIRST_OWN_OID);

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

    private final List<String> notes = new ArrayList<>();

    /** What was not checked, a sentence each. */
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
        try (ResultSet there = statement.executeQuery(
                "SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
                        + " WHERE e.extname = 'amcheck'")) {
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
        try (ResultSet superuser = statement.executeQuery("SHOW is_superuser")) {
            superuser.next();
            if (!superuser.getString(1).equals("on")) {
                notes.add("the indexes were not checked: only a superuser may create the extension amcheck");
                return Optional.empty();
            }
        }
        statement.execute("CREATE SCHEMA " + SCHEMA);
        statement.execute("CREATE EXTENSION amcheck SCHEMA " + SCHEMA);
        return Optional.of(SCHEMA);
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
        try (ResultSet row = statement.executeQuery(FOREIGN_KEYS)) {
            while (row.next()) {
                String what = "foreign key " + row.getString("name") + " of " + row.getString("child");
                if (row.getBoolean("temporal")) {
                    notes.add(what + " was not checked: it goes by periods of time");
                    continue;
                }
                String sql = "SELECT count(*) FROM " + only(row.getString("child_kind")) + row.getString("child")
                        + " fk LEFT JOIN " + only(row.getString("parent_kind")) + row.getString("parent") + " pk ON ("
                        + row.getString("joined") + ") WHERE " + row.getString("first_parent") + " IS NULL AND ("
                        + row.getString(row.getBoolean("full_match") ? "any_present" : "present") + ")";
                boolean valid = row.getBoolean("valid");
                String parent = row.getString("parent");
                checks.add(new Check(Check.Kind.CONSTRAINT, 1, each -> {
                    long rows = number(each, sql);
                    return rows == 0
                            ? List.of()
                            : List.of(Finding.of(
                                    valid,
                                    rows + " rows break " + what + ": " + parent + " has not what they point to"));
                }));
            }
        }
    }

    private static String only(String kind) {
        return kind.equals("r") ? "ONLY " : "";
    }

    /** One pass over each table looks at all its conditions. */
    private static void rowConditions(Statement statement, List<Check> checks) throws SQLException {
        Map<String, List<Condition>> tables = new LinkedHashMap<>();
        try (ResultSet row = statement.executeQuery(CHECKS)) {
            while (row.next()) {
                tables.computeIfAbsent(row.getString("table"), table -> new ArrayList<>())
                        .add(new Condition(
                                row.getString("name"), row.getString("expression"), row.getBoolean("valid")));
            }
        }
        tables.forEach((table, conditions) -> checks.add(
                new Check(Check.Kind.CONSTRAINT, conditions.size(), each -> broken(each, table, conditions))));
    }

    private static List<Finding> broken(Statement statement, String table, List<Condition> conditions)
            throws SQLException {
        List<String> counts = conditions.stream()
                .map(condition -> "count(*) FILTER (WHERE NOT (" + condition.expression() + "))")
                .toList();
        List<Finding> findings = new ArrayList<>();
        try (ResultSet row = statement.executeQuery("SELECT " + String.join(", ", counts) + " FROM ONLY " + table)) {
            row.next();
            for (int i = 0; i < conditions.size(); i++) {
                long rows = row.getLong(i + 1);
                if (rows > 0) {
                    Condition condition = conditions.get(i);
                    findings.add(Finding.of(
                            condition.valid(),
                            rows + " rows of " + table + " break check " + condition.name() + " ("
                                    + condition.expression() + ")"));
                }
            }
        }
        return findings;
    }

    private static void domains(Statement statement, List<Check> checks) throws SQLException {
        try (ResultSet row = statement.executeQuery(DOMAINS)) {
            while (row.next()) {
                String table = row.getString("table");
                String sql = "SELECT " + row.getString("casts") + " FROM ONLY " + table;
                checks.add(new Check(Check.Kind.CONSTRAINT, row.getInt("columns"), each -> {
                    try {
                        each.execute(sql);
                        return List.of();
                    } catch (SQLException e) {
                        if (e.getSQLState() == null || !e.getSQLState().startsWith(BROKEN_DOMAIN)) {
                            throw e;
                        }
                        return List.of(
                                Finding.wrong("a value in " + table + " is not of its domain: " + e.getMessage()));
                    }
                }));
            }
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

    private static long number(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            row.next();
            return row.getLong(1);
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

    /** Looks, and says what it found. */
    @FunctionalInterface
    interface Look {
        List<Finding> with(Statement statement) throws SQLException;
    }
}
