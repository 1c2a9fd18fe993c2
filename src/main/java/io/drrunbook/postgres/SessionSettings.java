package io.drrunbook.postgres;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * What every session of ours runs with in a database that belongs to somebody else, whatever its owner, its roles or the
 * server have set. They travel in the start-up packet, which goes before {@code ALTER ROLE}, {@code ALTER DATABASE} and
 * {@code postgresql.conf} and is there before the first statement.
 *
 * @see <a href="https://www.postgresql.org/docs/current/config-setting.html">Setting Parameters</a>
 */
final class SessionSettings {

    /** What is not known to every server that is still about, by the version that brought it. */
    private static final Map<Integer, Map<String, String>> SINCE = Map.of(
            140_000,
            // The second ends a statement whose client has gone: of a service that was killed, of a wait that was
            // cancelled.
            Map.of("idle_session_timeout", "0", "client_connection_check_interval", "10s"),
            170_000,
            Map.of("transaction_timeout", "0"));

    /** Renaming waits for nobody longer than this: somebody else is making or dropping databases then. */
    private static final String LOCK_TIMEOUT = "30s";

    /** What is right for our statements and for the tools' alike. */
    private static final Map<String, String> ALL = new LinkedHashMap<>();

    static {
        // ALTER ROLE ... SET role would have us be somebody else.
        ALL.put("role", "none");
        // A synchronous standby that died with the disaster would let every commit wait for ever.
        ALL.put("synchronous_commit", "local");
        ALL.put("default_transaction_read_only", "off");
        ALL.put("default_transaction_isolation", "read committed");
        ALL.put("default_transaction_deferrable", "off");
        ALL.put("standard_conforming_strings", "on");
        ALL.put("transform_null_equals", "off");
        ALL.put("statement_timeout", "0");
        ALL.put("idle_in_transaction_session_timeout", "0");
        // Rows that a role may not see are an error, not missing.
        ALL.put("row_security", "off");
    }

    private SessionSettings() {}

    /**
     * For our own statements: whoever may create something in {@code public} must not get it called by a name or an
     * operator of ours.
     */
    static String ofStatements(boolean readOnly) {
        Map<String, String> settings = new LinkedHashMap<>(ALL);
        settings.put("search_path", "pg_catalog,pg_temp");
        settings.put("lock_timeout", LOCK_TIMEOUT);
        settings.put("default_transaction_read_only", readOnly ? "on" : "off");
        return options(settings);
    }

    /**
     * For the owner's own statements: with the search path that any session of the role has in that database, else as ours.
     */
    static String ofSearchPathOfOthers() {
        return options(ALL);
    }

    /**
     * For {@code PGOPTIONS}. {@code pg_dump}, {@code pg_dumpall} and {@code pg_restore} empty the search path by themselves
     * as soon as they are connected, and {@code psql} runs nothing but the dump's own statements, which may lean on the
     * usual one: so it is not set. The three also set time-outs of their own, to the same.
     *
     * @param server version as a number, e.g. 150018: a server refuses a session that sets what it does not know
     */
    static String ofTools(int server) {
        Map<String, String> settings = new LinkedHashMap<>(ALL);
        settings.put("lock_timeout", "0");
        SINCE.forEach((version, more) -> {
            if (server >= version) {
                settings.putAll(more);
            }
        });
        return options(settings);
    }

    /**
     * What only newer servers know, for a session whose server has not told its version before. It is right under any search
     * path.
     */
    static String ofNewerServers() {
        return SINCE.values().stream()
                .flatMap(settings -> settings.entrySet().stream())
                .map(setting -> "SELECT pg_catalog.set_config(name, '" + setting.getValue()
                        + "', false) FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) '" + setting.getKey()
                        + "'")
                .collect(Collectors.joining(" UNION ALL "));
    }

    /** White space and backslashes of a value are escaped by a backslash (libpq, {@code options}). */
    private static String options(Map<String, String> settings) {
        return settings.entrySet().stream()
                .map(setting ->
                        "-c " + setting.getKey() + "=" + setting.getValue().replaceAll("([\\\\\\s])", "\\\\$1"))
                .collect(Collectors.joining(" "));
    }
}
