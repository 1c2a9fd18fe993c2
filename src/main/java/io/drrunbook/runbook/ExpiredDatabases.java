package io.drrunbook.runbook;

import java.util.List;

/** The journal's answer to which swapped-out databases have been kept for longer than {@code dr.restore.keep-previous}. */
public interface ExpiredDatabases {

    List<Expired> expired();

    /** Notes that it is gone, so that it is not listed again and cannot be rolled back to. */
    void dropped(Expired database);

    /** A swapped-out database and the application whose it was. */
    record Expired(String application, String database) {}
}
