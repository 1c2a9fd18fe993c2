package io.drrunbook.run;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Manifest;
import io.drrunbook.backup.Manifest.Proof;
import io.drrunbook.backup.Verdicts;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * What drills have found of backups, in the journal. The manifests in the stores say the same, once the stores take them;
 * foreign backups have none.
 */
@Component
public class VerdictBook implements Verdicts {

    private static final int LONGEST_REASON = 8000;

    private final JdbcClient jdbc;
    private final Journal journal;

    VerdictBook(JdbcClient jdbc, Journal journal) {
        this.jdbc = jdbc;
        this.journal = journal;
    }

    /** Writes down what a drill has found; a drill that was interrupted may find it once more. */
    @Transactional
    public void write(Backup backup, Proof proof) {
        Manifest manifest = backup.manifest();
        jdbc.sql("DELETE FROM verdicts WHERE backup_id = ? AND run = ?")
                .params(manifest.id(), proof.run())
                .update();
        jdbc.sql("INSERT INTO verdicts (backup_id, application, run, at, passed, reason) VALUES (?, ?, ?, ?, ?, ?)")
                .param(manifest.id())
                .param(manifest.application())
                .param(proof.run())
                .param(proof.at().atOffset(ZoneOffset.UTC))
                .param(proof.passed())
                .param(proof.reason())
                .update();
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("application", manifest.application());
        content.put("backup_id", manifest.id());
        content.put("filename", manifest.filename());
        content.put("run", proof.run());
        content.put("at", proof.at().toString());
        if (!proof.passed()) {
            content.put(
                    "message",
                    "a drill found that backup " + manifest.id() + " of " + manifest.application() + " ("
                            + manifest.filename() + ", of " + manifest.createdAt() + ") is bad: " + proof.reason()
                            + "; it is not restored any more; take another");
        }
        journal.event(proof.run(), proof.passed() ? "backup_verified" : "backup_condemned", content);
    }

    /** The same reason, cut to what the journal holds. */
    public static String cut(String reason) {
        return reason.length() <= LONGEST_REASON ? reason : reason.substring(0, LONGEST_REASON - 1) + "…";
    }

    @Override
    public Map<UUID, Proof> latest() {
        Map<UUID, Proof> latest = new HashMap<>();
        jdbc.sql("SELECT backup_id, run, at, passed, reason FROM verdicts ORDER BY at")
                .query(row -> {
                    latest.put(
                            row.getObject("backup_id", UUID.class),
                            new Proof(
                                    row.getObject("at", OffsetDateTime.class).toInstant(),
                                    row.getObject("run", UUID.class),
                                    row.getBoolean("passed"),
                                    row.getString("reason")));
                });
        return latest;
    }
}
