package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.transaction.support.TransactionTemplate;

/** The server of one application's database, spoken to on behalf of one run. */
public final class DatabaseServer {

    private static final int CONNECT_TIMEOUT_SECONDS = 10;

    /** Renaming waits for nobody longer than this: somebody else is making or dropping databases then. */
    private static final String LOCK_TIMEOUT = "-c lock_timeout=30s -c statement_timeout=0";

    private final DrSettings.Database settings;
    private final UUID run;
    private final String options;

    public DatabaseServer(DrSettings.Database settings, UUID run) {
        this(settings, run, LOCK_TIMEOUT);
    }

    private DatabaseServer(DrSettings.Database settings, UUID run, String options) {
        this.settings = settings;
        this.run = run;
        this.options = options;
    }

    /** The same server, which refuses whatever would write. */
    public DatabaseServer readOnly() {
        return new DatabaseServer(settings, run, LOCK_TIMEOUT + " -c default_transaction_read_only=on");
    }

    /** E.g. {@code 15.18}. */
    public String version() {
        return String.valueOf(maintenance().queryForObject("SHOW server_version", String.class));
    }

    public DatabaseNames names() {
        return DatabaseNames.of(settings.name(), run);
    }

    String maintenanceDatabase() {
        return settings.maintenanceDatabase();
    }

    String host() {
        return settings.host();
    }

    String username() {
        return settings.username();
    }

    /** Host and port, as messages name the server. */
    String address() {
        return settings.host() + ":" + settings.port();
    }

    /** Marks every session of this run, of ours and of the tools. */
    String applicationName() {
        return "dr-runbook " + run;
    }

    /** Statements in that database; each may take another connection. */
    JdbcTemplate in(String database) {
        return new JdbcTemplate(dataSource(database));
    }

    /** Statements about databases, in the maintenance database. */
    JdbcTemplate maintenance() {
        return in(settings.maintenanceDatabase());
    }

    /** All statements in one transaction of the maintenance database. */
    void inOneTransaction(List<String> statements) {
        DataSource maintenance = dataSource(settings.maintenanceDatabase());
        JdbcTemplate jdbc = new JdbcTemplate(maintenance);
        new TransactionTemplate(new DataSourceTransactionManager(maintenance))
                .executeWithoutResult(status -> statements.forEach(jdbc::execute));
    }

    /** The object id of that database: it stays when the database is renamed. Empty when there is none. */
    public Optional<Long> oid(String database) {
        return maintenance()
                .queryForList("SELECT oid::bigint FROM pg_database WHERE datname = ?", Long.class, database)
                .stream()
                .findFirst();
    }

    boolean exists(String database) {
        return oid(database).isPresent();
    }

    boolean allowsConnections(String database) {
        return Boolean.TRUE.equals(maintenance()
                .queryForObject("SELECT datallowconn FROM pg_database WHERE datname = ?", Boolean.class, database));
    }

    /** E.g. 150018 for 15.18. */
    int versionNumber() {
        return Integer.parseInt(String.valueOf(maintenance().queryForObject("SHOW server_version_num", String.class)));
    }

    /** What {@code pg_restore} and {@code psql} need to connect: arguments would show the password to everybody. */
    Map<String, String> toolEnvironment() {
        return Map.of(
                "PGHOST", settings.host(),
                "PGPORT", String.valueOf(settings.port()),
                "PGUSER", settings.username(),
                "PGPASSWORD", settings.password(),
                "PGAPPNAME", applicationName(),
                "PGCONNECT_TIMEOUT", String.valueOf(CONNECT_TIMEOUT_SECONDS),
                "PGOPTIONS", "",
                "LC_ALL", "C");
    }

    private DataSource dataSource(String database) {
        PGSimpleDataSource server = new PGSimpleDataSource();
        server.setServerNames(new String[] {settings.host()});
        server.setPortNumbers(new int[] {settings.port()});
        server.setDatabaseName(database);
        server.setUser(settings.username());
        server.setPassword(settings.password());
        server.setApplicationName(applicationName());
        server.setConnectTimeout(CONNECT_TIMEOUT_SECONDS);
        server.setTcpKeepAlive(true);
        server.setOptions(options);
        return new DelegatingDataSource(server) {
            @Override
            public Connection getConnection() {
                try {
                    return server.getConnection();
                } catch (SQLException e) {
                    throw unreachable(database, e);
                }
            }
        };
    }

    private RunbookException unreachable(String database, SQLException cause) {
        return new RunbookException(
                "database_unreachable",
                "cannot connect to database " + database + " on " + address() + " as " + settings.username() + ": "
                        + cause.getMessage() + "; check dr.applications.*.database and that the server runs",
                cause);
    }
}
