package io.drrunbook.run;

import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.h2.engine.SessionLocal;
import org.h2.jdbc.JdbcConnection;
import org.h2.mvstore.FileStore;
import org.h2.mvstore.MVStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * The file of an embedded journal. {@code WRITE_DELAY=0} writes each commit at once and, with that, switches H2's own
 * housekeeping off: each commit appends a piece that nobody reuses before the database is closed. So it is compacted from
 * here, while it is in use.
 */
@Component("journalFile")
public class JournalFile {

    private static final Logger LOG = LoggerFactory.getLogger(JournalFile.class);

    /** Whoever commits meanwhile waits so long at most; in milliseconds. */
    private static final int LONGEST = 200;

    /** A file that has grown by less is left as it is: each compaction writes what it moves. */
    private static final long WORTH_IT = 512 * 1024L;

    private final DataSource database;
    private volatile long lastSize;

    JournalFile(DataSource database) {
        this.database = database;
    }

    /** Gives back what is no longer used, when the file has grown; nothing for a journal in PostgreSQL. */
    public void compact() throws SQLException {
        try (Connection connection = database.getConnection()) {
            if (!connection.isWrapperFor(JdbcConnection.class)) {
                return;
            }
            if (connection.unwrap(JdbcConnection.class).getSession() instanceof SessionLocal session) {
                compact(session.getDatabase().getStore().getMvStore());
            }
        }
    }

    private void compact(MVStore store) {
        FileStore<?> file = store.getFileStore();
        if (file == null || file.isReadOnly() || file.size() < lastSize + WORTH_IT) {
            return;
        }
        long before = file.size();
        store.compactFile(LONGEST);
        lastSize = file.size();
        LOG.debug("the journal's file had {} bytes, and has {} after it was compacted", before, lastSize);
    }
}
