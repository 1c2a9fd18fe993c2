package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.dao.DataAccessException;

/** Whether a server and the client programs here could restore a backup, as far as their versions tell. */
public final class RestoreFit {

    private static final UUID NO_RUN = new UUID(0, 0);

    private RestoreFit() {}

    /**
     * The major version of that server, e.g. 15.
     *
     * @throws RunbookException ({@code database_unreachable})
     */
    public static int serverMajor(DrSettings.Database settings) {
        DatabaseServer server = new DatabaseServer(settings, NO_RUN);
        try {
            return server.versionNumber() / 10_000;
        } catch (DataAccessException e) {
            throw new RunbookException(
                    "database_unreachable",
                    "the server " + server.address() + " does not tell its version: "
                            + e.getMostSpecificCause().getMessage(),
                    e);
        }
    }

    /**
     * What it costs that the service's role is a superuser there; empty when it is none.
     *
     * @throws RunbookException ({@code database_unreachable})
     */
    public static Optional<String> priceOfTheRole(DrSettings.Database settings) {
        return new DatabaseServer(settings, NO_RUN).priceOfTheRole();
    }

    /**
     * What keeps a dump from being restored.
     *
     * @param dumpedFrom version of the server that was dumped, e.g. {@code 15.18}
     * @param plain whether the dump is plain SQL
     */
    public static List<String> problems(String dumpedFrom, int serverMajor, boolean plain) {
        Version dumped;
        try {
            dumped = Version.in(dumpedFrom);
        } catch (RunbookException e) {
            return List.of();
        }
        List<String> problems = new ArrayList<>();
        if (serverMajor < dumped.major()) {
            problems.add("it was dumped from PostgreSQL " + dumped + ", the server is " + serverMajor
                    + ": use a server of version " + dumped.major() + " or newer");
        }
        ClientTools tools = ClientTools.INSTALLED;
        tools.problem(dumped, serverMajor, plain).ifPresent(problems::add);
        if (!plain && tools.lacks("pg_restore", dumped.major())) {
            problems.add("no pg_restore here is of version " + dumped.major() + " or newer: install postgresql-client-"
                    + dumped.major());
        }
        return problems;
    }
}
