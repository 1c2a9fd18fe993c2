package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.tool.ToolFailedException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
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

    private static final UUID NO_RUN = new UUID(0, 0);

    private final DrSettings settings;

    Dump(DrSettings settings) {
        this.settings = settings;
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
            dump(database, Version.in(version), snapshot, target, workDirectory);
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

    /** camel-exec has no stream of a program's output to hand on, so the program is run here. */
    private static void dump(
            DrSettings.Database database, Version server, String snapshot, OutputStream target, Path workDirectory) {
        Path errors = workDirectory.resolve("pg_dump.errors");
        ProcessBuilder builder = new ProcessBuilder(
                        ClientTools.INSTALLED.program("pg_dump", server.major()),
                        "--format=custom",
                        "--compress=0",
                        "--snapshot=" + snapshot,
                        "--dbname=" + database.name())
                .directory(workDirectory.toFile())
                .redirectError(errors.toFile());
        builder.environment().putAll(new DatabaseServer(database, NO_RUN).toolEnvironment());
        try {
            Process process = builder.start();
            try (InputStream output = process.getInputStream()) {
                output.transferTo(target);
                int exitCode = process.waitFor();
                if (exitCode != 0) {
                    throw new ToolFailedException("pg_dump", exitCode, Files.readAllLines(errors));
                }
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw new RunbookException("backup_not_written", "the backup cannot be written: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunbookException("cancelled", "interrupted while pg_dump ran", e);
        }
    }

    /**
     * What was dumped.
     *
     * @param takenAt when the snapshot was taken: what is written later is not in it
     * @param rows rows by {@code schema.table}
     */
    public record Snapshot(Instant takenAt, String serverVersion, Map<String, Long> rows) {}
}
