package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * PostgreSQL's client programs, of which several majors may be installed side by side in the way of Debian and of
 * PostgreSQL's own packages: {@code /usr/lib/postgresql/16/bin/pg_restore}. The newest is not always right: since 17,
 * {@code pg_restore} and {@code pg_dump} set {@code transaction_timeout}, and a server before 17 refuses that.
 *
 * @param folder holds a folder for each major
 */
record ClientTools(Path folder) {

    /** Those of this machine. */
    static final ClientTools INSTALLED = new ClientTools(Path.of("/usr/lib/postgresql"));

    private static final int SETS_TRANSACTION_TIMEOUT = 17;

    /** The first minor of each major whose psql knows {@code \restrict}; from the last of them on all do. */
    private static final NavigableMap<Integer, Integer> RESTRICT =
            new TreeMap<>(Map.of(13, 22, 14, 19, 15, 14, 16, 10, 17, 6, 18, 0));

    /** The lowest that is at least of that major; when there is none, whichever {@code PATH} leads to. */
    String program(String name, int major) {
        return lowest(name, major)
                .map(found -> folder.resolve(found + "/bin/" + name).toString())
                .orElse(name);
    }

    /** Why the dump cannot go into the server although both are new enough; empty when it can, or nobody knows. */
    Optional<String> problem(Version dump, int serverMajor, boolean plain) {
        if (serverMajor >= SETS_TRANSACTION_TIMEOUT) {
            return Optional.empty();
        }
        if (dump.major() >= SETS_TRANSACTION_TIMEOUT) {
            return Optional.of("the dump was made by pg_dump " + dump
                    + ", which sets transaction_timeout, and the server is " + serverMajor
                    + ", which does not know it: use a server of version 17 or newer");
        }
        return plain
                ? Optional.empty()
                : lowest("pg_restore", Math.max(dump.major(), serverMajor))
                        .filter(major -> major >= SETS_TRANSACTION_TIMEOUT)
                        .map(major -> "pg_restore " + major + " sets transaction_timeout, and the server is "
                                + serverMajor + ", which does not know it: install postgresql-client-16 beside it");
    }

    /**
     * A plain dump is for no psql without {@code \restrict}: nothing else keeps a script from running programs.
     *
     * @throws RunbookException {@code psql_not_restricted}
     */
    static void requireRestrict(Version psql) {
        int major = psql.major();
        Integer first = RESTRICT.getOrDefault(major, major > RESTRICT.lastKey() ? 0 : Integer.MAX_VALUE);
        if (psql.minor() < first) {
            throw new RunbookException(
                    "psql_not_restricted",
                    "psql here is " + psql + ", which can be made to run programs by a plain dump: update"
                            + " postgresql-client to 13.22, 14.19, 15.14, 16.10, 17.6 or 18 at least");
        }
    }

    /** Whether it is known that there is none of at least that major; what {@code PATH} leads to is not known. */
    boolean lacks(String name, int atLeast) {
        return lowest(name, 0).isPresent() && lowest(name, atLeast).isEmpty();
    }

    private Optional<Integer> lowest(String name, int atLeast) {
        if (!Files.isDirectory(folder)) {
            return Optional.empty();
        }
        try (Stream<Path> majors = Files.list(folder)) {
            return majors.filter(major -> major.getFileName().toString().matches("\\d{1,3}"))
                    .filter(major -> Files.isExecutable(major.resolve("bin").resolve(name)))
                    .map(major -> Integer.valueOf(major.getFileName().toString()))
                    .filter(major -> major >= atLeast)
                    .min(Comparator.naturalOrder());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look into " + folder, e);
        }
    }
}
