package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.commons.io.FileUtils;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Looks whether a restore can work before anything is written, and says everything that stands against it at once. */
@Component
class Preflight {

    private final PostgresTools tools;
    private final DrSettings.Restore restore;

    Preflight(PostgresTools tools, DrSettings settings) {
        this.tools = tools;
        this.restore = settings.restore();
    }

    /**
     * Compares the archive with the server and the client programs.
     *
     * @param note told what could not be found out
     * @throws RunbookException ({@code restore_impossible}) that lists all that is in the way, both values of each
     */
    void check(DatabaseServer server, Archive archive, boolean swap, Consumer<String> note) throws IOException {
        List<String> found = new ArrayList<>();
        String data = server.maintaining(sql -> {
            versions(sql, archive, found);
            rights(sql, server, found);
            extensions(sql, archive, found);
            if (restore.roles() == DrSettings.Restore.Roles.REQUIRE) {
                roles(sql, archive, found);
            }
            if (swap) {
                found.addAll(holders(sql, server.live()));
            }
            return dataDirectory(sql).orElse("");
        });
        space(server, archive, data, note, found);
        if (!found.isEmpty()) {
            throw new RunbookException(
                    "restore_impossible", "nothing was changed; in the way: " + String.join("; ", found));
        }
    }

    /** What keeps a database from being renamed, beside sessions, which can be ended. */
    static List<String> holders(JdbcClient sql, String database) {
        List<String> found = new ArrayList<>();
        sql.sql("SELECT gid FROM pg_prepared_xacts WHERE database = ?")
                .param(database)
                .query(String.class)
                .list()
                .forEach(gid -> found.add("the prepared transaction '" + gid + "' holds " + database
                        + ": COMMIT PREPARED or ROLLBACK PREPARED it"));
        sql.sql("SELECT slot_name FROM pg_replication_slots WHERE database = ?")
                .param(database)
                .query(String.class)
                .list()
                .forEach(slot -> found.add("the replication slot '" + slot + "' holds " + database
                        + ": drop it and make it again after the recovery"));
        sql.sql("SELECT s.subname FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid"
                        + " WHERE d.datname = ? AND s.subenabled")
                .param(database)
                .query(String.class)
                .list()
                .forEach(subscription -> found.add("the subscription '" + subscription + "' works in " + database
                        + ": ALTER SUBSCRIPTION ... DISABLE it"));
        return found;
    }

    private void versions(JdbcClient sql, Archive archive, List<String> found) {
        int server = Integer.parseInt(
                        sql.sql("SHOW server_version_num").query(String.class).single())
                / 10000;
        if (archive.fromMajor() > server) {
            found.add("the dump is of PostgreSQL " + archive.fromMajor() + ", the server is " + server
                    + ": restore on a server of at least " + archive.fromMajor());
        }
        String program = archive.kind() == Archive.Kind.PLAIN ? "psql" : "pg_restore";
        int client = tools.major(program);
        if (archive.dumpedBy() > client) {
            found.add("the dump was written by pg_dump " + archive.dumpedBy() + ", " + program + " here is " + client
                    + ": install client tools of at least " + archive.dumpedBy());
        }
    }

    private static void rights(JdbcClient sql, DatabaseServer server, List<String> found) {
        boolean allowed = sql.sql("SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user")
                .query(Boolean.class)
                .single();
        if (!allowed) {
            found.add("the role '" + server.settings().username()
                    + "' may not create databases: ALTER ROLE ... CREATEDB");
        }
    }

    private static void extensions(JdbcClient sql, Archive archive, List<String> found) {
        Set<String> missing = new TreeSet<>(archive.extensions());
        missing.removeAll(sql.sql("SELECT name FROM pg_available_extensions")
                .query(String.class)
                .list());
        if (!missing.isEmpty()) {
            found.add(
                    "the dump needs the extensions " + missing + ", which the server has not: install their packages");
        }
    }

    private static void roles(JdbcClient sql, Archive archive, List<String> found) {
        Set<String> missing = new TreeSet<>(archive.roles());
        missing.removeAll(
                sql.sql("SELECT rolname FROM pg_roles").query(String.class).list());
        if (!missing.isEmpty()) {
            found.add("the dump names the roles " + missing
                    + ", which the server has not: create them (pg_dumpall --globals-only has them), or set"
                    + " dr.restore.roles to omit");
        }
    }

    private static Optional<String> dataDirectory(JdbcClient sql) {
        return sql.sql("SELECT setting FROM pg_settings WHERE name = 'data_directory'")
                .query(String.class)
                .optional();
    }

    /** The server's disk can only be looked at when it is this machine's. */
    private static void space(
            DatabaseServer server, Archive archive, String data, Consumer<String> note, List<String> found)
            throws IOException {
        Path directory = Path.of(data);
        boolean here = InetAddress.getByName(server.settings().host()).isLoopbackAddress();
        if (!here || data.isEmpty() || !Files.exists(directory)) {
            note.accept("free space on the database server is not known from here");
            return;
        }
        long live =
                server.maintaining(sql -> sql.sql("SELECT pg_database_size(datname) FROM pg_database WHERE datname = ?")
                        .param(server.live())
                        .query(Long.class)
                        .optional()
                        .orElse(0L));
        long needed = Math.max(live, Files.size(archive.file()));
        long free = Files.getFileStore(directory).getUsableSpace();
        if (free < needed) {
            found.add("the new database needs about " + FileUtils.byteCountToDisplaySize(needed) + ", " + directory
                    + " has " + FileUtils.byteCountToDisplaySize(free) + " free: free "
                    + FileUtils.byteCountToDisplaySize(needed - free) + ", or set dr.restore.mode to clean");
        }
    }
}
