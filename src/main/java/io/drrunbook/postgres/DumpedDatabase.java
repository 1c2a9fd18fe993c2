package io.drrunbook.postgres;

import static io.drrunbook.postgres.Identifiers.identifier;
import static io.drrunbook.postgres.Identifiers.literal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What an archive says of the database that was dumped: encoding and locale, owner, grants, comment, connection limit,
 * settings. Its SQL is taken apart, and none of it is ever run: what is run is written anew from names and values that
 * were understood.
 */
final class DumpedDatabase {

    /** Options of {@code CREATE DATABASE} that make rows what they were; whatever else there is does not belong to them. */
    private static final Set<String> KEPT_OPTIONS = Set.of(
            "encoding",
            "locale",
            "lc_collate",
            "lc_ctype",
            "locale_provider",
            "icu_locale",
            "icu_rules",
            "builtin_locale");

    private static final Set<String> ABOUT_OTHERS = Set.of("ACL", "COMMENT", "SECURITY LABEL");
    private static final Set<String> RIGHTS = Set.of("all", "create", "connect", "temporary", "temp");

    private final String name;
    private final String owner;
    private final Map<String, String> options = new LinkedHashMap<>();
    private final List<Change> changes = new ArrayList<>();
    private final Set<String> leftOut = new TreeSet<>();
    private @Nullable String tablespace;

    /**
     * @param entry the archive's {@code DATABASE}
     * @param standardStrings whether a backslash is an ordinary character in its texts
     */
    DumpedDatabase(TocEntry entry, boolean standardStrings) {
        name = entry.tag();
        owner = entry.owner();
        statements(entry, standardStrings, this::create);
    }

    /** Whether an entry is about the database itself, and not about something in it. */
    static boolean concerns(TocEntry entry) {
        return entry.desc().startsWith("DATABASE")
                || ABOUT_OTHERS.contains(entry.desc())
                        && entry.namespace().isEmpty()
                        && entry.tag().startsWith("DATABASE ");
    }

    /** Takes another of the entries that are about the database. */
    void take(TocEntry entry, boolean standardStrings) {
        statements(entry, standardStrings, statement -> {
            Optional<Change> change = change(statement);
            change.ifPresent(changes::add);
            if (change.isEmpty() && !statement.word(1).equals("session")) {
                leftOut.add((statement.word(0) + " " + statement.word(1)).trim());
            }
        });
    }

    private static void statements(TocEntry entry, boolean standardStrings, Consumer<SqlStatement> taker) {
        if (entry.defn() != null) {
            SqlScanner.statements(entry.defn(), standardStrings, taker);
        }
    }

    String name() {
        return name;
    }

    String owner() {
        return owner;
    }

    /** How it was made. */
    DatabaseMake make() {
        return DatabaseMake.ofCreateOptions(options, owner.isEmpty() ? null : owner);
    }

    /** The default tablespace of its tables; empty when it is the server's. */
    Optional<String> tablespace() {
        return Optional.ofNullable(tablespace);
    }

    /** What follows {@code CREATE DATABASE name WITH}. */
    String createOptions(boolean withTablespace) {
        StringBuilder sql = new StringBuilder("TEMPLATE template0");
        options.forEach((option, value) -> sql.append(' ')
                .append(option.toUpperCase(Locale.ROOT))
                .append(" = ")
                .append(literal(value)));
        if (withTablespace && tablespace != null) {
            sql.append(" TABLESPACE = ").append(identifier(tablespace));
        }
        return sql.toString();
    }

    /**
     * Owner, grants, comment, connection limit and settings, as SQL about another database.
     *
     * @param roles those of the server: settings of one that is not there are left out
     * @param ownership whether owner and grants are wanted
     */
    List<String> statementsFor(String database, Set<String> roles, boolean ownership) {
        List<String> statements = new ArrayList<>();
        String target = identifier(database);
        if (ownership && !owner.isEmpty()) {
            statements.add("ALTER DATABASE " + target + " OWNER TO " + identifier(owner));
        }
        for (Change change : changes) {
            boolean wanted = change.grant() ? ownership : change.role() == null || roles.contains(change.role());
            if (wanted) {
                statements.add(change.sql().apply(target));
            }
        }
        return statements;
    }

    /** The beginnings of statements about the database that are not understood, and so not carried over. */
    Set<String> leftOut() {
        return leftOut;
    }

    private void create(SqlStatement statement) {
        SqlCursor cursor = new SqlCursor(statement);
        if (!cursor.words("create", "database") || cursor.identifier().isEmpty() || !cursor.words("with")) {
            return;
        }
        while (!cursor.atEnd()) {
            String option = cursor.identifier().orElse("");
            cursor.symbol("=");
            Optional<String> value = cursor.string().or(cursor::identifier);
            if (option.isEmpty() || value.isEmpty()) {
                return;
            }
            if (KEPT_OPTIONS.contains(option)) {
                options.put(option, value.get());
            } else if (option.equals("tablespace") && !value.get().equals("pg_default")) {
                tablespace = value.get();
            }
        }
    }

