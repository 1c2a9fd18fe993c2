package io.drrunbook.postgres;

import com.fasterxml.jackson.databind.JsonNode;
import io.drrunbook.failure.Finding;
import io.drrunbook.postgres.ForeignKeys.ForeignKey;
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
 *
 * <p>What they find came with the rows, so the database that was backed up has it too: it is told, and condemns nothing. Only
 * an index that this server has just built from plain columns and that is wrong says something, of this server.
 */
final class DeepChecks {

    /** Everything below belongs to PostgreSQL itself. */
    static final int FIRST_OWN_OID = 16_384;

    /** The schema of the extension's own function: the owner may have made one of the same name elsewhere. */
    private static final String AMCHECK = """
            SELECT pg_catalog.quote_ident(n.nspname) FROM pg_catalog.pg_extension e
            JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
              AND d.refobjid = e.oid AND d.deptype = 'e'
            JOIN pg_catalog.pg_proc p ON d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = d.objid
              AND p.proname = 'bt_index_check'
            JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
            WHERE e.extname = 'amcheck'""";

    private static final String CORRUPT_INDEX = "XX002";
    private static final String CORRUPT = "XX001";

    /** The same SQLSTATE tells of pages that the server's disk has spoilt. */
    private static final String ROW_NOT_IN_INDEX = "lacks matching index tuple";

    private static final String BROKEN_DOMAIN = "23";
    private static final String NO_RIGHT = "42501";

    /** Under which checks and domains were restored: {@code pg_restore} empties the search path. */
    private static final String PATH = "pg_catalog, pg_temp";

    /** An index that code of the database itself decides about: an expression, a condition, an operator class. */
    private static final String BTREES = """
            SELECT pg_catalog.format('%%I.%%I', n.nspname, c.relname) AS name, c.oid::bigint AS oid,
                   i.indisvalid AND i.indisready AS valid, a.amname = 'btree' AS btree,
                   i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
                     OR EXISTS (SELECT 1 FROM unnest(i.indclass::pg_catalog.oid[]) o WHERE o >= %1$d) AS own_code
            FROM pg_catalog.pg_index i
            JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i' AND c.relpersistence <> 't'
            JOIN pg_catalog.pg_class t ON t.oid = i.indrelid AND t.oid >= %1$d
            JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_catalog.pg_am a ON a.oid = c.relam
            ORDER BY c.relpages DESC, c.oid""".formatted(FIRST_OWN_OID);

    /** Whether the constraint {@code c} calls functions or operators that are not PostgreSQL's own. */
    private static final String OWN_CODE = """
            EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_constraint'::pg_catalog.regclass AND d.objid = c.oid
                      AND d.refclassid IN ('pg_catalog.pg_proc'::pg_catalog.regclass,
                                           'pg_catalog.pg_operator'::pg_catalog.regclass)
                      AND d.refobjid >= %d)""".formatted(FIRST_OWN_OID);

    /** An inherited one stands at each table that has rows of its own. */
    private static final String CHECKS = """
            SELECT pg_catalog.format('%%I.%%I', n.nspname, t.relname) AS table, pg_catalog.quote_ident(c.conname) AS name,
                   pg_catalog.pg_get_userbyid(t.relowner) AS owner,
                   pg_catalog.pg_get_expr(c.conbin, c.conrelid) AS expression,
                   c.convalidated AND coalesce((pg_catalog.to_jsonb(c) ->> 'conenforced')::boolean, true) AS valid,
                   %s AS own_code
            FROM pg_catalog.pg_constraint c
            JOIN pg_catalog.pg_class t ON t.oid = c.conrelid AND t.relkind = 'r' AND t.oid >= %d
            JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
            WHERE c.contype = 'c'
            ORDER BY t.relpages DESC, t.oid, c.oid""".formatted(OWN_CODE, FIRST_OWN_OID);

