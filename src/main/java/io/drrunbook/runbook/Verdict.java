package io.drrunbook.runbook;

import java.util.Locale;

/** What a drill says of its backup. */
enum Verdict {
    /** It was restored and looked at, and nothing is wrong with it. */
    PROVEN,
    /** It is to blame: no copy of it will ever be restored. */
    BACKUP_BAD,
    /** Something else failed, or nobody knows: the backup is what it was before. */
    SURROUNDINGS_FAILED;

    /** As it stands in the run's log. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
