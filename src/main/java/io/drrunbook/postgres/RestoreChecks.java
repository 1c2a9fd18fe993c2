package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.util.unit.DataSize;

/** What must be true of server and archive before anything is written: looked at all together, told all together. */
public final class RestoreChecks {

    private final DatabaseServer server;
    private final Archive archive;
    private final Consumer<String> log;
    private final List<String> problems = new ArrayList<>();

    /** @param log told what could not be looked at */
    public RestoreChecks(DatabaseServer server, Archive archive, Consumer<String> log) {
        this.server = server;
        this.archive = archive;
        this.log = log;
    }

    /**
     * @param originalSize bytes of the dump before compression, 0 when unknown
     * @throws RunbookException {@code restore_not_possible}, naming every problem found; {@code database_unreachable}
     */
    public void beforeSideDatabase(long originalSize) {
        look();
        plainIntoEmpty();
        permissionToCreate();
        space(originalSize);
        refuse();
    }

    /** As before a side database, and that nothing holds the live one. */
    public void beforeSwap(long originalSize) {
        look();
        plainIntoEmpty();
        permissionToCreate();
        space(originalSize);
        names();
        problems.addAll(new DatabaseHolders(server).problems(server.names().live()));
        refuse();
    }

    /** Before restoring over the live database, which takes no second one. */
    public void beforeClean() {
        look();
        problems.addAll(
                new DatabaseHolders(server).preparedTransactions(server.names().live()));
        plainOverLive();
        refuse();
    }

    private void look() {
        versions();
        extensions();
        roles();
        tablespaces();
    }

    private void refuse() {
        if (!problems.isEmpty()) {
            throw new RunbookException(
                    "restore_not_possible",
                    "nothing was changed: the backup cannot be restored on " + server.address() + ": "
                            + String.join("; ", problems));
        }
    }

    private void versions() {
        int serverMajor = server.versionNumber() / 10_000;
        if (serverMajor < archive.serverVersion().major()) {
            problems.add("the backup was dumped from PostgreSQL " + archive.serverVersion() + ", the server is "
                    + serverMajor + ": use a server of version "
                    + archive.serverVersion().major() + " or newer");
        }
        ClientTools.INSTALLED
                .problem(archive.dumpVersion(), serverMajor, archive.plain() != null)
                .ifPresent(problems::add);
    }

    private void extensions() {
        Set<String> missing = new TreeSet<>(archive.contents().extensions());
        missing.removeAll(server.maintenance().queryForList("SELECT name FROM pg_available_extensions", String.class));
        if (!missing.isEmpty()) {
            problems.add("the server has no extension " + String.join(", ", missing) + ": install its package there");
        }
    }

    private void roles() {
        Set<String> missing = new TreeSet<>(archive.contents().roles());
        // Only those that are asked for: the name of another may be no text in any encoding.
        missing.removeAll(server.maintenance()
                .queryForList("SELECT rolname FROM pg_roles WHERE rolname::text = ANY (?)", String.class, (Object)
                        missing.toArray(String[]::new)));
        if (!missing.isEmpty()) {
            String way = archive.plain() == null ? ", or set dr.restore.roles=omit to leave out owners and grants" : "";
            problems.add("the server has no role " + String.join(", ", missing)
                    + ": make it (pg_dumpall --globals-only has it)" + way);
        }
    }

    private void tablespaces() {
        Map<String, Boolean> there = new TreeMap<>();
        server.maintenance()
                .query("SELECT spcname, has_tablespace_privilege(oid, 'CREATE') FROM pg_tablespace", row -> {
                    there.put(row.getString(1), row.getBoolean(2));
                });
        Set<String> needed = archive.contents().tablespaces();
        String missing =
                needed.stream().filter(name -> !there.containsKey(name)).collect(Collectors.joining(", "));
        String refused = needed.stream()
                .filter(name -> Boolean.FALSE.equals(there.get(name)))
                .collect(Collectors.joining(", "));
        String way = archive.plain() == null
                ? ", or set dr.restore.tablespaces=omit to put everything into the default one"
                : "";
        if (!missing.isEmpty()) {
            problems.add(
                    "the server has no tablespace " + missing + ": make it (CREATE TABLESPACE ... LOCATION ...)" + way);
        }
        if (!refused.isEmpty()) {
            problems.add("role " + server.username() + " may not use tablespace " + refused
                    + ": GRANT CREATE ON TABLESPACE to it" + way);
        }
    }

