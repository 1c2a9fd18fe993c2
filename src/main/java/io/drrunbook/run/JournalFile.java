package io.drrunbook.run;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.h2.mvstore.MVStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * The file of an embedded journal. {@code WRITE_DELAY=0} writes each commit at once and, with that, switches H2's own
 * housekeeping off: each commit appends a piece that hardly anything reuses before the database is closed. So the place of
 * what is no longer needed is given back from here, while the journal is in use.
 */
@Component("journalFile")
public class JournalFile {

    private static final Logger LOG = LoggerFactory.getLogger(JournalFile.class);

    /** Fewer commits than that are not worth what a compaction writes itself. */
    private static final long WORTH_IT = 20;

    /** Pieces that are used to a smaller part, in percent, are written anew, up to so many bytes at a time. */
    private static final int FILL_RATE = 90;

    private static final int BYTES = 4 * 1024 * 1024;

    private final DataSource database;
    private volatile long lastVersion;

    JournalFile(DataSource database) {
        this.database = database;
    }

    /** Gives back what is no longer used, when something was written; nothing for a journal in PostgreSQL. */
    public synchronized void compact() throws SQLException {
        try (Connection connection = database.getConnection()) {
            if (connection.isWrapperFor(JdbcConnection.class)
                    && connection.unwrap(JdbcConnection.class).getSession() instanceof SessionLocal session) {
                MVStore store = session.getDatabase().getStore().getMvStore();
                if (!store.isReadOnly() && store.getCurrentVersion() - lastVersion >= WORTH_IT) {
                    compact(store, connection);
                    lastVersion = store.getCurrentVersion();
                }
            }
        }
    }

    /**
     * Nothing is moved. What is still used is written anew and forced to disk; only then may a commit write over what nobody
     * needs any more, so that a power failure finds one whole version or the other.
     */
    private static void compact(MVStore store, Connection connection) throws SQLException {
        store.compact(FILL_RATE, BYTES);
        store.sync();
        int retention = store.getRetentionTime();
        store.setRetentionTime(0);
        try (Statement statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE journal_head SET only_row = 1 WHERE only_row = 1");
            if (!connection.getAutoCommit()) {
                connection.commit();
            }
        } finally {
            store.setRetentionTime(retention);
        }
        LOG.debug("the journal's file was compacted at version {}", store.getCurrentVersion());
    }
}
