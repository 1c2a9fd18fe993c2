package io.drrunbook.run;

import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** Which data is live because of a run, in one sentence: the first that anybody must know. */
public final class Headline {

    private static final int RESTORE = 4;

    private Headline() {}

    /** Of that run, as it stands now. */
    public static String of(Run run) {
        return switch (run.mode()) {
            case PLAN -> "A plan changes nothing: live data is as it was.";
            case DRILL -> "A drill does not touch live data: it is as it was.";
            case RECOVERY -> run.rollback() == null ? recovery(run) : rollback(run, run.rollback());
        };
    }

    private static String rollback(Run run, Run.Rollback rollback) {
        if (rollback.endedAt() != null) {
            return "Rolled back: the data from before this recovery is live again"
                    + (rollback.restoredDatabase() == null
                            ? "."
                            : "; what it had restored is kept, closed, as " + rollback.restoredDatabase() + ".");
        }
        return run.status().active()
                ? "A rollback is under way: until it ends the restored data is live, or nobody gets in."
                : "The rollback has not come to its end: the restored data is live.";
    }

    private static String recovery(Run run) {
        Step restore = run.step(RESTORE);
        boolean restored = restore.status().done() || run.previousDatabase() != null;
        if (restored) {
            return "The restored data" + asOf(run) + " is live" + application(run) + kept(run) + ".";
        }
        boolean inPlace = "clean".equals(restore.detail().get("restore_mode"));
        if (inPlace && restore.startedAt() != null) {
            return run.status().active()
                    ? "The live database is being restored in place: until step 4 ends it may hold a part of the data."
                    : "The live database was restored in place and not to the end: it may hold a part of the data.";
        }
        return "Live data is as it was before this run.";
    }

    private static String asOf(Run run) {
        return run.dataLossSeconds() == null
                ? ""
                : ", as of "
                        + run.startTime().minusSeconds(run.dataLossSeconds()).truncatedTo(ChronoUnit.SECONDS)
                        + ",";
    }

    private static String application(Run run) {
        return switch (run.status()) {
            case SUCCEEDED -> " and the application is healthy";
            case QUEUED, RUNNING -> "; the application is being brought back";
            case WAITING -> "; the application waits for a person" + open(run);
            case FAILED, CANCELLED, ROLLED_BACK -> ", but the application was not proven to work" + open(run);
        };
    }

    private static String open(Run run) {
        Optional<Step> open =
                run.steps().stream().filter(step -> !step.status().done()).findFirst();
        return open.map(step -> " (step " + step.number() + ", " + step.name() + ")")
                .orElse("");
    }

    private static String kept(Run run) {
        return run.previousDatabase() == null
                ? ""
                : "; the database from before is kept, closed, as " + run.previousDatabase();
    }
}
