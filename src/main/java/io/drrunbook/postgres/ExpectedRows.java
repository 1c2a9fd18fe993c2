package io.drrunbook.postgres;

import org.jspecify.annotations.Nullable;

/**
 * What a manifest says of a table.
 *
 * @param shown {@code schema.table}
 * @param table null where an older manifest does not tell which of the dots divides
 * @param rows in the snapshot that was dumped
 */
public record ExpectedRows(String shown, @Nullable TableName table, long rows) {

    boolean isAbout(TableName found) {
        return table == null ? shown.equals(found.shown()) : table.equals(found);
    }
}
