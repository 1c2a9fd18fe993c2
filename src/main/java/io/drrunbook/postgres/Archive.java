package io.drrunbook.postgres;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A plain archive and what it says of itself.
 *
 * @param fromMajor major version of the server it was dumped from; 0 when it does not say
 * @param dumpedBy major version of the {@code pg_dump} that wrote it; 0 when it does not say
 * @param roles that own something or are granted something in it
 * @param extensions that it creates
 * @param tables with data in it
 * @param database name of the database that was dumped; null when it does not say
 * @param definition the WITH clause of its CREATE DATABASE; null when it has none
 * @param properties its statements that set up the database itself (owner, grants, settings), one each
 */
record Archive(
        Path file,
        Kind kind,
        int fromMajor,
        int dumpedBy,
        Set<String> roles,
        Set<String> extensions,
        int tables,
        @Nullable String database,
        @Nullable String definition,
        List<String> properties) {

    Optional<String> creation() {
        return Optional.ofNullable(definition);
    }

    /** How it is restored. */
    enum Kind {
        /** {@code pg_dump -Fc}: pg_restore, in parallel. */
        CUSTOM,
        /** {@code pg_dump -Ft}: pg_restore, one job. */
        TAR,
        /** {@code pg_dump -Fp}: psql. */
        PLAIN
    }
}