    private void permissionToCreate() {
        boolean permitted = Boolean.TRUE.equals(server.maintenance()
                .queryForObject(
                        "SELECT r.rolsuper OR (r.rolcreatedb AND coalesce((SELECT pg_has_role(datdba, 'USAGE')"
                                + " FROM pg_database WHERE datname = ?), true))"
                                + " FROM pg_roles r WHERE r.rolname = current_user",
                        Boolean.class,
                        server.names().live()));
        if (!permitted) {
            problems.add("role " + server.username() + " is neither superuser nor has CREATEDB and owns "
                    + server.names().live() + ": ALTER ROLE it, or use another in dr.applications.*.database.username");
        }
    }

    private void names() {
        DatabaseNames names = server.names();
        if (server.exists(names.before())) {
            problems.add("there is a database " + names.before() + " already: rename or drop it");
        }
        if (names.live().equals(server.maintenanceDatabase())) {
            problems.add("the live database " + names.live() + " is also the maintenance database, and cannot be"
                    + " renamed while connected to: set dr.applications.*.database.maintenance-database to another");
        }
    }

    private void plainIntoEmpty() {
        PlainDump plain = archive.plain();
        if (plain != null && plain.dropsWhatMustBeThere()) {
            problems.add(
                    "the plain dump was made with pg_dump --clean and fails where there is nothing to drop: take one"
                            + " with --if-exists too, or use dr.restore.mode=clean");
        }
    }

    private void plainOverLive() {
        PlainDump plain = archive.plain();
        if (plain == null) {
            return;
        }
        String live = server.names().live();
        boolean empty =
                !server.exists(live) || SideDatabase.tables(server, live).isEmpty();
        if (!plain.drops() && !empty) {
            problems.add("the plain dump has no DROP (pg_dump --clean) and " + live
                    + " has tables: use dr.restore.mode=swap");
        }
        if (plain.hasOwnTransactions()) {
            problems.add("the plain dump commits by itself (it holds large objects), so a failure would leave " + live
                    + " half restored: use dr.restore.mode=swap");
        }
    }

    private void space(long originalSize) {
        long needed = Math.max(originalSize, liveSize());
        OptionalLong free = freeSpace();
        if (free.isEmpty()) {
            log.accept("free space on the database server is unknown: its disk cannot be seen from here; "
                    + megabytes(needed) + " are needed");
        } else if (free.getAsLong() < needed) {
            problems.add("the side database needs some " + megabytes(needed) + " on the server's disk, "
                    + megabytes(free.getAsLong()) + " are free: make room, or use dr.restore.mode=clean");
        }
    }

    private long liveSize() {
        return server
                .maintenance()
                .queryForList(
                        "SELECT pg_database_size(oid) FROM pg_database WHERE datname = ?",
                        Long.class,
                        server.names().live())
                .stream()
                .findFirst()
                .orElse(0L);
    }

    /** Knowable only where the server runs on this machine and its folder can be seen. */
    private OptionalLong freeSpace() {
        if (!onThisMachine(server.host())) {
            return OptionalLong.empty();
        }
        try {
            JdbcTemplate jdbc = server.maintenance();
            Path data = Path.of(String.valueOf(jdbc.queryForObject("SHOW data_directory", String.class)));
            return Files.isDirectory(data)
                    ? OptionalLong.of(Files.getFileStore(data).getUsableSpace())
                    : OptionalLong.empty();
        } catch (DataAccessException | IOException e) {
            log.accept("cannot look at the server's disk: " + e.getMessage());
            return OptionalLong.empty();
        }
    }

    private static boolean onThisMachine(String host) {
        try {
            InetAddress address = InetAddress.getByName(host);
            return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
        } catch (UnknownHostException | SocketException e) {
            return false;
        }
    }

    private static String megabytes(long bytes) {
        return DataSize.ofBytes(bytes).toMegabytes() + " MB";
    }
}
