package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.jdbc.datasource.DataSourceTransactionManager;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.support.TransactionTemplate;

/** The server of one application's database, spoken to on behalf of one run. */
public final class DatabaseServer {

    /** Class of SQLSTATE: the connection broke. */
    private static final String LOST = "08";

    /** The server ends sessions: shutdown, crash, starting up. */
    private static final String SHUT_DOWN = "57P0";

    private final DrSettings.Database settings;
    private final UUID run;
    private final boolean readOnly;
    private final ServerSessions sessions;

    /** One whose waits nobody cancels: for what must be done, such as putting things back. */
    public DatabaseServer(DrSettings.Database settings, UUID run) {
        this(settings, run, () -> false, line -> {});
    }

    /**
     * One whose waits end when somebody cancels.
     *
     * @param log told what is waited for, when it takes long
     */
    public DatabaseServer(DrSettings.Database settings, UUID run, BooleanSupplier cancelled, Consumer<String> log) {
        this(settings, run, false, new ServerSessions(settings, "dr-runbook " + run, cancelled, log));
    }

    private DatabaseServer(DrSettings.Database settings, UUID run, boolean readOnly, ServerSessions sessions) {
        this.settings = settings;
        this.run = run;
        this.readOnly = readOnly;
        this.sessions = sessions;
    }

    /** The same server, which refuses whatever would write. */
    public DatabaseServer readOnly() {
        return new DatabaseServer(settings, run, true, sessions);
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
        return sessions.address();
    }

    /** Marks every session of this run, of ours and of the tools. */
    String applicationName() {
        return "dr-runbook " + run;
    }

    /** A session in that database; the caller closes it. */
    Connection open(String database) {
        return sessions.open(database, SessionSettings.ofStatements(readOnly));
    }

    /** The search path that sessions of our role have in that database when they say nothing of it. */
    String usualSearchPath(String database) throws SQLException {
        try (Connection session = sessions.open(database, SessionSettings.ofSearchPathOfOthers());
                Statement statement = session.createStatement();
                ResultSet row = statement.executeQuery("SHOW search_path")) {
            row.next();
            return row.getString(1);
        }
    }

    /** Statements in that database; each may take another connection. */
    JdbcTemplate in(String database) {
        return new JdbcTemplate(dataSource(database)) {
            @Override
            protected DataAccessException translateException(String task, @Nullable String sql, SQLException failure) {
                throwWhenLost(failure);
                return super.translateException(task, sql, failure);
            }
        };
    }

    /**
     * Says why a session was lost, when that is what the failure comes from; else nothing happens.
     *
     * @throws RunbookException {@code cancelled}, {@code database_silent}, {@code database_unreachable}
     */
    void throwWhenLost(SQLException failure) {
        throwWhenEnded();
        String state = failure.getSQLState();
        if (state != null && (state.startsWith(LOST) || state.startsWith(SHUT_DOWN))) {
            throw new RunbookException(
                    "database_unreachable",
                    "the connection to the database server " + address() + " was lost: " + failure.getMessage()
                            + "; look at that server, then try again",
                    failure);
        }
    }

    /** @throws RunbookException {@code cancelled}, {@code database_silent}: why sessions were ended from outside */
    void throwWhenEnded() {
        RunbookException ended = sessions.ended();
        if (ended != null) {
            throw new RunbookException(ended.code(), String.valueOf(ended.getMessage()), ended);
        }
    }

    /** Ends a tool that waits for a server that has gone silent. */
    void watch(Process tool) {
        sessions.watch(() -> !tool.isAlive(), tool::destroyForcibly);
    }

    /** For a tool that is asked again and again whether it was cancelled: fails when the server has gone silent. */
    BooleanSupplier whileItAnswers(BooleanSupplier cancelled) {
        Patience patience = sessions.patience(() -> false);
        return () -> {
            patience.check();
            return cancelled.getAsBoolean();
        };
    }

    /** Statements about databases, in the maintenance database. */
    JdbcTemplate maintenance() {
        return in(settings.maintenanceDatabase());
    }

    /** All statements in one transaction of the maintenance database. */
    void inOneTransaction(List<String> statements) {
        DataSource maintenance = dataSource(settings.maintenanceDatabase());
        JdbcTemplate jdbc = new JdbcTemplate(maintenance);
        try {
            new TransactionTemplate(new DataSourceTransactionManager(maintenance))
                    .executeWithoutResult(status -> statements.forEach(jdbc::execute));
        } catch (DataAccessException | TransactionException e) {
            throwWhenEnded();
            throw e;
        }
    }

    /** The object id of that database: it stays when the database is renamed. Empty when there is none. */
    public Optional<Long> oid(String database) {
        return maintenance()
                .queryForList("SELECT oid::bigint FROM pg_database WHERE datname = ?", Long.class, database)
                .stream()
                .findFirst();
    }

    /**
     * What it costs that the service's role has more rights than it needs; empty when it has not. There is no way for a
     * session that began as a superuser to give that up for good: what it restores may take it back.
     */
    public Optional<String> priceOfTheRole() {
        boolean superuser = Boolean.TRUE.equals(maintenance()
                .queryForObject("SELECT rolsuper FROM pg_roles WHERE rolname = session_user", Boolean.class));
        return superuser
                ? Optional.of(
                        "role " + settings.username() + " on " + address() + " is a superuser: what a restore runs of"
                                + " the code in a backup (checks, functions of indexes and triggers) runs as a superuser, so who"
                                + " owns the database can take over its server. Use the role of docs/operating.md instead")
                : Optional.empty();
    }

    /** The role that owns the live database; empty when there is none. */
    Optional<String> owner() {
        return maintenance()
                .queryForList(
                        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = ?",
                        String.class,
                        settings.name())
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

    /** What PostgreSQL's tools need to connect, and to have sessions as ours are. */
    Map<String, String> toolEnvironment() {
        return sessions.toolEnvironment(versionNumber());
    }

    /** Names the database to a tool, in {@code --dbname}: a bare name would be taken for more than a name. */
    String connectionString(String database) {
        return sessions.connectionString(database);
    }

    /** Names role, server and database, never the password. */
    @Override
    public String toString() {
        return settings.toString();
    }

    private DataSource dataSource(String database) {
        return new AbstractDataSource() {
            @Override
            public Connection getConnection() {
                return open(database);
            }

            @Override
            public Connection getConnection(String username, String password) {
                throw new UnsupportedOperationException("sessions are those of the settings' role");
            }
        };
    }
}
