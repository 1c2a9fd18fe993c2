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
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import javax.sql.DataSource;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.stereotype.Component;

/** Dumps a database in custom format, uncompressed, with the rows of its tables counted in the same snapshot. */
@Component
public class Dump {

    private static final String TABLES = "SELECT n.nspname || '.' || c.relname, format('%I.%I', n.nspname, c.relname)"
            + " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            + " WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"
            + " AND NOT EXISTS (SELECT 1 FROM pg_depend d"
            + " WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 1";

    private static final UUID NO_RUN = new UUID(0, 0);

    private final DrSettings settings;

    Dump(DrSettings settings) {
        this.settings = settings;
    }

    /**
     * Writes the dump of an application's database into {@code target}, which stays open. The tables are locked against
     * being dropped or changed before the first byte, and counted while they are dumped.
     *
     * <p>Row-level security is neither obeyed nor switched off: where it would hide a row from the user that dumps, the
     * dump fails ({@code row_security = off}, PostgreSQL manual, section 5.9).
     *
     * @param folder for what the program complains of
     * @throws RunbookException {@code database_unreachable}, {@code table_locked}, {@code rows_hidden},
     *     {@code tool_failed}, {@code backup_not_written}
     */
    public Snapshot write(String application, OutputStream target, Path folder) {
        DrSettings.Database database = settings.application(application).database();
        try (Connection connection = connect(database)) {
            Instant takenAt = Instant.now();
            JdbcClient sql = JdbcClient.create(new SingleConnectionDataSource(connection, true));
            String snapshot =
                    sql.sql("SELECT pg_export_snapshot()").query(String.class).single();
            String version = sql.sql("SHOW server_version").query(String.class).single();
            Map<String, String> tables = locked(connection, sql, database);
            CompletableFuture<Map<String, Long>> rows = CompletableFuture.supplyAsync(() -> rows(sql, tables));
            try {
                run("pg_dump", database, Version.in(version), dumpArguments(database, snapshot), target, folder);
                return new Snapshot(takenAt, version, rows.join());
            } catch (ToolFailedException e) {
                // A count that fails ends the snapshot, which pg_dump then misses: the count's failure says why.
                if (rows.isCompletedExceptionally()) {
                    rows.join();
                }
                throw e;
            } finally {
                // The connection must not be closed below a statement that still runs.
                connection.abort(Runnable::run);
                rows.exceptionally(failure -> Map.of()).join();
            }
        } catch (SQLException e) {
            throw unreachable(database, e);
        } catch (CompletionException e) {
            throw uncounted(database, e);
        }
    }

    /**
     * Writes roles and tablespaces of the application's server into {@code target}, which stays open.
     *
     * @param folder for what the program complains of
     * @throws RunbookException {@code globals_not_dumped}
     */
    public void writeGlobals(String application, OutputStream target, Path folder) {
        DrSettings.Database database = settings.application(application).database();
        List<String> arguments =
                new ArrayList<>(List.of("--globals-only", "--database=" + database.maintenanceDatabase()));
        if (!settings.backup().rolePasswords()) {
            arguments.add("--no-role-passwords");
        }
        try (Connection connection = connect(database)) {
            String version = JdbcClient.create(new SingleConnectionDataSource(connection, true))
                    .sql("SHOW server_version")
                    .query(String.class)
                    .single();
            run("pg_dumpall", database, Version.in(version), arguments, target, folder);
        } catch (SQLException e) {
            throw unreachable(database, e);
        } catch (ToolFailedException e) {
            throw new RunbookException(
                    "globals_not_dumped",
                    "roles and tablespaces cannot be kept with the backup: " + e.getMessage()
                            + "; give the user the right to read them, or set dr.backup.globals to false",
                    e);
        }
    }

    private static Connection connect(DrSettings.Database database) throws SQLException {
        DataSource server = Objects.requireNonNull(
                new DatabaseServer(database, NO_RUN).in(database.name()).getDataSource());
        Connection connection = server.getConnection();
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        connection.setReadOnly(true);
        return connection;
    }