    /** Domains all of whose constraints are valid; the value is taken out of its domain and put in again. */
    private static final String DOMAINS = """
            SELECT pg_catalog.format('%%I.%%I', n.nspname, t.relname) AS table,
                   pg_catalog.pg_get_userbyid(t.relowner) AS owner,
                   pg_catalog.string_agg(pg_catalog.format('pg_catalog.count((%%I::%%s)::%%s)', a.attname,
                              pg_catalog.format_type(d.typbasetype, d.typtypmod),
                              pg_catalog.format_type(d.oid, NULL)), ', ') AS casts,
                   pg_catalog.count(*) AS columns
            FROM pg_catalog.pg_attribute a
            JOIN pg_catalog.pg_class t ON t.oid = a.attrelid AND t.relkind = 'r' AND t.oid >= %d
            JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
            JOIN pg_catalog.pg_type d ON d.oid = a.atttypid AND d.typtype = 'd'
            WHERE NOT a.attisdropped
              AND EXISTS (SELECT 1 FROM pg_catalog.pg_constraint c WHERE c.contypid = d.oid AND c.contype = 'c')
              AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_constraint c WHERE c.contypid = d.oid
                              AND (NOT c.convalidated OR %s))
            GROUP BY 1, 2""".formatted(FIRST_OWN_OID, OWN_CODE);

