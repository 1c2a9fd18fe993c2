package io.drrunbook.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The foreign keys of a database, each with the query by which PostgreSQL itself validates it, with the operators that the
 * constraint names. A partition's is covered by that of its table.
 */
final class ForeignKeys {

    /** Columns that came with PostgreSQL 18 are read as JSON, so that older ones need not have them. */
    private static final String ALL = """
            SELECT pg_catalog.quote_ident(c.conname) AS name,
                   pg_catalog.format('%%I.%%I', n.nspname, t.relname) AS child, t.relkind AS child_kind,
                   pg_catalog.format('%%I.%%I', pn.nspname, p.relname) AS parent, p.relkind AS parent_kind,
                   c.confmatchtype = 'f' AS full_match,
                   c.convalidated AND coalesce((pg_catalog.to_jsonb(c) ->> 'conenforced')::boolean, true) AS valid,
                   coalesce((pg_catalog.to_jsonb(c) ->> 'conperiod')::boolean, false) AS temporal,
                   k.joined, k.first_parent, k.present, k.any_present,
                   CASE WHEN t.relowner = p.relowner THEN pg_catalog.pg_get_userbyid(t.relowner) END AS owner,
                   pg_catalog.pg_get_constraintdef(c.oid) AS definition
            FROM pg_catalog.pg_constraint c
            JOIN pg_catalog.pg_class t ON t.oid = c.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
            JOIN pg_catalog.pg_class p ON p.oid = c.confrelid JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
            CROSS JOIN LATERAL (
              SELECT pg_catalog.string_agg(pg_catalog.format('pk.%%I%%s OPERATOR(%%I.%%s) fk.%%I', pa.attname,
                       CASE WHEN pa.attcollation <> fa.attcollation AND co.oid IS NOT NULL
                            THEN pg_catalog.format(' COLLATE %%I.%%I', con.nspname, co.collname) ELSE '' END,
                       opn.nspname, op.oprname, fa.attname), ' AND ' ORDER BY u.ord) AS joined,
                     pg_catalog.min(pg_catalog.format('pk.%%I', pa.attname)) FILTER (WHERE u.ord = 1) AS first_parent,
                     pg_catalog.string_agg(pg_catalog.format('fk.%%I IS NOT NULL', fa.attname), ' AND ' ORDER BY u.ord)
                       AS present,
                     pg_catalog.string_agg(pg_catalog.format('fk.%%I IS NOT NULL', fa.attname), ' OR ' ORDER BY u.ord)
                       AS any_present
              FROM unnest(c.conkey, c.confkey, c.conpfeqop) WITH ORDINALITY AS u(fk, pk, op, ord)
              JOIN pg_catalog.pg_attribute fa ON fa.attrelid = c.conrelid AND fa.attnum = u.fk
              JOIN pg_catalog.pg_attribute pa ON pa.attrelid = c.confrelid AND pa.attnum = u.pk
              JOIN pg_catalog.pg_operator op ON op.oid = u.op
              JOIN pg_catalog.pg_namespace opn ON opn.oid = op.oprnamespace
              LEFT JOIN pg_catalog.pg_collation co ON co.oid = pa.attcollation
              LEFT JOIN pg_catalog.pg_namespace con ON con.oid = co.collnamespace) k
            WHERE c.contype = 'f' AND c.conparentid = 0 AND t.oid >= %d AND t.relkind IN ('r', 'p')
            ORDER BY t.relpages DESC, c.oid""".formatted(DeepChecks.FIRST_OWN_OID);

    private ForeignKeys() {}

    /** All of them, those of the largest tables first; names and definitions as the session's search_path wants them. */
    static List<ForeignKey> in(Statement statement) throws SQLException {
        List<ForeignKey> keys = new ArrayList<>();
        try (ResultSet row = statement.executeQuery(ALL)) {
            while (row.next()) {
                keys.add(new ForeignKey(
                        row.getString("name"),
                        row.getString("child"),
                        row.getString("child_kind").equals("p"),
                        row.getString("parent"),
                        row.getString("owner"),
                        row.getString("definition"),
                        row.getBoolean("valid"),
                        row.getBoolean("temporal") ? null : orphans(row)));
            }
        }
        return keys;
    }

    private static String orphans(ResultSet row) throws SQLException {
        return "FROM " + only(row.getString("child_kind")) + row.getString("child") + " fk LEFT JOIN "
                + only(row.getString("parent_kind")) + row.getString("parent") + " pk ON (" + row.getString("joined")
                + ") WHERE " + row.getString("first_parent") + " IS NULL AND ("
                + row.getString(row.getBoolean("full_match") ? "any_present" : "present") + ")";
    }

    private static String only(String kind) {
        return kind.equals("r") ? "ONLY " : "";
    }

    /**
     * One foreign key; all names are quoted where SQL wants it.
     *
     * @param child the table that has it
     * @param partitioned whether that table is
     * @param owner of both tables; null when they have not the same
     * @param definition what follows {@code ADD CONSTRAINT name}
     * @param valid whether its rows are said to keep it
     * @param orphans what follows {@code SELECT} to get the rows {@code fk} that point to nothing; null where that cannot be
     *     asked so, because it goes by periods of time
     */
    record ForeignKey(
            String name,
            String child,
            boolean partitioned,
            String parent,
            @Nullable String owner,
            String definition,
            boolean valid,
            @Nullable String orphans) {

        /** As a person names it. */
        String title() {
            return name + " of " + child;
        }

        /** The rows that point to nothing, for whoever has to mend them. */
        String findOrphans() {
            return orphans == null ? "" : "SELECT fk.* " + orphans + ";\n";
        }
    }
}
