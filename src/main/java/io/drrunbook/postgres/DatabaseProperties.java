package io.drrunbook.postgres;

import static io.drrunbook.postgres.Identifiers.identifier;
import static io.drrunbook.postgres.Identifiers.literal;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings.Restore;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessException;

/**
 * What belongs to a database but is in no dump of it: owner, grants, {@code ALTER DATABASE ... SET}, comment, connection
 * limit. They are carried from the live database to the side one before the two change places.
 */
public final class DatabaseProperties {

    /** Settings whose value is a list of names (GUC_LIST_QUOTE): each element is quoted by itself. */
    private static final Set<String> LISTS = Set.of(
            "local_preload_libraries",
            "search_path",
            "session_preload_libraries",
            "shared_preload_libraries",
            "temp_tablespaces",
            "unix_socket_directories");

    private final DatabaseServer server;

    public DatabaseProperties(DatabaseServer server) {
        this.server = server;
    }

    /**
     * From the live database to the side one; when the live one is gone or does not win, from the archive if that was a dump
     * of it.
     *
     * @param liveWins what {@link LiveMake#wins} said before the side database was made: later the live one may be closed
     * @return where they came from, for the run's log
     */
    public String carryOver(Archive archive, boolean liveWins, Restore restore) {
        DatabaseNames names = server.names();
        Optional<DumpedDatabase> dumped =
                archive.contents().database().filter(of -> of.name().equals(names.live()));
        if (server.exists(names.live()) && (liveWins || dumped.isEmpty())) {
            carry(names.live(), names.side());
            return "the live database";
        }
        if (dumped.isPresent()) {
            fromArchive(dumped.get(), restore);
            return "the backup"
                    + (dumped.get().leftOut().isEmpty()
                            ? ""
                            : ", without " + String.join(", ", dumped.get().leftOut()));
        }
        return "nowhere: there is no live database, and the backup does not say";
    }

    /** Applying them twice changes nothing, so a run that broke off in between simply does it again. */
    private void carry(String from, String to) {
        List<String> statements = new ArrayList<>();
        statements.addAll(ownerCommentAndLimit(from, to));
        statements.addAll(grants(from, to));
        run(statements);
        settings(from, to);
    }

    private void run(List<String> statements) {
        try {
            server.inOneTransaction(statements);
        } catch (DataAccessException e) {
            throw failed(e.getMostSpecificCause().getMessage(), e);
        }
    }

    private static RunbookException failed(String reason, Exception cause) {
        return new RunbookException(
                "properties_not_carried_over",
                "owner, grants or settings of the live database cannot be given to the restored one: " + reason
                        + "; the live database is as it was",
                cause);
    }

    private List<String> ownerCommentAndLimit(String from, String to) {
        return server.maintenance()
                .queryForObject(
                        "SELECT pg_get_userbyid(datdba), shobj_description(oid, 'pg_database'), datconnlimit"
                                + " FROM pg_database WHERE datname = ?",
                        (row, number) -> List.of(
                                "ALTER DATABASE " + identifier(to) + " OWNER TO " + identifier(row.getString(1)),
                                "COMMENT ON DATABASE " + identifier(to) + " IS "
                                        + (row.getString(2) == null ? "NULL" : literal(row.getString(2))),
                                "ALTER DATABASE " + identifier(to) + " CONNECTION LIMIT " + row.getInt(3)),
                        from);
    }

    /** No list of grants at all means the defaults, which the new database has already. */
    private List<String> grants(String from, String to) {
        List<String> grants = server.maintenance()
                .query(
                        "SELECT a.grantee, CASE WHEN a.grantee = 0 THEN NULL ELSE pg_get_userbyid(a.grantee) END,"
                                + " a.privilege_type, a.is_grantable"
                                + " FROM pg_database d, aclexplode(d.datacl) a WHERE d.datname = ?",
                        (row, number) -> "GRANT " + row.getString(3) + " ON DATABASE " + identifier(to) + " TO "
                                + (row.getString(2) == null ? "PUBLIC" : identifier(row.getString(2)))
                                + (row.getBoolean(4) ? " WITH GRANT OPTION" : ""),
                        from);
        boolean defaults = Boolean.TRUE.equals(server.maintenance()
                .queryForObject("SELECT datacl IS NULL FROM pg_database WHERE datname = ?", Boolean.class, from));
        if (defaults) {
            return List.of();
        }
        List<String> statements = new ArrayList<>();
        statements.add("REVOKE ALL ON DATABASE " + identifier(to) + " FROM PUBLIC");
        statements.add("REVOKE ALL ON DATABASE " + identifier(to) + " FROM " + identifier(ownerOf(from)));
        statements.addAll(grants);
        return statements;
    }

