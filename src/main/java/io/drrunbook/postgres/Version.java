package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A version of PostgreSQL.
 *
 * @param major the number that must fit
 * @param text as it was printed
 */
record Version(int major, String text) {

    private static final Pattern NUMBER = Pattern.compile("(\\d+)(?:\\.\\d+|devel|beta\\d+|rc\\d+)?");

    /** The first version number in a text such as {@code pg_restore (PostgreSQL) 15.18 (Debian ...)}. */
    static Version in(String text) {
        Matcher number = NUMBER.matcher(text);
        if (!number.find()) {
            throw new RunbookException("unknown_version", "no PostgreSQL version in '" + text + "'");
        }
        return new Version(Integer.parseInt(number.group(1)), number.group());
    }

    /** The number behind the point; 0 where there is none, as in a beta. */
    int minor() {
        int point = text.indexOf('.');
        return point < 0 ? 0 : Integer.parseInt(text.substring(point + 1));
    }

    @Override
    public String toString() {
        return text;
    }
}
