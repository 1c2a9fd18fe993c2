package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.postgres.Patience.NoAnswerException;
import io.drrunbook.settings.DrSettings;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGProperty;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * The one place where sessions in a server of an application begin: ours through the driver, and those of PostgreSQL's
 * tools. Each has {@link SessionSettings}, TLS as it is set, a limit for connecting, and is watched from then on.
 */
final class ServerSessions {

    private static final String ACTIVE =
            "SELECT string_agg(left(query, 80) || coalesce(' (waits for ' || wait_event_type"
                    + " || ': ' || wait_event || ')', ''), '; ') FROM pg_stat_activity"
                    + " WHERE application_name = ? AND state = 'active' AND pid <> pg_backend_pid()";

    private final DrSettings.Database settings;
    private final String applicationName;
    private final Consumer<String> log;
    private final SessionWatch watch;

    ServerSessions(
            DrSettings.Database settings, String applicationName, BooleanSupplier cancelled, Consumer<String> log) {
        this.settings = settings;
        this.applicationName = applicationName;
        this.log = log;
        this.watch = new SessionWatch(() -> patience(cancelled));
    }

    String address() {
        return settings.host() + ":" + settings.port();
    }

    /**
     * A session of ours; the caller closes it. It is ended from outside when somebody cancels or the server goes silent:
     * {@link #ended} then says why.
     *
     * @param options as {@link SessionSettings} makes them
     * @throws RunbookException {@code database_unreachable}
     */
    Connection open(String database, String options) {
        try {
            Connection connection = connect(database, options);
            watch.over(connection);
            return connection;
        } catch (SQLException e) {
            throw new RunbookException(
                    "database_unreachable",
                    "cannot connect to database " + database + " on " + address() + " as " + settings.username() + ": "
                            + e.getMessage() + "; check dr.applications.*.database and that the server runs",
                    e);
        }
    }

    /** Watches over something else that waits for this server, a tool's process, until it is over. */
    void watch(BooleanSupplier over, Runnable end) {
        watch.over(over, end);
    }

    /** Why sessions were ended from outside; null when none was. */
    @Nullable
    RunbookException ended() {
        return watch.ended();
    }

    /** A wait that begins now, for somebody who asks by himself. */
    Patience patience(BooleanSupplier whetherCancelled) {
        return new Patience(this::whatItIsAt, address(), settings.silenceTimeout(), whetherCancelled, log);
    }

    /** Arguments would show the password to everybody. */
    Map<String, String> toolEnvironment(int serverVersion) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "PGHOST", settings.host(),
                "PGPORT", String.valueOf(settings.port()),
                "PGUSER", settings.username(),
                "PGPASSWORD", settings.password(),
                "PGAPPNAME", applicationName,
                "PGCONNECT_TIMEOUT", String.valueOf(seconds(settings.connectTimeout())),
                "PGOPTIONS", SessionSettings.ofTools(serverVersion),
                "PGSSLMODE", settings.sslmode(),
                "LC_ALL", "C.UTF-8"));
        put(environment, "PGSSLROOTCERT", settings.sslrootcert());
        put(environment, "PGSSLCERT", settings.sslcert());
        put(environment, "PGSSLKEY", settings.sslkey());
        return Map.copyOf(environment);
    }

    /** A connection string for tools: what it says of keeping alive has no variable of the environment. */
    String connectionString(String database) {
        return "dbname=" + Identifiers.connectionValue(database) + " keepalives_idle=" + KeptAliveSockets.IDLE_SECONDS
                + " keepalives_interval=" + KeptAliveSockets.INTERVAL_SECONDS + " keepalives_count="
                + KeptAliveSockets.COUNT + " tcp_user_timeout="
                + settings.silenceTimeout().toMillis();
    }

    private Connection connect(String database, String options) throws SQLException {
        PGSimpleDataSource server = dataSource(database, options);
        Connection connection = server.getConnection();
        try (Statement statement = connection.createStatement()) {
            statement.execute(SessionSettings.ofNewerServers());
            // From here on a statement may take as long as it takes: whether the server is there is the watch's part.
            connection.setNetworkTimeout(Runnable::run, 0);
            return connection;
        } catch (SQLException e) {
            connection.close();
            throw e;
        }
    }

    private PGSimpleDataSource dataSource(String database, String options) throws SQLException {
        int seconds = seconds(settings.connectTimeout());
        PGSimpleDataSource server = new PGSimpleDataSource();
        server.setServerNames(new String[] {settings.host()});
        server.setPortNumbers(new int[] {settings.port()});
        server.setDatabaseName(database);
        server.setUser(settings.username());
        server.setPassword(settings.password());
        server.setApplicationName(applicationName);
        server.setConnectTimeout(seconds);
        server.setLoginTimeout(seconds);
        // Without it the thread that the driver logs in with would wait for ever behind the login's limit.
        server.setSocketTimeout(seconds);
        server.setCancelSignalTimeout(seconds);
        server.setTcpKeepAlive(true);
        server.setSocketFactory(KeptAliveSockets.class.getName());
        server.setOptions(options);
        // A function of somebody else's could put a prepared statement of its own under the driver's name.
        server.setPrepareThreshold(0);
        server.setSslMode(settings.sslmode());
        setFile(server, PGProperty.SSL_ROOT_CERT, settings.sslrootcert());
        setFile(server, PGProperty.SSL_CERT, settings.sslcert());
        setFile(server, PGProperty.SSL_KEY, settings.sslkey());
        if (settings.sslkey() != null) {
            server.setProperty(PGProperty.PEM_KEY_ALGORITHM, KeyAlgorithm.of(settings.sslkey()));
        }
        return server;
    }

    private static void setFile(PGSimpleDataSource server, PGProperty property, @Nullable Path file)
            throws SQLException {
        if (file != null) {
            server.setProperty(property, file.toAbsolutePath().toString());
        }
    }

    private static void put(Map<String, String> environment, String name, @Nullable Path file) {
        if (file != null) {
            environment.put(name, file.toAbsolutePath().toString());
        }
    }

    private static int seconds(Duration time) {
        return Math.toIntExact(Math.max(1, time.toSeconds()));
    }

    /** Whatever the server says, it has answered; only what the network says is no answer. */
    private String whatItIsAt() throws NoAnswerException {
        try (Connection connection = connect(settings.maintenanceDatabase(), SessionSettings.ofStatements(true));
                var statement = connection.prepareStatement(ACTIVE)) {
            connection.setNetworkTimeout(
                    Runnable::run, Math.toIntExact(settings.connectTimeout().toMillis()));
            statement.setString(1, applicationName);
            try (ResultSet row = statement.executeQuery()) {
                row.next();
                return Objects.requireNonNullElse(row.getString(1), "");
            }
        } catch (SQLException e) {
            String state = e.getSQLState();
            if (state == null || state.startsWith("08")) {
                throw new NoAnswerException(e);
            }
            return "";
        }
    }
}