    private String ownerOf(String database) {
        return String.valueOf(server.maintenance()
                .queryForObject(
                        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = ?", String.class, database));
    }

    private void settings(String from, String to) {
        server.maintenance()
                .query(
                        "SELECT CASE WHEN s.setrole = 0 THEN NULL ELSE pg_get_userbyid(s.setrole) END,"
                                + " split_part(c, '=', 1), substr(c, strpos(c, '=') + 1)"
                                + " FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase,"
                                + " unnest(s.setconfig) c WHERE d.datname = ?",
                        (row, number) -> new Setting(row.getString(1), row.getString(2), row.getString(3)),
                        from)
                .forEach(setting -> set(setting, to));
    }

    /** A value may be a secret of the application: it is in no message, and neither is the statement. */
    private void set(Setting setting, String database) {
        String target = setting.role() == null
                ? "ALTER DATABASE " + identifier(database)
                : "ALTER ROLE " + identifier(setting.role()) + " IN DATABASE " + identifier(database);
        try {
            server.maintenance().execute(target + " SET " + parameter(setting.name()) + " TO " + value(setting));
        } catch (DataAccessException e) {
            throw new RunbookException(
                    "properties_not_carried_over",
                    "setting " + setting.name() + " of the live database cannot be given to the restored one as "
                            + server.username()
                            + "; the live database is as it was. Its role needs the right to set it");
        }
    }

    /** Each part of a name such as {@code app.tenant} is an identifier of its own. */
    private static String parameter(String name) {
        return String.join(
                ".",
                Arrays.stream(name.split("\\.")).map(Identifiers::identifier).toList());
    }

    private static String value(Setting setting) {
        return LISTS.contains(setting.name())
                ? String.join(
                        ", ",
                        elements(setting.value()).stream()
                                .map(Identifiers::literal)
                                .toList())
                : literal(setting.value());
    }

    /** Elements of a list such as {@code "$user", public}; a comma inside double quotes does not divide. */
    static List<String> elements(String list) {
        List<String> elements = new ArrayList<>();
        StringBuilder element = new StringBuilder();
        boolean quoted = false;
        for (char c : list.toCharArray()) {
            if (c == '"') {
                quoted = !quoted;
            }
            if (c == ',' && !quoted) {
                elements.add(unquoted(element.toString().trim()));
                element.setLength(0);
            } else {
                element.append(c);
            }
        }
        elements.add(unquoted(element.toString().trim()));
        return elements;
    }

    private static String unquoted(String element) {
        return element.length() > 1 && element.startsWith("\"")
                ? element.substring(1, element.length() - 1).replace("\"\"", "\"")
                : element;
    }

    private void fromArchive(DumpedDatabase dumped, Restore restore) {
        Set<String> roles = Set.copyOf(server.maintenance().queryForList("SELECT rolname FROM pg_roles", String.class));
        try {
            server.inOneTransaction(
                    dumped.statementsFor(server.names().side(), roles, restore.roles() == Restore.Roles.REQUIRE));
        } catch (DataAccessException e) {
            throw new RunbookException(
                    "properties_not_carried_over",
                    "owner, grants or settings that the backup keeps of database " + dumped.name()
                            + " cannot be applied as " + server.username() + " (SQLSTATE " + sqlState(e)
                            + "); nothing was swapped");
        }
    }

    private static String sqlState(DataAccessException failure) {
        return failure.getMostSpecificCause() instanceof SQLException e ? e.getSQLState() : "unknown";
    }

    private record Setting(@Nullable String role, String name, String value) {}
}
