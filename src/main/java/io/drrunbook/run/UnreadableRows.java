package io.drrunbook.run;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.RowMapper;
import org.springframework.stereotype.Component;

/**
 * Rows of the journal's database that cannot be read, because somebody or another version has written into it: each costs
 * itself and nothing else, and is named until it can be read or is gone.
 */
@Component
public class UnreadableRows {

    private static final Logger LOG = LoggerFactory.getLogger(UnreadableRows.class);
    private static final String CONNECTION_LOST = "08";

    private final ConcurrentMap<String, String> rows = new ConcurrentHashMap<>();

    /**
     * Reads each row that can be read; one that cannot is empty.
     *
     * @param table as people know it, for the message
     * @param key the column that tells the rows apart
     */
    public <T> RowMapper<Optional<T>> sparing(String table, String key, RowMapper<T> mapper) {
        return (row, n) -> {
            String name = table + " " + row.getString(key);
            try {
                Optional<T> read = Optional.ofNullable(mapper.mapRow(row, n));
                rows.remove(name);
                return read;
            } catch (DataAccessException e) {
                throw e;
            } catch (SQLException e) {
                if (String.valueOf(e.getSQLState()).startsWith(CONNECTION_LOST)) {
                    throw e;
                }
                note(name, e);
            } catch (RuntimeException e) {
                note(name, e);
            }
            return Optional.empty();
        };
    }

    /** A row that was read by other means. */
    void note(String name, Exception failure) {
        String sentence = "a row of the journal cannot be read and is left out: " + name + " (" + failure.getMessage()
                + "); look who could write to its database";
        if (rows.put(name, sentence) == null) {
            LOG.warn(sentence);
        }
    }

    /** A sentence for each. */
    public List<String> sentences() {
        return rows.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue)
                .toList();
    }
}
