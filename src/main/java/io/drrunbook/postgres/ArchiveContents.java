package io.drrunbook.postgres;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an archive holds, gathered line by line from its SQL: what {@code pg_restore --create --schema-only -f -} prints
 * of a custom or tar archive, or a plain dump itself. Each entry is announced there by a comment such as
 * {@code -- Name: orders; Type: TABLE; Schema: sales; Owner: app}, which, unlike {@code pg_restore -l}, keeps names with
 * spaces apart.
 */
public final class ArchiveContents {

    private static final String NAME = "(\"(?:[^\"]|\"\")+\"|[^\\s\";,]+)";
    private static final Pattern ONE_NAME = Pattern.compile(NAME);
    private static final Pattern ENTRY =
            Pattern.compile("^-- (Data for )?Name: (.*); Type: (.*); Schema: (.*); Owner: (.*)$");
    private static final Pattern GRANT = Pattern.compile("^(?:ALTER DEFAULT PRIVILEGES FOR ROLE " + NAME
            + " .*)?(?:GRANT|REVOKE) .*(?: TO | FROM )" + NAME + "(?: WITH GRANT OPTION)?;$");
    private static final Pattern POLICY_ROLES =
            Pattern.compile("^CREATE POLICY .* TO (" + NAME + "(?:, " + NAME + ")*)(?: USING | WITH CHECK |;).*$");
    private static final Pattern CREATE_DATABASE =
            Pattern.compile("^CREATE DATABASE (?:\"(?:[^\"]|\"\")+\"|\\S+) WITH (.*);$");
    private static final Pattern ON_DATABASE = Pattern.compile("^(ALTER DATABASE|COMMENT ON DATABASE|ALTER ROLE " + NAME
            + " IN DATABASE|(?:GRANT|REVOKE) .* ON DATABASE) " + NAME + "(?= )");
    private static final Pattern DATABASE_OWNER =
            Pattern.compile("^ALTER DATABASE (?:\"(?:[^\"]|\"\")+\"|\\S+) OWNER TO " + NAME + ";$");
    private static final Pattern ROLE_IN_DATABASE = Pattern.compile("ALTER ROLE " + NAME + " IN DATABASE ");
    private static final Pattern COPY = Pattern.compile("^COPY .* FROM stdin;$");

    private final Set<String> extensions = new TreeSet<>();
    private final Set<String> roles = new TreeSet<>();
    private final List<String> databaseStatements = new ArrayList<>();
    private long tables;
    private boolean copying;
    private boolean aboutDatabase;
    private String type = "";
    private @Nullable String createOptions;

    /** Takes the next line of the archive's SQL. */
    void take(String line) {
        if (copying) {
            copying = !line.equals("\\.");
        } else if (COPY.matcher(line).matches()) {
            copying = true;
        } else if (line.startsWith("-- ")) {
            takeEntry(line);
        } else if (!line.startsWith("--")) {
            takeStatement(line);
        }
    }

    private void takeEntry(String line) {
        Matcher entry = ENTRY.matcher(line);
        if (!entry.matches() || entry.group(1) != null) {
            return;
        }
        type = entry.group(3);
        String name = entry.group(2);
        aboutDatabase = type.startsWith("DATABASE") || name.startsWith("DATABASE ");
        addRole(entry.group(5));
        if (type.equals("TABLE")) {
            tables++;
        } else if (type.equals("EXTENSION")) {
            extensions.add(name);
        }
    }

    private void takeStatement(String line) {
        if (type.equals("ACL") || type.equals("DEFAULT ACL")) {
            addRoles(GRANT.matcher(line));
        } else if (type.equals("POLICY")) {
            addPolicyRoles(POLICY_ROLES.matcher(line));
        }
        if (aboutDatabase) {
            takeDatabaseStatement(line);
        }
    }

    private void takeDatabaseStatement(String line) {
        Matcher create = CREATE_DATABASE.matcher(line);
        if (line.startsWith("\\")) {
            aboutDatabase = !line.startsWith("\\connect");
        } else if (create.matches()) {
            createOptions = create.group(1);
        } else if (!line.isBlank()) {
            databaseStatements.add(line);
        }
    }

    private void addRoles(Matcher statement) {
        if (statement.matches()) {
            for (int group = 1; group <= statement.groupCount(); group++) {
                addRole(unquoted(statement.group(group)));
            }
        }
    }

    private void addPolicyRoles(Matcher statement) {
        if (statement.matches()) {
            Matcher role = ONE_NAME.matcher(statement.group(1));
            while (role.find()) {
                addRole(unquoted(role.group()));
            }
        }
    }

    private void addRole(@Nullable String role) {
        if (role != null && !role.isEmpty() && !role.equals("-") && !role.equals("PUBLIC")) {
            roles.add(role);
        }
    }

    private static @Nullable String unquoted(@Nullable String name) {
        return name == null || !name.startsWith("\"")
                ? name
                : name.substring(1, name.length() - 1).replace("\"\"", "\"");
    }

    /** Extensions that the archive creates. */
    Set<String> extensions() {
        return extensions;
    }

    /** Roles that the archive names as owners, in grants or in policies. */
    Set<String> roles() {
        return roles;
    }

    /** Tables in the archive, with or without data. */
    public long tables() {
        return tables;
    }

    /** What follows {@code CREATE DATABASE name WITH} in the archive: template, encoding, locale. */
    Optional<String> createOptions() {
        return Optional.ofNullable(createOptions);
    }

    /** The role that owned the dumped database; empty when the archive does not say. */
    Optional<String> databaseOwner() {
        return databaseStatements.stream()
                .map(DATABASE_OWNER::matcher)
                .filter(Matcher::matches)
                .findFirst()
                .map(owner -> unquoted(owner.group(1)));
    }

    /**
     * Owner, grants, comment, connection limit and settings of the dumped database, as SQL about another one; empty
     * when the archive has none.
     *
     * @param roles those of the server: settings of one that is not there are left out
     */
    String databaseStatementsFor(String database, Set<String> roles) {
        StringBuilder sql = new StringBuilder();
        String target = Matcher.quoteReplacement(Identifiers.identifier(database));
        for (String line : databaseStatements) {
            Matcher ofRole = ROLE_IN_DATABASE.matcher(line);
            if (!ofRole.lookingAt() || roles.contains(unquoted(ofRole.group(1)))) {
                sql.append(ON_DATABASE.matcher(line).replaceFirst("$1 " + target))
                        .append('\n');
            }
        }
        return sql.toString();
    }
}
