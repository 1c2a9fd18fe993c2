package io.drrunbook.postgres;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What statements name that a server must have: roles, extensions, tablespaces; and how many tables they make. */
final class SqlNames {

    private static final Set<String> NO_ROLES =
            Set.of("public", "current_user", "session_user", "current_role", "user", "group", "default");

    private final Set<String> roles = new TreeSet<>();
    private final Set<String> owners = new TreeSet<>();
    private final Set<String> extensions = new TreeSet<>();
    private final Set<String> tablespaces = new TreeSet<>();
    private long tables;
    private boolean rows;

    void take(SqlStatement statement) {
        switch (statement.word(0)) {
            case "create" -> create(statement);
            case "alter" -> alter(statement);
            case "grant", "revoke" -> roles(statement, statement.last("to", "from") + 1);
            case "set" -> set(statement);
            case "copy", "insert" -> rows = true;
            default -> {
                // Nothing else names what a dump does not bring.
            }
        }
    }

    Set<String> roles() {
        return roles;
    }

    /** Roles that something is given to; each is one of {@link #roles}, too. */
    Set<String> owners() {
        return owners;
    }

    Set<String> extensions() {
        return extensions;
    }

    Set<String> tablespaces() {
        return tablespaces;
    }

    long tables() {
        return tables;
    }

    boolean hasRows() {
        return rows;
    }

    private void create(SqlStatement statement) {
        if (statement.startsWith("create", "table") || statement.startsWith("create", "unlogged", "table")) {
            tables++;
        } else if (statement.startsWith("create", "extension")) {
            add(extensions, statement.tokens(), statement.last("exists", "extension") + 1);
        } else if (statement.startsWith("create", "schema")) {
            role(statement, statement.last("authorization") + 1);
        } else if (statement.startsWith("create", "user", "mapping")) {
            role(statement, statement.last("for") + 1);
        } else if (statement.startsWith("create", "policy")) {
            roles(statement, statement.last("to") + 1);
        }
    }

    private void alter(SqlStatement statement) {
        int size = statement.tokens().size();
        if (statement.startsWith("alter", "default", "privileges")) {
            if (statement.word(3).equals("for")) {
                roles(statement, 5);
            }
            roles(statement, statement.last("to", "from") + 1);
        } else if (size > 3
                && statement.word(size - 3).equals("owner")
                && statement.word(size - 2).equals("to")) {
            role(owners, statement, size - 1);
            role(statement, size - 1);
        }
    }

    private void set(SqlStatement statement) {
        if (statement.startsWith("set", "session", "authorization")) {
            role(statement, 3);
        } else if (statement.startsWith("set", "role")) {
            role(statement, 2);
        } else if (statement.startsWith("set", "default_tablespace")) {
            add(tablespaces, statement.tokens(), 3);
        }
    }

    /** All names of a list that begins there. */
    private void roles(SqlStatement statement, int first) {
        List<SqlToken> tokens = statement.tokens();
        int index = first;
        while (index > 0 && index < tokens.size()) {
            if (tokens.get(index).isWord("group")) {
                index++;
            }
            role(statement, index);
            boolean goesOn = index + 1 < tokens.size() && tokens.get(index + 1).isSymbol(",");
            index = goesOn ? index + 2 : 0;
        }
    }

    private void role(SqlStatement statement, int index) {
        role(roles, statement, index);
    }

    private static void role(Set<String> names, SqlStatement statement, int index) {
        List<SqlToken> tokens = statement.tokens();
        boolean named = index > 0
                && index < tokens.size()
                && (tokens.get(index).kind() != SqlToken.Kind.WORD
                        || !NO_ROLES.contains(tokens.get(index).text()));
        if (named) {
            add(names, tokens, index);
        }
    }

    private static void add(Set<String> names, List<SqlToken> tokens, int index) {
        if (index <= 0 || index >= tokens.size()) {
            return;
        }
        SqlToken token = tokens.get(index);
        boolean named = token.isIdentifier() || token.kind() == SqlToken.Kind.STRING;
        if (named && !token.text().isEmpty()) {
            names.add(token.text());
        }
    }
}
