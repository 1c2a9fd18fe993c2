package io.drrunbook.postgres;

import io.drrunbook.failure.Finding;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.postgres.ForeignKeys.ForeignKey;
import io.drrunbook.settings.DrSettings.Restore;
import io.drrunbook.tool.ToolCall;
import io.drrunbook.tool.ToolExecutor;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Ends what {@code pg_restore} has left when a foreign key or a materialized view failed: each that is still missing is tried
 * by itself. A foreign key whose rows break it is added {@code NOT VALID}, a view whose query fails stays without rows, and
 * both are found; whatever fails otherwise fails the restore.
 *
 * <p>What a foreign key is comes from PostgreSQL's own catalog: the archive's schema is restored into a twin without rows,
 * where every foreign key holds, and is read there.
 */
public final class RestoreCompletion {

    private static final int NOT_VALID_ON_PARTITIONED_SINCE = 18;
    private static final int ANSWER_SECONDS = 10;

    private static final String UNPOPULATED = "SELECT pg_catalog.format('%I.%I', n.nspname, c.relname) AS name,"
            + " n.nspname AS schema, c.relname AS view"
            + " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            + " WHERE c.relkind = 'm' AND NOT c.relispopulated ORDER BY c.oid";

    private static final String LEAVES = "SELECT pg_catalog.format('%%I.%%I', n.nspname, c.relname) AS name"
            + " FROM pg_catalog.pg_partition_tree(%s::pg_catalog.regclass) p"
            + " JOIN pg_catalog.pg_class c ON c.oid = p.relid AND c.relkind = 'r'"
            + " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE p.isleaf ORDER BY c.oid";

    private final DatabaseServer server;
    private final DatabaseServer twin;
    private final Archive archive;
    private final RestorePasses passes;
    private final Restore settings;
    private final ToolExecutor tools;

    /**
     * @param server one that ends its waits when the run is cancelled; whose side database is to be completed
     * @param twin the same server, with another side database for the schema without rows
     */
    public RestoreCompletion(
            DatabaseServer server,
            DatabaseServer twin,
            Archive archive,
            RestorePasses passes,
            Restore settings,
            ToolExecutor tools) {
        this.server = server;
        this.twin = twin;
        this.archive = archive;
        this.passes = passes;
        this.settings = settings;
        this.tools = tools;
    }

    /**
     * Tries all that is missing.
     *
     * @param restore the call that restores the whole archive into the twin
     * @return what could not be restored as it was
     * @throws RunbookException {@code post_data_failed}, {@code cancelled}, or as the tool fails
     */
    public List<Finding> complete(ToolCall restore) {
        String side = server.names().side();
        // What a job of pg_restore has begun goes on in the server although the job has ended.
        new DatabaseSwap(server).endSessions(side);
        List<ForeignKey> wanted = passes.foreignKeys().isEmpty() ? List.of() : wanted(restore);
        try (Connection connection = server.open(side);
                Statement statement = connection.createStatement()) {
            List<Finding> findings = new ArrayList<>();
            addMissing(wanted, statement, findings);
            populate(statement, findings);
            return findings;
        } catch (SQLException e) {
            server.throwWhenEnded();
            throw new RunbookException(
                    "post_data_failed",
                    "foreign keys and materialized views cannot be restored: " + e.getMessage()
                            + "; look at the server, then resume the run",
                    e);
        }
    }

    private List<ForeignKey> wanted(ToolCall restore) {
        SideDatabase empty = new SideDatabase(twin);
        empty.create(archive, new LiveMake(twin, Restore.Different.BACKUP), settings, line -> {});
        try {
            tools.run(passes.schema(restore));
            try (Connection connection = twin.open(twin.names().side());
                    Statement statement = connection.createStatement()) {
                return ForeignKeys.in(statement);
            }
        } catch (SQLException e) {
            throw new RunbookException(
                    "post_data_failed",
                    "the foreign keys of the backup cannot be read: " + e.getMessage()
                            + "; look at the server, then resume the run",
                    e);
        } finally {
            empty.drop();
        }
    }

    private void addMissing(List<ForeignKey> wanted, Statement statement, List<Finding> findings) throws SQLException {
        Set<String> there =
                ForeignKeys.in(statement).stream().map(ForeignKey::title).collect(Collectors.toSet());
        for (ForeignKey key : wanted) {
            if (there.contains(key.title())) {
                continue;
            }
            boolean perPartition = key.partitioned()
                    && statement.getConnection().getMetaData().getDatabaseMajorVersion()
                            < NOT_VALID_ON_PARTITIONED_SINCE;
            if (perPartition) {
                addToPartitions(key, statement, findings);
            } else {
                add(key, statement, findings);
            }
        }
    }

