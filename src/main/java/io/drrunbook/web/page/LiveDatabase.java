package io.drrunbook.web.page;

import io.drrunbook.run.Mode;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunStatus;
import io.drrunbook.run.StepStatus;
import java.util.Optional;

/** Says which data an application has after a recovery, and where the other is: the first thing that anybody asks. */
final class LiveDatabase {

    private static final int RESTORE = 4;

    private LiveDatabase() {}

    /** Empty while it is not known, because the run goes on or has failed in the middle of it. */
    static Optional<String> after(Run run) {
        if (run.mode() != Mode.RECOVERY || run.status().active()) {
            return Optional.empty();
        }
        String kept = run.previousDatabase();
        if (run.status() == RunStatus.ROLLED_BACK) {
            return Optional.of("Live is the data of before the recovery again"
                    + (kept == null ? "." : "; the recovered data is kept, closed, as " + kept + "."));
        }
        if (kept != null) {
            return Optional.of(
                    "Live is the recovered data; the database as it was before is kept, closed, as " + kept + ".");
        }
        StepStatus restored = run.step(RESTORE).status();
        return switch (restored) {
            case COMPLETED -> Optional.of("Live is the recovered data; no database of before is kept.");
            case PENDING -> Optional.of("Live is the data as it was: the run did not come to the database.");
            default -> Optional.empty();
        };
    }
}
