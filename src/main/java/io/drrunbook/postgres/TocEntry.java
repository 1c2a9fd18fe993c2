package io.drrunbook.postgres;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An entry of an archive's table of contents, as {@code pg_dump} has written it and {@code pg_restore} will carry it out
 * (pg_backup_archiver.c, {@code ReadToc}).
 *
 * @param dumpId its number in this archive; dependencies name it
 * @param hasData whether rows or large objects belong to it
 * @param catalogTable object id of the system catalog that the object is in
 * @param catalogId object id of the object in the database that was dumped
 * @param tag name of the object; for grants and comments, of what they are about: {@code TABLE orders}
 * @param desc type, such as {@code TABLE}, {@code TABLE DATA}, {@code ACL}
 * @param section what part of a restore it belongs to
 * @param defn SQL that makes it; null when it has none, or one of more than a mebibyte
 * @param dropStmt SQL that drops it; null as above
 * @param copyStmt SQL that takes its rows; null as above
 * @param namespace the schema; empty when it is in none
 * @param tablespace empty for the database's own
 * @param tableAccessMethod empty for what has none
 * @param owner a role; empty when nobody owns it
 * @param dependencies dump ids of what must be there before
 * @param dataState whether it is known where its rows are
 * @param dataOffset where in the file they begin; 0 when that is not known
 */
record TocEntry(
        int dumpId,
        boolean hasData,
        long catalogTable,
        long catalogId,
        String tag,
        String desc,
        Section section,
        @Nullable String defn,
        @Nullable String dropStmt,
        @Nullable String copyStmt,
        String namespace,
        String tablespace,
        String tableAccessMethod,
        String owner,
        List<Integer> dependencies,
        DataState dataState,
        long dataOffset) {

    /** In the order in which they are restored; the numbers in the archive are 1 to 4. */
    enum Section {
        NONE,
        PRE_DATA,
        DATA,
        POST_DATA
    }

    enum DataState {
        /** An archive that was written to a pipe does not know where its rows are. */
        NOT_SET,
        SET,
        NO_DATA,
        /** Tar archives name a member instead. */
        IN_MEMBER
    }
}
