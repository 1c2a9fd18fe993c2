package io.drrunbook.postgres;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** Event triggers of a database that is thrown away: they must not refuse, or see, what this service does there. */
final class EventTriggers {

    private static final int PARAMETER_PRIVILEGES_SINCE = 150_000;
    private static final int SWITCH_SINCE = 170_000;

    private EventTriggers() {}

    /**
     * Silences them for this session as far as the role may: {@code session_replication_role = replica} for a superuser, or
     * whoever was granted it (PostgreSQL 15). Those that fire in that role too ({@code ENABLE ALWAYS} or {@code REPLICA}) are
     * switched off for the session ({@code event_triggers = off}, PostgreSQL 17), or for good. Only superusers make event
     * triggers, so a lesser role has none in what it has restored.
     */
    static void silence(Statement session) throws SQLException {
        boolean superuser = yes(session, "SELECT pg_catalog.current_setting('is_superuser') = 'on'");
        int version = session.getConnection().getMetaData().getDatabaseMajorVersion() * 10_000;
        boolean may = superuser
                || version >= PARAMETER_PRIVILEGES_SINCE
                        && yes(session, "SELECT pg_catalog.has_parameter_privilege('session_replication_role', 'SET')");
        if (may) {
            session.execute("SET session_replication_role = replica");
        }
        if (superuser) {
            if (version >= SWITCH_SINCE) {
                session.execute("SET event_triggers = off");
            } else {
                disable(session);
            }
        }
    }

    private static void disable(Statement session) throws SQLException {
        List<String> firing = new ArrayList<>();
        try (ResultSet row = session.executeQuery("SELECT pg_catalog.quote_ident(evtname)"
                + " FROM pg_catalog.pg_event_trigger WHERE evtenabled IN ('A', 'R')")) {
            while (row.next()) {
                firing.add(row.getString(1));
            }
        }
        for (String trigger : firing) {
            session.execute("ALTER EVENT TRIGGER " + trigger + " DISABLE");
        }
    }

    private static boolean yes(Statement session, String question) throws SQLException {
        try (ResultSet row = session.executeQuery(question)) {
            row.next();
            return row.getBoolean(1);
        }
    }
}