    private Optional<Change> change(SqlStatement statement) {
        if (!statement.isWhole()) {
            return Optional.empty();
        }
        SqlCursor cursor = new SqlCursor(statement);
        if (cursor.words("alter", "database")) {
            return isThis(cursor) ? alter(cursor, null) : Optional.empty();
        }
        if (cursor.words("alter", "role")) {
            Optional<String> role = cursor.identifier();
            return role.isPresent() && cursor.words("in", "database") && isThis(cursor)
                    ? alter(cursor, role.get())
                    : Optional.empty();
        }
        if (cursor.words("comment", "on", "database")) {
            return isThis(cursor) && cursor.words("is") ? comment(cursor) : Optional.empty();
        }
        boolean grant = cursor.words("grant");
        return grant || cursor.words("revoke") ? rights(cursor, grant) : Optional.empty();
    }

    private boolean isThis(SqlCursor cursor) {
        return cursor.identifier().filter(name::equals).isPresent();
    }

    private static Optional<Change> alter(SqlCursor cursor, @Nullable String role) {
        if (cursor.words("set")) {
            return setting(cursor, role);
        }
        if (role == null && cursor.words("connection", "limit")) {
            cursor.symbol("=");
            return cursor.number()
                    .filter(limit -> cursor.atEnd())
                    .map(limit -> Change.of(target -> "ALTER DATABASE " + target + " CONNECTION LIMIT " + limit));
        }
        if (role == null && cursor.words("is_template")) {
            cursor.symbol("=");
            boolean on = cursor.words("true");
            return (on || cursor.words("false")) && cursor.atEnd()
                    ? Optional.of(Change.of(target -> "ALTER DATABASE " + target + " IS_TEMPLATE " + on))
                    : Optional.empty();
        }
        return Optional.empty();
    }

    private static Optional<Change> setting(SqlCursor cursor, @Nullable String role) {
        List<String> parts = new ArrayList<>();
        do {
            Optional<String> part = cursor.identifier();
            if (part.isEmpty()) {
                return Optional.empty();
            }
            parts.add(identifier(part.get()));
        } while (cursor.symbol("."));
        if (!cursor.words("to") && !cursor.symbol("=")) {
            return Optional.empty();
        }
        List<String> values = new ArrayList<>();
        do {
            Optional<String> value = cursor.string();
            if (value.isEmpty()) {
                return Optional.empty();
            }
            values.add(literal(value.get()));
        } while (cursor.symbol(","));
        String set = " SET " + String.join(".", parts) + " TO " + String.join(", ", values);
        String whose = role == null ? "" : "ALTER ROLE " + identifier(role) + " IN DATABASE ";
        return cursor.atEnd()
                ? Optional.of(
                        new Change(role, false, target -> (role == null ? "ALTER DATABASE " : whose) + target + set))
                : Optional.empty();
    }

    private static Optional<Change> comment(SqlCursor cursor) {
        return cursor.string()
                .filter(text -> cursor.atEnd())
                .map(text -> Change.of(target -> "COMMENT ON DATABASE " + target + " IS " + literal(text)));
    }

    private Optional<Change> rights(SqlCursor cursor, boolean grant) {
        boolean option = !grant && cursor.words("grant", "option", "for");
        List<String> rights = new ArrayList<>();
        do {
            String right = cursor.identifier().orElse("");
            if (!RIGHTS.contains(right)) {
                return Optional.empty();
            }
            rights.add(right.toUpperCase(Locale.ROOT));
        } while (cursor.symbol(","));
        if (!cursor.words("on", "database") || !isThis(cursor) || !cursor.words(grant ? "to" : "from")) {
            return Optional.empty();
        }
        boolean everybody = cursor.words("public");
        Optional<String> role =
                everybody ? Optional.of("PUBLIC") : cursor.identifier().map(Identifiers::identifier);
        boolean further = grant && cursor.words("with", "grant", "option");
        if (role.isEmpty() || !cursor.atEnd()) {
            return Optional.empty();
        }
        String verb = (grant ? "GRANT " : option ? "REVOKE GRANT OPTION FOR " : "REVOKE ") + String.join(", ", rights);
        String whom = (grant ? " TO " : " FROM ") + role.get() + (further ? " WITH GRANT OPTION" : "");
        return Optional.of(new Change(null, true, target -> verb + " ON DATABASE " + target + whom));
    }

    /**
     * @param role whose setting it is; null for everybody's
     * @param sql given the quoted name of a database
     */
    private record Change(@Nullable String role, boolean grant, UnaryOperator<String> sql) {

        static Change of(UnaryOperator<String> sql) {
            return new Change(null, false, sql);
        }
    }
}
