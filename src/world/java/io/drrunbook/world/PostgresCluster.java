package io.drrunbook.world;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.util.FileSystemUtils;

/**
 * A PostgreSQL server of its own on loopback, with the binaries of the system's packages: scram passwords, no
 * durability, gone with its files on {@link #close()}. It runs as an unprivileged user, since the server refuses root.
 */
public final class PostgresCluster implements AutoCloseable {

    private static final String SERVER_USER = "postgres";

    private final Path home;
    private final Path binaries;
    private final int port;
    private final String password = UUID.randomUUID().toString();

    private PostgresCluster(Path home, Path binaries, int port) {
        this.home = home;
        this.binaries = binaries;
        this.port = port;
    }

    /** A running server with the newest binaries of this machine, empty but for what {@code initdb} makes. */
    public static PostgresCluster start() {
        return start(new String[0]);
    }

    /** The same with more lines in {@code postgresql.conf}. */
    public static PostgresCluster start(String... settings) {
        try {
            Path home = Files.createTempDirectory("pg");
            PostgresCluster cluster = new PostgresCluster(home, newestBinaries(), freePort());
            cluster.initialise(settings);
            Runtime.getRuntime().addShutdownHook(new Thread(cluster::stopAndDelete));
            cluster.restart();
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
        return "postgres";
    }

    public String password() {
        return password;
    }

    /** Where the server keeps its files. */
    public Path dataDirectory() {
        return home.resolve("data");
    }

    public String jdbcUrl(String database) {
        return "jdbc:postgresql://" + host() + ":" + port + "/" + database;
    }

    public Connection connect(String database) throws SQLException {
        return DriverManager.getConnection(jdbcUrl(database), username(), password);
    }

    /** Each statement by itself, outside a transaction. */
    public void execute(String database, String... statements) {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException("in " + database + ": " + e.getMessage(), e);
        }
    }

    /** First column of each row, as text; a null is the word {@code null}. */
    public List<String> query(String database, String sql) {
        try (Connection connection = connect(database)) {
            return query(connection, sql);
        } catch (SQLException e) {
            throw new IllegalStateException("in " + database + ": " + e.getMessage(), e);
        }
    }