    private static void add(ForeignKey key, Statement statement, List<Finding> findings) throws SQLException {
        String table = "ALTER TABLE " + (key.partitioned() ? "" : "ONLY ") + key.child();
        if (!key.valid()) {
            statement.execute(table + " ADD CONSTRAINT " + key.name() + " " + key.definition());
            return;
        }
        statement.execute(table + " ADD CONSTRAINT " + key.name() + " " + key.definition() + " NOT VALID");
        String validate = table + " VALIDATE CONSTRAINT " + key.name();
        try {
            statement.execute(validate);
        } catch (SQLException e) {
            requireViolation(e);
            findings.add(notValid(key, "it is there and holds for new rows", validate));
        }
    }

    /** PostgreSQL before 18 adds none that is not valid to a partitioned table, only to its partitions. */
    private static void addToPartitions(ForeignKey key, Statement statement, List<Finding> findings)
            throws SQLException {
        String whole = "ALTER TABLE " + key.child() + " ADD CONSTRAINT " + key.name() + " " + key.definition();
        try {
            statement.execute(whole);
            return;
        } catch (SQLException e) {
            requireViolation(e);
        }
        StringBuilder mend = new StringBuilder();
        for (String leaf : names(statement, LEAVES.formatted(Identifiers.literal(key.child())))) {
            String table = "ALTER TABLE ONLY " + leaf;
            statement.execute(table + " ADD CONSTRAINT " + key.name() + " " + key.definition() + " NOT VALID");
            mend.append(table)
                    .append(" VALIDATE CONSTRAINT ")
                    .append(key.name())
                    .append(";\n");
        }
        findings.add(notValid(
                key, "each partition has it and it holds for new rows, the table as a whole has not", mend + whole));
    }

    private static Finding notValid(ForeignKey key, String state, String mend) {
        return new Finding(
                Finding.FOREIGN_KEY_NOT_VALID,
                "foreign key " + key.title(),
                "rows of the backup, and so of its source, point to what " + key.parent() + " has not; " + state
                        + " (NOT VALID). Delete or mend those rows, then validate it",
                key.findOrphans() + mend + ";");
    }

    private static void requireViolation(SQLException e) throws SQLException {
        if (!SqlState.of(e).equals(SqlState.FOREIGN_KEY_VIOLATION)) {
            throw e;
        }
    }

    /** A view may read another one, so as long as one more has rows those that waited for it are tried again. */
    private void populate(Statement statement, List<Finding> findings) throws SQLException {
        List<String> left = unpopulated(statement);
        boolean again = true;
        while (again && !left.isEmpty()) {
            again = false;
            List<Finding> failed = new ArrayList<>();
            List<String> waiting = new ArrayList<>();
            for (String view : left) {
                try {
                    statement.execute("REFRESH MATERIALIZED VIEW " + view);
                    again = true;
                } catch (SQLException e) {
                    requireOwnFailure(e, statement);
                    boolean waits = SqlState.of(e).equals(SqlState.NOT_POPULATED);
                    (waits ? failed : findings).add(withoutRows(view, e));
                    if (waits) {
                        waiting.add(view);
                    }
                }
            }
            left = waiting;
            if (!again) {
                findings.addAll(failed);
            }
        }
    }

    /** Those that the archive fills: one that had no rows in the source has none here. */
    private List<String> unpopulated(Statement statement) throws SQLException {
        List<String> views = new ArrayList<>();
        try (ResultSet row = statement.executeQuery(UNPOPULATED)) {
            while (row.next()) {
                if (passes.views().contains(new TableName(row.getString("schema"), row.getString("view")))) {
                    views.add(row.getString("name"));
                }
            }
        }
        return views;
    }

    private void requireOwnFailure(SQLException e, Statement statement) throws SQLException {
        server.throwWhenEnded();
        if (!SqlState.failedByItself(e) || !statement.getConnection().isValid(ANSWER_SECONDS)) {
            throw e;
        }
    }

    private static Finding withoutRows(String view, SQLException e) {
        return new Finding(
                Finding.MATERIALIZED_VIEW_NOT_POPULATED,
                "materialized view " + view,
                "its query fails, here as it would in the source: " + e.getMessage()
                        + "; it is there without rows, and whoever reads it gets an error. Where a name is not found, give"
                        + " the query or its functions names with their schema",
                "REFRESH MATERIALIZED VIEW " + view + ";");
    }

    private static List<String> names(Statement statement, String sql) throws SQLException {
        List<String> names = new ArrayList<>();
        try (ResultSet row = statement.executeQuery(sql)) {
            while (row.next()) {
                names.add(row.getString(1));
            }
        }
        return names;
    }
}
