package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Function;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.SingleConnectionDataSource;

/** The PostgreSQL server of one application: a connection for each piece of work, none kept. */
final class DatabaseServer {

    private static final String CONNECT_SECONDS = "10";

    private final DrSettings.Database settings;

    DatabaseServer(DrSettings.Database settings) {
        this.settings = settings;
    }

    DrSettings.Database settings() {
        return settings;
    }

    /** Name of the live database. */
    String live() {
        return settings.name();
    }

    /** Works in the maintenance database, from where others are created, renamed and dropped. */
    <T> T maintaining(Function<JdbcClient, T> work) {
        return in(settings.maintenanceDatabase(), work);
    }

    /**
     * Works in a database.
     *
     * @throws RunbookException {@code database_unreachable} when there is no connection, {@code database_refuses} when
     *     the server refuses a statement
     */
    <T> T in(String database, Function<JdbcClient, T> work) {
        try (Connection connection = connect(database)) {
            return work.apply(JdbcClient.create(new SingleConnectionDataSource(connection, true)));
        } catch (SQLException e) {
            throw unreachable(database, e);
        } catch (DataAccessException e) {
            Throwable cause = e.getMostSpecificCause();
            throw new RunbookException(
                    "database_refuses",
                    "the server " + settings.host() + ":" + settings.port() + " refuses: " + cause.getMessage(),
                    e);
        }
    }

    /** Both or neither: runs the statements in one transaction of the maintenance database. */
    void inOneTransaction(List<String> statements) {
        try (Connection connection = connect(settings.maintenanceDatabase());
                var statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (String sql : statements) {
                statement.execute(sql);
            }
            connection.commit();
        } catch (SQLException e) {
            throw new RunbookException(
                    "database_refuses", "the server refuses " + statements + ": " + e.getMessage(), e);
        }
    }

    /** The OID of a database, or empty when there is none of that name. */
    Optional<Long> oid(String database) {
        return maintaining(sql -> sql.sql("SELECT oid FROM pg_database WHERE datname = ?")
                .param(database)
                .query(Long.class)
                .optional());
    }

    /** The name that the database of that OID has now. */
    Optional<String> name(long oid) {
        return maintaining(sql -> sql.sql("SELECT datname FROM pg_database WHERE oid = ?")
                .param(oid)
                .query(String.class)
                .optional());
    }

    /** Runs statements that cannot run in a transaction. */
    void execute(String... statements) {
        maintaining(sql -> {
            for (String statement : statements) {
                sql.sql(statement).update();
            }
            return statements.length;
        });
    }

    private Connection connect(String database) throws SQLException {
        Properties properties = new Properties();
        properties.setProperty("user", settings.username());
        properties.setProperty("password", settings.password());
        properties.setProperty("connectTimeout", CONNECT_SECONDS);
        properties.setProperty("ApplicationName", "dr-runbook");
        return DriverManager.getConnection(
                "jdbc:postgresql://" + settings.host() + ":" + settings.port() + "/" + database, properties);
    }

    private RunbookException unreachable(String database, SQLException cause) {
        return new RunbookException(
                "database_unreachable",
                "no connection to " + database + " on " + settings.host() + ":" + settings.port() + " as "
                        + settings.username() + ": " + cause.getMessage()
                        + "; the server itself must run: bring it up, then resume the run",
                cause);
    }

    /** An identifier as SQL wants it. PostgreSQL manual, section 4.1.1. */
    static String quoted(String identifier) {
        return "\"" + identifier.replace("\"", "\"\"") + "\"";
    }

    /** A string as SQL wants it, whatever {@code standard_conforming_strings} says. Section 4.1.2.2. */
    static String literal(String text) {
        return " E'" + text.replace("\\", "\\\\").replace("'", "''") + "'";
    }
}