    private static List<String> query(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<String> values = new ArrayList<>();
            while (rows.next()) {
                values.add(String.valueOf(rows.getString(1)));
            }
            return values;
        }
    }

    /** First column of the first row, as text; empty when there is no row. */
    public String value(String database, String sql) {
        return query(database, sql).stream().findFirst().orElse("");
    }

    public boolean exists(String database) {
        return databases().contains(database);
    }

    /** Drops it with whoever works in it; nothing happens when there is none. */
    public void drop(String database) {
        execute("postgres", "DROP DATABASE IF EXISTS " + quoted(database) + " WITH (FORCE)");
    }

    /** Makes a role that is no superuser the owner of a database and of all that is in it now. */
    public void giveTo(String owner, String database) {
        if (value("postgres", "SELECT 1 FROM pg_roles WHERE rolname = '" + owner + "'")
                .isEmpty()) {
            execute("postgres", "CREATE ROLE " + owner);
        }
        execute("postgres", "ALTER DATABASE " + quoted(database) + " OWNER TO " + owner);
        query(database, """
                SELECT format('ALTER SCHEMA %%I OWNER TO %1$s', nspname) FROM pg_namespace
                WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public')
                UNION ALL
                SELECT format('ALTER %%s %%s OWNER TO %1$s', CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'S' THEN 'SEQUENCE'
                       WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, c.oid::regclass)
                FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
                AND nspname !~ '^pg_' AND nspname <> 'information_schema'
                AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i'))
                UNION ALL
                SELECT format('ALTER ROUTINE %%s OWNER TO %1$s', p.oid::regprocedure)
                FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
                WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'""".formatted(owner)).forEach(statement -> execute(database, statement));
    }

    /**
     * The role that the operating guide makes: what a backup, a recovery, a drill and a rollback need, and no superuser.
     *
     * @param owners of the database and of what is in it
     * @return its password
     */
    public String leastRole(String role, String... owners) {
        String secret = UUID.randomUUID().toString();
        execute("postgres", "CREATE ROLE " + role + " LOGIN CREATEDB PASSWORD '" + secret + "'");
        Stream.concat(Stream.of(owners), Stream.of("pg_signal_backend", "pg_read_all_data", "pg_monitor"))
                .forEach(granted -> execute("postgres", "GRANT " + granted + " TO " + role));
        return secret;
    }

    /** Names of all databases that people made, sorted. */
    public List<String> databases() {
        return query(
                "postgres",
                "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1");
    }

    /** A database of that name with the sample shop: some 18,000 rows, the same at each call. */
    public void createShop(String database) {
        createFrom("sample_shop", database, SampleShop.STATEMENTS);
    }

    /**
     * A database made by these statements, which are executed at the first call only: from then on it is copied, which takes
     * a tenth of the time. What it is copied from is a template, which {@link #databases()} does not name.
     */
    public void createFrom(String template, String database, List<String> statements) {
        if (value("postgres", "SELECT 1 FROM pg_database WHERE datname = '" + template + "'")
                .isEmpty()) {
            execute("postgres", "CREATE DATABASE " + quoted(template));
            execute(template, statements.toArray(String[]::new));
            execute(
                    "postgres",
                    "ALTER DATABASE " + quoted(template) + " WITH IS_TEMPLATE true ALLOW_CONNECTIONS false");
        }
        execute("postgres", "CREATE DATABASE " + quoted(database) + " TEMPLATE " + quoted(template));
    }

    /** Takes away what others have made: databases, slots and roles; templates of {@link #createFrom} stay. */
    public void clear() {
        databases().forEach(this::drop);
        query("postgres", "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active");
        query("postgres", "SELECT quote_ident(rolname) FROM pg_roles WHERE rolname !~ '^pg_' AND oid <> 10")
                .forEach(role -> execute("postgres", "DROP ROLE " + role));
    }

    /** All that a database holds, comparable: equal values mean equal rows, sequences, large objects and schema. */
    public Content content(String database) {
        try (Connection connection = connect(database)) {
            Map<String, String> tables = hashes(
                    connection,
                    "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
                            + " WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
                    "SELECT count(*) || ' rows ' || coalesce(sum(('x' || substr(md5(t::text), 1, 16))::bit(64)::bigint"
                            + "::numeric), 0) FROM %s t");
            Map<String, String> sequences = hashes(
                    connection,
                    "SELECT format('%I.%I', schemaname, sequencename) FROM pg_sequences",
                    "SELECT last_value || ' ' || is_called FROM %s");
            List<String> largeObjects = query(
                    connection, "SELECT oid || ' ' || md5(lo_get(oid)) FROM pg_largeobject_metadata ORDER BY oid");
            return new Content(tables, sequences, largeObjects, schema(database));
        } catch (SQLException e) {
            throw new IllegalStateException("in " + database + ": " + e.getMessage(), e);
        }
    }

    private static Map<String, String> hashes(Connection connection, String names, String hash) throws SQLException {
        Map<String, String> hashes = new TreeMap<>();
        for (String name : query(connection, names)) {
            hashes.put(name, query(connection, hash.formatted(name)).get(0));
        }
        return hashes;
    }

    private String schema(String database) {
        return pgDump(database, "--schema-only")
                .lines()
                .filter(line -> !line.startsWith("\\") && !line.startsWith("-- Dumped") && !line.isBlank())
                .collect(Collectors.joining("\n"));
    }

    public void dumpCustom(String database, Path file, String... options) {
        String[] all = Stream.concat(Stream.of("--format=custom", "--file=" + file), Stream.of(options))
                .toArray(String[]::new);
        pgDump(database, all);
    }

    public void dumpPlain(String database, Path file, String... options) {
        String[] all = Stream.concat(Stream.of("--format=plain", "--file=" + file), Stream.of(options))
                .toArray(String[]::new);
        pgDump(database, all);
    }

    public void dumpTar(String database, Path file) {
        pgDump(database, "--format=tar", "--file=" + file);
    }

    /** Runs {@code pg_dump} with these options and gives back what it printed. */
    public String pgDump(String database, String... options) {
        List<String> command = new ArrayList<>(
                List.of(binaries.resolve("pg_dump").toString(), "-h", host(), "-p", "" + port, "-U", username(), "-w"));
        command.addAll(Arrays.asList(options));
        command.add(database);
        return run(command, Map.of("PGPASSWORD", password));
    }

    /** Stops the server in good order; its data stays. */
    public void stop() {
        pgCtl("stop", "-m", "fast", "-w");
    }

    /** As a power cut does: no checkpoint, no good-bye to clients. */
    public void kill() {
        pgCtl("stop", "-m", "immediate", "-w");
    }

    /** From now on it takes no connection without TLS and a client certificate that this authority has signed. */
    public void requireTls(Path certificate, Path key, Path authority) {
        try {
            for (Path file : List.of(certificate, key, authority)) {
                Path copy = dataDirectory().resolve(file.getFileName());
                Files.copy(file, copy);
                Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rw-------"));
            }
            Files.writeString(
                    dataDirectory().resolve("postgresql.conf"),
                    "ssl = on\nssl_cert_file = '%s'\nssl_key_file = '%s'\nssl_ca_file = '%s'\n"
                            .formatted(certificate.getFileName(), key.getFileName(), authority.getFileName()),
                    StandardOpenOption.APPEND);
            Files.writeString(
                    dataDirectory().resolve("pg_hba.conf"),
                    "hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n");
            own(dataDirectory());
            restart();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** From now on it takes connections and says nothing: all its processes stand still, and the kernel answers for them. */
    public void suspend() {
        signal("STOP");
    }

    /** Goes on where it stood still; nothing happens when it did not. */
    public void proceed() {
        signal("CONT");
    }

    private void signal(String name) {
        try {
            long postmaster = Long.parseLong(Files.readAllLines(dataDirectory().resolve("postmaster.pid"))
                    .get(0));
            ProcessHandle server = ProcessHandle.of(postmaster).orElseThrow();
            // A session that ends meanwhile cannot be told.
            for (ProcessHandle process :
                    Stream.concat(Stream.of(server), server.descendants()).toList()) {
                succeeds("kill", "-" + name, String.valueOf(process.pid()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts the server, after stopping it when it runs, and waits until it takes connections. */
    public void restart() {
        if (running()) {
            stop();
        }
        pgCtl("start", "-w", "-s", "-l", home.resolve("server.log").toString());
    }

    /** Stops the server and deletes its files. */
    @Override
    public void close() {
        stopAndDelete();
    }

    /** At exit it may be called twice: by the owner's hook and by this cluster's own. */
    private synchronized void stopAndDelete() {
        try {
            if (running()) {
                kill();
            }
            FileSystemUtils.deleteRecursively(home);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean running() {
        return Files.exists(dataDirectory().resolve("postmaster.pid"));
    }

    private void initialise(String... more) throws IOException {
        Path passwordFile = Files.writeString(home.resolve("password"), password);
        own(home);
        List<String> initdb = new ArrayList<>(unprivileged());
        initdb.addAll(List.of(
                binaries.resolve("initdb").toString(),
                "-D",
                dataDirectory().toString(),
                "-U",
                username(),
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "--pwfile=" + passwordFile));
        run(initdb, Map.of());
        Files.delete(passwordFile);
        String settings = """

                listen_addresses = '%s'
                port = %d
                unix_socket_directories = '%s'
                max_connections = 120
                shared_buffers = 32MB
                fsync = off
                synchronous_commit = off
                full_page_writes = off
                wal_level = logical
                max_prepared_transactions = 5
                log_min_messages = warning
                """.formatted(host(), port, home);
        Path file = dataDirectory().resolve("postgresql.conf");
        Files.writeString(file, Files.readString(file) + settings + String.join("\n", more) + "\n");
    }

    private void own(Path directory) {
        if (isRoot()) {
            if (!succeeds("id", "-u", SERVER_USER)) {
                run(List.of("useradd", "-r", "-M", SERVER_USER), Map.of());
            }
            run(List.of("chown", "-R", SERVER_USER + ":", directory.toString()), Map.of());
        }
    }

    private void pgCtl(String action, String... options) {
        List<String> command = new ArrayList<>(unprivileged());
        command.addAll(List.of(
                binaries.resolve("pg_ctl").toString(),
                action,
                "-D",
                dataDirectory().toString()));
        command.addAll(Arrays.asList(options));
        run(command, Map.of());
    }

    private static List<String> unprivileged() {
        return isRoot()
                ? List.of("setpriv", "--reuid=" + SERVER_USER, "--regid=" + SERVER_USER, "--clear-groups", "--")
                : List.of();
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static Path newestBinaries() throws IOException {
        try (Stream<Path> versions = Files.list(Path.of("/usr/lib/postgresql"))) {
            return versions.filter(version -> Files.isExecutable(version.resolve("bin/initdb")))
                    .max(Comparator.comparingInt(
                            version -> Integer.parseInt(version.getFileName().toString())))
                    .orElseThrow(() -> new IllegalStateException(
                            "no PostgreSQL server in /usr/lib/postgresql: apt-get install postgresql"))
                    .resolve("bin");
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static boolean succeeds(String... command) {
        try {
            run(List.of(command), Map.of());
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    /** Output goes through a file where a server started by the command would hold a pipe open. */
    private static String run(List<String> command, Map<String, String> environment) {
        try {
            Path output = Files.createTempFile("out", ".txt");
            try {
                ProcessBuilder builder = new ProcessBuilder(command)
                        .directory(Path.of("/").toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile());
                builder.environment().putAll(environment);
                Process process = builder.start();
                if (!process.waitFor(120, TimeUnit.SECONDS) || process.exitValue() != 0) {
                    process.destroyForcibly();
                    throw new IllegalStateException(command + " failed: " + Files.readString(output));
                }
                try (InputStream printed = Files.newInputStream(output)) {
                    return new String(printed.readAllBytes(), StandardCharsets.UTF_8);
                }
            } finally {
                Files.delete(output);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + command, e);
        }
    }

    private static String quoted(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    /**
     * What a database holds.
     *
     * @param tables per table its count and a hash of all rows that does not depend on their order
     * @param sequences per sequence its last value and whether it was handed out
     * @param largeObjects per large object its hash
     * @param schema what {@code pg_dump --schema-only} prints, without lines that differ from call to call
     */
    public record Content(
            Map<String, String> tables, Map<String, String> sequences, List<String> largeObjects, String schema) {}
}
