package io.drrunbook.postgres;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * What belongs to a database and is not in a dump of it: how it was created, owner, grants, settings, comment and
 * connection limit. PostgreSQL manual, sections 53.15 (pg_database) and 53.16 (pg_db_role_setting).
 */
final class DatabaseDefinition {

    /** These settings are lists, which the catalog holds quoted already (GUC_LIST_QUOTE in guc.c). */
    private static final Set<String> LISTS = Set.of(
            "local_preload_libraries",
            "search_path",
            "session_preload_libraries",
            "shared_preload_libraries",
            "temp_tablespaces",
            "unix_socket_directories");

    private DatabaseDefinition() {}

    /** {@code CREATE DATABASE} of {@code copy} the way that {@code original} was created; empty when it is gone. */
    static Optional<String> creation(JdbcClient sql, String original, String copy) {
        // Columns for locales differ between versions, so the row is asked for as a map.
        return sql
                .sql("SELECT d.*, pg_encoding_to_char(d.encoding) AS encoding_name, t.spcname,"
                        + " d.datlocprovider::text AS provider FROM pg_database d"
                        + " JOIN pg_tablespace t ON t.oid = d.dattablespace WHERE datname = ?")
                .param(original)
                .query()
                .listOfRows()
                .stream()
                .findFirst()
                .map(row -> creation(row, copy));
    }

    private static String creation(Map<String, Object> row, String copy) {
        StringBuilder create = new StringBuilder("CREATE DATABASE ")
                .append(DatabaseServer.quoted(copy))
                .append(" TEMPLATE template0 ENCODING")
                .append(DatabaseServer.literal((String) row.get("encoding_name")))
                .append(" LC_COLLATE")
                .append(DatabaseServer.literal((String) row.get("datcollate")))
                .append(" LC_CTYPE")
                .append(DatabaseServer.literal((String) row.get("datctype")))
                .append(" TABLESPACE ")
                .append(DatabaseServer.quoted((String) row.get("spcname")));
        // 15 and 16 call it daticulocale, 17 datlocale for both providers that have one.
        Object locale = row.getOrDefault("datlocale", row.get("daticulocale"));
        if ("i".equals(row.get("provider"))) {
            create.append(" LOCALE_PROVIDER icu ICU_LOCALE").append(DatabaseServer.literal((String) locale));
        } else if ("b".equals(row.get("provider"))) {
            create.append(" LOCALE_PROVIDER builtin BUILTIN_LOCALE").append(DatabaseServer.literal((String) locale));
        }
        return create.toString();
    }

    /** Statements that give {@code copy} what {@code original} has; none when it is gone. */
    static List<String> properties(JdbcClient sql, String original, String copy) {
        String database = DatabaseServer.quoted(copy);
        List<String> statements = new ArrayList<>();
        sql.sql("SELECT pg_get_userbyid(datdba) AS owner, datconnlimit, datacl IS NOT NULL AS granted,"
                        + " shobj_description(oid, 'pg_database') AS comment FROM pg_database WHERE datname = ?")
                .param(original)
                .query()
                .listOfRows()
                .forEach(row -> {
                    String owner = DatabaseServer.quoted((String) row.get("owner"));
                    statements.add("ALTER DATABASE " + database + " OWNER TO " + owner);
                    statements.add("ALTER DATABASE " + database + " CONNECTION LIMIT " + row.get("datconnlimit"));
                    if (row.get("comment") instanceof String comment) {
                        statements.add("COMMENT ON DATABASE " + database + " IS" + DatabaseServer.literal(comment));
                    }
                    if (Boolean.TRUE.equals(row.get("granted"))) {
                        statements.add("REVOKE ALL ON DATABASE " + database + " FROM PUBLIC, " + owner);
                    }
                });
        statements.addAll(grants(sql, original, database));
        statements.addAll(settings(sql, original, database));
        return statements;
    }

    private static List<String> grants(JdbcClient sql, String original, String database) {
        return sql.sql("SELECT CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END"
                        + " AS grantee, a.privilege_type, a.is_grantable"
                        + " FROM pg_database d, aclexplode(d.datacl) a WHERE d.datname = ?")
                .param(original)
                .query((row, n) -> "GRANT " + row.getString("privilege_type") + " ON DATABASE " + database + " TO "
                        + row.getString("grantee") + (row.getBoolean("is_grantable") ? " WITH GRANT OPTION" : ""))
                .list();
    }

    private static List<String> settings(JdbcClient sql, String original, String database) {
        return sql.sql(
                        "SELECT CASE WHEN s.setrole = 0 THEN NULL ELSE quote_ident(pg_get_userbyid(s.setrole)) END AS role,"
                                + " unnest(s.setconfig) AS setting FROM pg_db_role_setting s"
                                + " JOIN pg_database d ON d.oid = s.setdatabase WHERE d.datname = ?")
                .param(original)
                .query((row, n) -> {
                    String whose = row.getString("role") == null
                            ? "ALTER DATABASE " + database
                            : "ALTER ROLE " + row.getString("role") + " IN DATABASE " + database;
                    return whose + " SET " + assignment(row.getString("setting"));
                })
                .list();
    }

    private static String assignment(String setting) {
        int equals = setting.indexOf('=');
        String name = setting.substring(0, equals);
        String value = setting.substring(equals + 1);
        return parameter(name) + " TO " + (LISTS.contains(name) ? value : DatabaseServer.literal(value));
    }

    /** A custom setting's name has a dot, which quotes must not swallow. */
    private static String parameter(String name) {
        return Arrays.stream(name.split("\\.")).map(DatabaseServer::quoted).collect(Collectors.joining("."));
    }
}
