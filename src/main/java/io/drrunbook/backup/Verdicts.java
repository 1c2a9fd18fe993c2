package io.drrunbook.backup;

import java.util.Map;
import java.util.UUID;

/** What drills have found of backups, as it is known outside the stores. */
public interface Verdicts {

    /** The last one of each backup, by the backup's id. */
    Map<UUID, Manifest.Proof> latest();
}
