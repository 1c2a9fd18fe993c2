package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.tool.ToolCall;
import io.drrunbook.tool.ToolExecutor;
import java.io.OutputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.stereotype.Component;

/** Dumps a database in custom format, uncompressed, with the rows of its tables counted in the same snapshot. */
@Component
public class Dump {

    private static final String TABLES = "SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname)"
            + " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            + " WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')"
            + " AND n.nspname NOT LIKE 'pg_%' AND NOT EXISTS (SELECT 1 FROM pg_depend d"
            + " WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 1";

    private final DrSettings settings;
    private final ToolExecutor executor;

    Dump(DrSettings settings, ToolExecutor executor) {
        this.settings = settings;
        this.executor = executor;
    }

    /**
     * Writes the dump of an application's database into {@code target}, which stays open.
     *
     * @throws RunbookException {@code database_unreachable}, {@code tool_failed}
     */
    public Snapshot write(String application, OutputStream target, Path workDirectory) {
        DrSettings.Database database = settings.application(application).database();
        String url = "jdbc:postgresql://" + database.host() + ":" + database.port() + "/" + database.name();
        try (Connection connection = DriverManager.getConnection(url, database.username(), database.password())) {
            connection.setAutoCommit(false);
            connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
            connection.setReadOnly(true);
            JdbcClient sql = JdbcClient.create(new SingleConnectionDataSource(connection, true));
            String snapshot =
                    sql.sql("SELECT pg_export_snapshot()").query(String.class).single();
            Instant takenAt = Instant.now();
            String version = sql.sql("SHOW server_version").query(String.class).single();
            executor.run(call(database, snapshot, workDirectory), target);
            return new Snapshot(takenAt, version, rows(sql));
        } catch (SQLException e) {
            throw new RunbookException(
                    "database_unreachable",
                    "no connection to " + database + ": " + e.getMessage() + "; nothing was backed up",
                    e);
        }
    }

    private static Map<String, Long> rows(JdbcClient sql) {
        Map<String, Long> rows = new LinkedHashMap<>();
        sql.sql(TABLES)
                .query(String.class)
                .list()
                .forEach(table -> rows.put(
                        table,
                        sql.sql("SELECT count(*) FROM " + table)
                                .query(Long.class)
                                .single()));
        return rows;
    }

    private static ToolCall call(DrSettings.Database database, String snapshot, Path workDirectory) {
        return new ToolCall(
                "pg_dump",
                List.of(
                        "--dbname=" + PostgresTools.connection(database, database.name()),
                        "--format=custom",
                        "--compress=0",
                        "--snapshot=" + snapshot),
                PostgresTools.environment(database, "dr-runbook backup"),
                workDirectory,
                line -> {},
                () -> false);
    }

    /**
     * What was dumped.
     *
     * @param takenAt when the snapshot was taken: what is written later is not in it
     * @param rows rows by {@code schema.table}
     */
    public record Snapshot(Instant takenAt, String serverVersion, Map<String, Long> rows) {}
}
