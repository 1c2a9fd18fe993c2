package io.drrunbook.postgres;

import java.nio.charset.StandardCharsets;

/**
 * Names and values inside SQL that takes no parameters, such as {@code ALTER DATABASE}.
 *
 * @see <a href="https://www.postgresql.org/docs/current/sql-syntax-lexical.html">Lexical Structure</a>
 */
final class Identifiers {

    /** NAMEDATALEN - 1. */
    private static final int LONGEST_NAME_BYTES = 63;

    private Identifiers() {}

    static String identifier(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    static String literal(String value) {
        String quoted = "'" + value.replace("'", "''") + "'";
        return value.indexOf('\\') < 0 ? quoted : " E" + quoted.replace("\\", "\\\\");
    }

    /** A value of a libpq connection string, e.g. {@code dbname='...'}. */
    static String connectionValue(String value) {
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }

    /** The name with the suffix; the name, never the suffix, is cut where both are too long for the server. */
    static String withSuffix(String name, String suffix) {
        int room = LONGEST_NAME_BYTES - bytes(suffix);
        String cut = name;
        while (bytes(cut) > room) {
            cut = cut.substring(0, cut.offsetByCodePoints(cut.length(), -1));
        }
        return cut + suffix;
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
