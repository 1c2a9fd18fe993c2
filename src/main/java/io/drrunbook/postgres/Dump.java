package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.tool.ChildProcess;
import io.drrunbook.tool.ToolFailedException;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;
import org.springframework.stereotype.Component;

/** Dumps a database in custom format, uncompressed, with the rows of its tables counted in the same snapshot. */
@Component
public class Dump {

    private static final String TABLES =
            "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                    + " WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'"
                    + " AND NOT EXISTS (SELECT 1 FROM pg_depend d"
                    + " WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 1, 2";

    private static final Logger LOG = LoggerFactory.getLogger(Dump.class);
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
        DatabaseServer server = server(database);
        try (Connection connection = connect(server, database)) {
            Instant takenAt = Instant.now();
            JdbcClient sql = JdbcClient.create(new SingleConnectionDataSource(connection, true));
            String snapshot =
                    sql.sql("SELECT pg_export_snapshot()").query(String.class).single();
            String version = sql.sql("SHOW server_version").query(String.class).single();
            List<TableName> tables = locked(connection, sql, database);
            CompletableFuture<Map<TableName, Long>> rows =
                    CompletableFuture.supplyAsync(() -> rows(connection, tables));
            try {
                run("pg_dump", server, Version.in(version), dumpArguments(server, database, snapshot), target, folder);
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
            server.throwWhenEnded();
            throw unreachable(database, e);
        } catch (CompletionException e) {
            server.throwWhenEnded();
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
        DatabaseServer server = server(database);
        List<String> arguments = new ArrayList<>(
                List.of("--globals-only", "--dbname=" + server.connectionString(database.maintenanceDatabase())));
        if (!settings.backup().rolePasswords()) {
            arguments.add("--no-role-passwords");
        }
        try {
            run("pg_dumpall", server, Version.in(server.version()), arguments, target, folder);
        } catch (ToolFailedException e) {
            throw new RunbookException(
                    "globals_not_dumped",
                    "roles and tablespaces cannot be kept with the backup: " + e.getMessage()
                            + "; give the user the right to read them, or set dr.backup.globals or dr.backup.globals-required to false",
                    e);
        }
    }

    private static DatabaseServer server(DrSettings.Database database) {
        return new DatabaseServer(database, NO_RUN, () -> false, LOG::warn);
    }

    private static Connection connect(DatabaseServer server, DrSettings.Database database) throws SQLException {
        Connection connection = server.open(database.name());
        connection.setAutoCommit(false);
        connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
        connection.setReadOnly(true);
        return connection;
    }

    private List<String> dumpArguments(DatabaseServer server, DrSettings.Database database, String snapshot) {
        return List.of(
                "--format=custom",
                "--compress=0",
                "--snapshot=" + snapshot,
                "--lock-wait-timeout=" + settings.backup().lockTimeout().toMillis(),
                "--dbname=" + server.connectionString(database.name()));
    }

    private List<TableName> locked(Connection connection, JdbcClient sql, DrSettings.Database database)
            throws SQLException {
        List<TableName> tables = sql.sql(TABLES)
                .query((row, number) -> new TableName(row.getString(1), row.getString(2)))
                .list();
        try (var statement = connection.createStatement()) {
            statement.execute("SET LOCAL lock_timeout = "
                    + settings.backup().lockTimeout().toMillis());
            if (!tables.isEmpty()) {
                statement.execute(tables.stream()
                        .map(TableName::quoted)
                        .collect(Collectors.joining(", ONLY ", "LOCK TABLE ONLY ", " IN ACCESS SHARE MODE")));
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

    /**
     * Counts in the session that holds the tables: another one would queue up behind whoever waits to alter them. Planning a
     * count locks every index of the table as well, until the transaction ends; thousands of them exhaust the lock table of
     * the whole server. Going back behind each count gives those locks back, and keeps the table's.
     */
    private static Map<TableName, Long> rows(Connection connection, List<TableName> tables) {
        Map<TableName, Long> rows = new LinkedHashMap<>();
        try (Statement statement = connection.createStatement()) {
            for (TableName table : tables) {
                statement.execute("SAVEPOINT counted");
                try (ResultSet row = statement.executeQuery("SELECT count(*) FROM ONLY " + table.quoted())) {
                    row.next();
                    rows.put(table, row.getLong(1));
                }
                statement.execute("ROLLBACK TO SAVEPOINT counted; RELEASE SAVEPOINT counted");
            }
            return rows;
        } catch (SQLException e) {
            throw new CompletionException(e);
        }
    }

    /** camel-exec has no stream of a program's output to hand on, so the program is run here. */
    private static void run(
            String program,
            DatabaseServer server,
            Version version,
            List<String> arguments,
            OutputStream target,
            Path folder) {
        Path errors = folder.resolve(program + ".errors");
        List<String> command = new ArrayList<>(List.of(ClientTools.INSTALLED.program(program, version.major())));
        command.addAll(arguments);
        ProcessBuilder builder = ChildProcess.of(command, server.toolEnvironment())
                .directory(folder.toFile())
                .redirectInput(new File("/dev/null"))
                .redirectError(errors.toFile());
        try {
            Process process = builder.start();
            server.watch(process);
            try (InputStream output = process.getInputStream()) {
                output.transferTo(target);
                int exitCode = process.waitFor();
                if (exitCode != 0) {
                    server.throwWhenEnded();
                    throw failed(program, exitCode, said(errors), server);
                }
            } finally {
                process.destroyForcibly();
            }
        } catch (IOException e) {
            server.throwWhenEnded();
            throw new RunbookException("backup_not_written", "the backup cannot be written: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunbookException("cancelled", "interrupted while " + program + " ran", e);
        }
    }

    /** A name that is no UTF-8 must not hide what was said of it. */
    private static List<String> said(Path errors) throws IOException {
        return new String(Files.readAllBytes(errors), StandardCharsets.UTF_8)
                .lines()
                .toList();
    }

    private static RunbookException failed(String program, int exitCode, List<String> lines, DatabaseServer server) {
        return lines.stream()
                .filter(line -> line.contains("row-level security"))
                .findFirst()
                .map(line -> hidden(server.toString(), line))
                .orElseGet(() -> new ToolFailedException(program, exitCode, lines));
    }

    private static RunbookException uncounted(DrSettings.Database database, CompletionException e) {
        String message = String.valueOf(e.getCause().getMessage());
        return message.contains("row-level security")
                ? hidden(database.toString(), message)
                : new RunbookException(
                        "rows_not_counted",
                        "the rows of " + database + " cannot be counted: " + message + "; nothing was backed up",
                        e);
    }

    private static RunbookException hidden(String database, String message) {
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
     * @param rows of each table
     */
    public record Snapshot(Instant takenAt, String serverVersion, Map<TableName, Long> rows) {}
}
