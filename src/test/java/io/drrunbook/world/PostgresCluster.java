package io.drrunbook.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;

/** A throw-away PostgreSQL server on a free port, made by initdb and owned by an unprivileged user. */
public final class PostgresCluster implements AutoCloseable {

    private static final String USER = "postgres";
    private static final String PASSWORD = "top-secret-of-the-cluster";
    private static final String OWNER = "drpostgres";

    private final Path directory;
    private final Path data;
    private final Path programs = programs();
    private final int port = Ports.free();

    private PostgresCluster(Path directory) {
        this.directory = directory;
        this.data = directory.resolve("data");
    }

    public static PostgresCluster start() {
        try {
            PostgresCluster cluster = new PostgresCluster(Files.createTempDirectory("dr-postgres"));
            cluster.make();
            cluster.startServer();
            return cluster;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String host() {
        return "127.0.0.1";
    }

    public int port() {
        return port;
    }

    public String username() {
        return USER;
    }

    public String password() {
        return PASSWORD;
    }

    public Connection connect(String database) throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/" + database, USER, PASSWORD);
    }

    /** Runs statements, each on its own. */
    public void execute(String database, String... statements) {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** First column of the first row, as text; "" when there is no row. */
    public String query(String database, String sql) {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "";
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    public boolean exists(String database) {
        return !query("postgres", "SELECT 1 FROM pg_database WHERE datname = '" + database + "'")
                .isEmpty();
    }

    /** All databases but the server's own. */
    public List<String> databases() {
        String names = query(
                "postgres",
                "SELECT string_agg(datname, ' ' ORDER BY datname) FROM pg_database"
                        + " WHERE datname NOT IN ('postgres', 'template0', 'template1')");
        return names.equals("null") ? List.of() : List.of(names.split(" "));
    }

    public void drop(String database) {
        execute("postgres", "DROP DATABASE IF EXISTS \"" + database + "\" WITH (FORCE)");
    }

    /** A small shop with what real schemas have; always the same for the same number of orders. */
    public void createShop(String database, int orders) {
        drop(database);
        execute("postgres", "CREATE DATABASE \"" + database + "\"");
        execute(
                database,
                "CREATE SCHEMA accounting",
                "CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL, profile jsonb, photo bytea)",
                "CREATE TABLE orders (id bigserial PRIMARY KEY, customer int NOT NULL REFERENCES customers,"
                        + " placed timestamptz NOT NULL, note text)",
                "CREATE TABLE order_lines (order_id bigint REFERENCES orders, line int, article text, price"
                        + " numeric(10,2), PRIMARY KEY (order_id, line))",
                "CREATE TABLE accounting.bookings (id uuid PRIMARY KEY, amount numeric, booked date)",
                "CREATE INDEX orders_placed ON orders (placed)",
                "CREATE VIEW big_orders AS SELECT order_id, sum(price) AS total FROM order_lines GROUP BY 1"
                        + " HAVING sum(price) > 100",
                "CREATE FUNCTION total(bigint) RETURNS numeric LANGUAGE sql AS"
                        + " $$ SELECT sum(price) FROM order_lines WHERE order_id = $1 $$",
                "INSERT INTO customers (name, profile, photo) SELECT 'customer ' || i || ' é \\ \"quoted\"',"
                        + " jsonb_build_object('n', i), decode(md5(i::text), 'hex') FROM generate_series(1, 200) i",
                "INSERT INTO orders (customer, placed, note) SELECT 1 + i % 200, timestamptz '2026-01-01 00:00Z' + i *"
                        + " interval '1 minute', CASE WHEN i % 7 = 0 THEN NULL ELSE md5(i::text) || E'\\n' ||"
                        + " md5((i * 31)::text) END FROM generate_series(1, " + orders + ") i",
                "INSERT INTO order_lines SELECT o, l, md5((o * l)::text), (o * 37 + l) % 9000 / 100.0 FROM"
                        + " generate_series(1, " + orders + ") o, generate_series(1, 3) l",
                "INSERT INTO accounting.bookings SELECT md5(i::text)::uuid, i * 1.5, date '2026-01-01' + i % 300"
                        + " FROM generate_series(1, 500) i");
    }

    /** All of a database's content: a hash of the rows of each table, its sequences, and its schema. */
    public Map<String, String> content(String database) {
        Map<String, String> content = new TreeMap<>();
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            statement.execute("SET search_path TO ''");
            for (String table : column(
                    statement,
                    "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE"
                            + " relkind = 'r' AND nspname NOT LIKE 'pg_%' AND nspname <> 'information_schema'")) {
                content.put(
                        "table " + table,
                        column(
                                        statement,
                                        "SELECT count(*) || ' ' || coalesce(md5(string_agg(h, '' ORDER BY h)), '')"
                                                + " FROM (SELECT md5(t::text) AS h FROM " + table + " t) x")
                                .get(0));
            }
            for (String sequence : column(
                    statement, "SELECT schemaname || '.' || sequencename || ' ' || last_value FROM pg_sequences")) {
                content.put("sequence " + sequence, "");
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
        String schema = new String(dump(database, "--schema-only"), StandardCharsets.UTF_8);
        content.put(
                "schema",
                schema.lines()
                        .filter(line -> !line.startsWith("--") && !line.startsWith("\\") && !line.isBlank())
                        .collect(Collectors.joining("\n")));
        return content;
    }

    /** What pg_dump writes with these options. */
    public byte[] dump(String database, String... options) {
        List<String> command = new ArrayList<>(List.of("pg_dump", "-h", "127.0.0.1", "-p", "" + port, "-U", USER));
        command.addAll(List.of(options));
        command.add(database);
        return Shell.output(Map.of("PGPASSWORD", PASSWORD), command);
    }

    public void kill() {
        Shell.run(asOwner("pg_ctl", "stop", "-D", data.toString(), "-m", "immediate"));
    }

    public void startServer() {
        Shell.run(asOwner(
                "pg_ctl",
                "start",
                "-w",
                "-D",
                data.toString(),
                "-l",
                directory.resolve("server.log").toString()));
    }

    @Override
    public void close() {
        Shell.run(asOwner("pg_ctl", "stop", "-D", data.toString(), "-m", "immediate"));
        FileUtils.deleteQuietly(directory.toFile());
    }

    private void make() throws IOException {
        Path password = Files.writeString(directory.resolve("password"), PASSWORD + "\n");
        if (isRoot()) {
            if (!Shell.succeeds("id", OWNER)) {
                Shell.run(List.of("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", OWNER));
            }
            Shell.run(List.of("chown", "-R", OWNER, directory.toString()));
        }
        Shell.run(asOwner(
                "initdb",
                "-D",
                data.toString(),
                "-U",
                USER,
                "-A",
                "scram-sha-256",
                "--pwfile=" + password,
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--no-sync"));
        Files.writeString(
                data.resolve("postgresql.auto.conf"),
                String.join(
                        "\n",
                        "port = " + port,
                        "listen_addresses = '127.0.0.1'",
                        "unix_socket_directories = '" + directory + "'",
                        "fsync = off",
                        "shared_buffers = 64MB",
                        "max_connections = 120",
                        "max_prepared_transactions = 5",
                        "wal_level = logical",
                        "max_wal_size = 2GB",
                        ""));
    }

    private List<String> asOwner(String program, String... arguments) {
        List<String> command = new ArrayList<>();
        if (isRoot()) {
            command.addAll(List.of("setpriv", "--reuid=" + OWNER, "--regid=" + OWNER, "--clear-groups"));
        }
        command.add(programs.resolve(program).toString());
        command.addAll(List.of(arguments));
        return command;
    }

    private static boolean isRoot() {
        return System.getProperty("user.name").equals("root");
    }

    /** Debian keeps the server's programs of each version in a folder of its own. */
    private static Path programs() {
        try (Stream<Path> versions = Files.list(Path.of("/usr/lib/postgresql"))) {
            return versions.map(version -> version.resolve("bin"))
                    .filter(bin -> Files.exists(bin.resolve("initdb")))
                    .max(Comparator.comparingInt(bin ->
                            Integer.parseInt(bin.getParent().getFileName().toString())))
                    .orElseThrow(() -> new IllegalStateException("no PostgreSQL server: apt-get install postgresql"));
        } catch (IOException e) {
            throw new UncheckedIOException("no PostgreSQL server: apt-get install postgresql", e);
        }
    }

    private static List<String> column(Statement statement, String sql) throws SQLException {
        List<String> values = new ArrayList<>();
        try (ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                values.add(rows.getString(1));
            }
        }
        return values;
    }
}