    private List<String> dumpArguments(DrSettings.Database database, String snapshot) {
        return List.of(
                "--format=custom",
                "--compress=0",
                "--snapshot=" + snapshot,
                "--lock-wait-timeout=" + settings.backup().lockTimeout().toMillis(),
                "--dbname=" + database.name());
    }

    /** Names as manifests have them, and as SQL does. */
    private Map<String, String> locked(Connection connection, JdbcClient sql, DrSettings.Database database)
            throws SQLException {
        Map<String, String> tables = new LinkedHashMap<>();
        sql.sql(TABLES).query(row -> {
            tables.put(row.getString(1), row.getString(2));
        });
        try (var statement = connection.createStatement()) {
            statement.execute("SET LOCAL row_security = off");
            statement.execute("SET LOCAL lock_timeout = "
                    + settings.backup().lockTimeout().toMillis());
            if (!tables.isEmpty()) {
                statement.execute(
                        "LOCK TABLE ONLY " + String.join(", ONLY ", tables.values()) + " IN ACCESS SHARE MODE");
            }
        } catch (SQLException e) {
            throw new RunbookException(
                    "table_locked",
                    "the tables of " + database + " cannot be read: " + e.getMessage()
                            + "; nothing was backed up. End what holds them, grant SELECT on all of them, or raise"
                            + " dr.backup.lock-timeout",
                    e);
        }
        return tables;
    }

    private static Map<String, Long> rows(JdbcClient sql, Map<String, String> tables) {
        Map<String, Long> rows = new LinkedHashMap<>();
        tables.forEach((name, quoted) -> rows.put(
                name,
                sql.sql("SELECT count(*) FROM ONLY " + quoted).query(Long.class).single()));
        return rows;
    }

    /** camel-exec has no stream of a program's output to hand on, so the program is run here. */
    private static void run(
            String program,
            DrSettings.Database database,
            Version server,
            List<String> arguments,
            OutputStream target,
            Path folder) {
        Path errors = folder.resolve(program + ".errors");
        List<String> command = new ArrayList<>(List.of(ClientTools.INSTALLED.program(program, server.major())));
        command.addAll(arguments);
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(folder.toFile()).redirectError(errors.toFile());
        builder.environment().putAll(new DatabaseServer(database, NO_RUN).toolEnvironment());
        try {
            Process process = builder.start();
            try (InputStream output = process.getInputStream()) {
                output.transferTo(target);
                int exitCode = process.waitFor();
                if (exitCode != 0) {
                    throw failed(program, exitCode, Files.readAllLines(errors), database);
                }
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            throw new RunbookException("backup_not_written", "the backup cannot be written: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunbookException("cancelled", "interrupted while " + program + " ran", e);
        }
    }

    private static RunbookException failed(
            String program, int exitCode, List<String> lines, DrSettings.Database database) {
        return lines.stream()
                .filter(line -> line.contains("row-level security"))
                .findFirst()
                .map(line -> hidden(database, line))
                .orElseGet(() -> new ToolFailedException(program, exitCode, lines));
    }

    private static RunbookException uncounted(DrSettings.Database database, CompletionException e) {
        String message = e.getCause() instanceof DataAccessException failure
                ? String.valueOf(failure.getMostSpecificCause().getMessage())
                : String.valueOf(e.getCause());
        return message.contains("row-level security")
                ? hidden(database, message)
                : new RunbookException(
                        "rows_not_counted",
                        "the rows of " + database + " cannot be counted: " + message + "; nothing was backed up",
                        e);
    }

    private static RunbookException hidden(DrSettings.Database database, String message) {
        return new RunbookException(
                "rows_hidden",
                "row-level security hides rows from the user of " + database + ", so the backup would miss them: "
                        + message + "; give that user BYPASSRLS or make it the tables' owner");
    }

    private static RunbookException unreachable(DrSettings.Database database, SQLException e) {
        return new RunbookException(
                "database_unreachable",
                "the connection to " + database + " was lost: " + e.getMessage() + "; nothing was backed up",
                e);
    }

    /**
     * What was dumped.
     *
     * @param takenAt when the snapshot was taken: what is written later is not in it
     * @param rows rows by {@code schema.table}
     */
    public record Snapshot(Instant takenAt, String serverVersion, Map<String, Long> rows) {}
}