    /**
     * Sequences that a column owns and takes its default from as they come: identities, and {@code nextval} of just that
     * sequence. With any other default nobody can say what comes next. One that begins anew at its end has no order. The rows
     * of foreign tables are elsewhere.
     */
    private static final String SEQUENCES = """
            SELECT pg_catalog.format('%%I.%%I', sn.nspname, s.relname) AS sequence, q.seqincrement AS increment,
                   pg_catalog.format('%%I.%%I', n.nspname, t.relname) AS table,
                   pg_catalog.quote_ident(a.attname) AS column,
                   CASE t.relkind
                     WHEN 'r' THEN pg_catalog.format('SELECT %%I AS v FROM ONLY %%I.%%I', a.attname, n.nspname, t.relname)
                     ELSE (SELECT pg_catalog.string_agg(pg_catalog.format('SELECT %%I AS v FROM ONLY %%I.%%I', a.attname,
                                    ln.nspname, l.relname), ' UNION ALL ')
                           FROM pg_catalog.pg_partition_tree(t.oid) p
                           JOIN pg_catalog.pg_class l ON l.oid = p.relid AND l.relkind = 'r'
                           JOIN pg_catalog.pg_namespace ln ON ln.oid = l.relnamespace
                           WHERE p.isleaf)
                   END AS values
            FROM pg_catalog.pg_depend o
            JOIN pg_catalog.pg_class s ON s.oid = o.objid AND s.relkind = 'S' AND s.relpersistence <> 't'
            JOIN pg_catalog.pg_namespace sn ON sn.oid = s.relnamespace
            JOIN pg_catalog.pg_sequence q ON q.seqrelid = s.oid AND NOT q.seqcycle
            JOIN pg_catalog.pg_class t ON t.oid = o.refobjid AND t.relkind IN ('r', 'p') AND t.oid >= %d
            JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
            JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum = o.refobjsubid AND NOT a.attisdropped
            JOIN pg_catalog.pg_type y ON y.oid = a.atttypid AND y.typcategory = 'N'
            LEFT JOIN pg_catalog.pg_attrdef f ON f.adrelid = t.oid AND f.adnum = a.attnum
            WHERE o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
              AND o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.refobjsubid > 0
              AND (o.deptype = 'i' OR o.deptype = 'a' AND pg_catalog.pg_get_expr(f.adbin, f.adrelid)
                     = pg_catalog.format('nextval(%%L::regclass)', s.oid::pg_catalog.regclass::text))
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
                    boolean ownCode = row.getBoolean("own_code");
                    schema.ifPresent(in -> checks.add(index(in, name, oid, ownCode)));
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
                statement.executeQuery("SELECT 1 FROM pg_catalog.pg_available_extensions WHERE name = 'amcheck'")) {
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

    private static Check index(String schema, String name, long oid, boolean ownCode) {
        return new Check(Check.Kind.INDEX, 1, statement -> {
            try {
                // What it says is compared; only a superuser may set the language, and only one comes to here.
                statement.execute("SET lc_messages = 'C'");
                statement.execute("SELECT " + schema + ".bt_index_check(" + oid + "::pg_catalog.regclass, true)");
                return Found.NOTHING;
            } catch (SQLException e) {
                if (ownCode && (isCorrupt(e) || SqlState.wrongStatement(e))) {
                    return Found.of(new Finding(
                            Finding.INDEX_UNSTABLE,
                            "index " + name,
                            "its expression, condition or operators give other results than when it was built, just now: "
                                    + e.getMessage()
                                    + "; what reads it may miss rows. Its functions are no IMMUTABLE ones,"
                                    + " or depend on search_path",
                            "REINDEX INDEX " + name));
                }
                if (!isCorrupt(e)) {
                    throw e;
                }
                return Found.fault("index " + name + " is corrupt: " + e.getMessage());
            }
        });
    }

    private static boolean isCorrupt(SQLException e) {
        return CORRUPT_INDEX.equals(e.getSQLState())
                || CORRUPT.equals(e.getSQLState())
                        && String.valueOf(e.getMessage()).contains(ROW_NOT_IN_INDEX);
    }

    private void foreignKeys(Statement statement, List<Check> checks) throws SQLException {
        for (ForeignKey key : ForeignKeys.in(statement)) {
            if (key.orphans() == null) {
                notes.add("foreign key " + key.title() + " was not checked: it goes by periods of time");
                continue;
            }
            String what = "foreign key " + key.title();
            // A cast of the owner's may stand between the two columns.
            add(statement, checks, what, key.owner(), 1, (each, way) -> {
                long rows = way.rows(each, "SELECT pg_catalog.count(*) AS rows " + key.orphans())
                        .get(0)
                        .get("rows")
                        .longValue();
                if (rows == 0) {
                    return Found.NOTHING;
                }
                String broken = rows + " rows point to what " + key.parent() + " has not";
                return key.valid()
                        ? Found.of(new Finding(Finding.FOREIGN_KEY_BROKEN, what, broken, key.findOrphans()))
                        : Found.allowed(what + ": " + broken);
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
                return Found.note(
                        what + " was not checked: as " + way.role() + ", which it is looked at as, " + e.getMessage());
            }
        }));
    }

    /** One pass over each table looks at all its conditions. */
    private void rowConditions(Statement statement, List<Check> checks) throws SQLException {
        Map<String, List<Condition>> tables = new LinkedHashMap<>();
        Map<String, String> owners = new HashMap<>();
        try (ResultSet row = statement.executeQuery(CHECKS)) {
            while (row.next()) {
                String table = row.getString("table");
                if (row.getBoolean("own_code")) {
                    notes.add("check " + row.getString("name") + " of " + table
                            + " was not asked again: it calls functions of the database, and what they say today need"
                            + " not be what they said when a row was written");
                } else {
                    tables.computeIfAbsent(table, of -> new ArrayList<>())
                            .add(new Condition(
                                    row.getString("name"), row.getString("expression"), row.getBoolean("valid")));
                    owners.put(table, row.getString("owner"));
                }
            }
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

    private static Found broken(Statement statement, OwnersCode.Way way, String table, List<Condition> conditions)
            throws SQLException {
        List<String> counts = new ArrayList<>();
        for (int i = 0; i < conditions.size(); i++) {
            counts.add("pg_catalog.count(*) FILTER (WHERE NOT ("
                    + conditions.get(i).expression() + ")) AS c" + i);
        }
        Found found = new Found(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        try {
            JsonNode row = way.rows(statement, "SELECT " + String.join(", ", counts) + " FROM ONLY " + table)
                    .get(0);
            for (int i = 0; i < conditions.size(); i++) {
                long rows = row.get("c" + i).longValue();
                Condition condition = conditions.get(i);
                String broken = rows + " rows break it now (" + condition.expression() + ")";
                if (rows > 0 && condition.valid()) {
                    found.findings()
                            .add(new Finding(
                                    Finding.CHECK_BROKEN,
                                    "check " + condition.name() + " of " + table,
                                    broken,
                                    "SELECT * FROM ONLY " + table + " WHERE NOT (" + condition.expression() + ")"));
                } else if (rows > 0) {
                    found.notes().add(Found.mayBe("check " + condition.name() + " of " + table + ": " + broken));
                }
            }
            return found;
        } catch (SQLException e) {
            if (!SqlState.wrongStatement(e)) {
                throw e;
            }
            return Found.note("the checks of " + table + " cannot be asked again: " + e.getMessage());
        }
    }

    private void domains(Statement statement, List<Check> checks) throws SQLException {
        List<Domains> tables = new ArrayList<>();
        try (ResultSet row = statement.executeQuery(DOMAINS)) {
            while (row.next()) {
                tables.add(new Domains(
                        row.getString("table"),
                        row.getString("owner"),
                        row.getInt("columns"),
                        "SELECT " + row.getString("casts") + " FROM ONLY " + row.getString("table")));
            }
        }
        for (Domains of : tables) {
            add(statement, checks, "what domains say of " + of.table(), of.owner(), of.columns(), (each, way) -> {
                try {
                    way.rows(each, of.sql());
                    return Found.NOTHING;
                } catch (SQLException e) {
                    if (e.getSQLState() != null && e.getSQLState().startsWith(BROKEN_DOMAIN)) {
                        return Found.of(new Finding(
                                Finding.DOMAIN_BROKEN,
                                "table " + of.table(),
                                "a value in it is not of its domain any more: " + e.getMessage(),
                                of.sql()));
                    }
                    if (!SqlState.wrongStatement(e)) {
                        throw e;
                    }
                    return Found.note("the domains of " + of.table() + " cannot be asked again: " + e.getMessage());
                }
            });
        }
    }

    private static void sequences(Statement statement, List<Check> checks) throws SQLException {
        try (ResultSet row = statement.executeQuery(SEQUENCES)) {
            while (row.next()) {
                String values = row.getString("values");
                if (values != null) {
                    checks.add(sequence(
                            row.getString("sequence"),
                            row.getString("table") + "." + row.getString("column"),
                            row.getLong("increment"),
                            values));
                }
            }
        }
    }

    private static Check sequence(String sequence, String column, long increment, String values) {
        boolean up = increment > 0;
        String sql = "SELECT q.next, t.used, t.used " + (up ? ">=" : "<=")
                + " q.next FROM (SELECT last_value + CASE WHEN is_called THEN " + increment
                + "::numeric ELSE 0 END AS next FROM " + sequence + ") q, (SELECT pg_catalog." + (up ? "max" : "min")
                + "(v) AS used FROM (" + values + ") of_rows) t";
        return new Check(Check.Kind.SEQUENCE, 1, each -> {
            try (ResultSet found = each.executeQuery(sql)) {
                found.next();
                return found.getBoolean(3)
                        ? Found.of(new Finding(
                                Finding.SEQUENCE_BEHIND,
                                "sequence " + sequence,
                                "it gives " + found.getString(1) + " next, but " + column + " has come to "
                                        + found.getString(2) + ": rows were written with numbers of their own",
                                "SELECT setval(" + Identifiers.literal(sequence).strip() + ", " + found.getString(2)
                                        + ")"))
                        : Found.NOTHING;
            }
        });
    }

    private record Condition(String name, String expression, boolean valid) {}

    /** All columns of a table that are of domains, and the query that asks whether they still are. */
    private record Domains(String table, String owner, int columns, String sql) {}

    /**
     * What a look has shown.
     *
     * @param notes what is odd and allowed, or could not be looked at
     * @param faults what only this server can be to blame for
     */
    record Found(List<Finding> findings, List<String> notes, List<String> faults) {

        static final Found NOTHING = new Found(List.of(), List.of(), List.of());

        static Found of(Finding finding) {
            return new Found(List.of(finding), List.of(), List.of());
        }

        static Found note(String note) {
            return new Found(List.of(), List.of(note), List.of());
        }

        static Found fault(String fault) {
            return new Found(List.of(), List.of(), List.of(fault));
        }

        /** Rows that break a constraint that is not valid were allowed to be there. */
        static Found allowed(String what) {
            return note(mayBe(what));
        }

        static String mayBe(String what) {
            return what + "; it is NOT VALID, so they may";
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
        Found with(Statement statement, OwnersCode.Way way) throws SQLException;
    }

    /** Looks, and says what it found. */
    @FunctionalInterface
    interface Look {
        Found with(Statement statement) throws SQLException;
    }
}
