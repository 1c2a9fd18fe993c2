package io.drrunbook.runbook;

import io.drrunbook.failure.Finding;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.run.Run;
import java.util.ArrayList;
import java.util.List;

/**
 * What a run has found that stops nothing. It is remembered beside the step that tells it, because a step that begins again
 * after a crash forgets what it has told.
 */
final class RunFindings {

    /** A journal row and a letter have no room for thousands. */
    private static final int MOST = 100;

    private RunFindings() {}

    /** Tells them, behind those that there are. */
    static void add(ActiveRun run, List<Finding> found) {
        if (found.isEmpty()) {
            return;
        }
        found.stream().limit(MOST).forEach(finding -> run.log("found: " + finding.sentence()));
        List<Finding> all = new ArrayList<>(of(run));
        all.addAll(found);
        keep(run, all.size() <= MOST ? all : cut(all));
    }

    private static List<Finding> cut(List<Finding> all) {
        List<Finding> some = new ArrayList<>(all.subList(0, MOST - 1));
        some.add(new Finding(
                Finding.MORE, "the database", (all.size() - some.size()) + " more findings are not listed", null));
        return some;
    }

    /** Nothing is found yet: the restore begins anew. */
    static void forget(ActiveRun run) {
        if (!of(run).isEmpty()) {
            keep(run, List.of());
        }
    }

    /** Tells once more what an earlier attempt of the step has found. */
    static void tellAgain(ActiveRun run) {
        if (!of(run).isEmpty()) {
            run.detail(Run.FINDINGS, of(run));
        }
    }

    /** All so far. */
    static List<Finding> of(ActiveRun run) {
        return run.recall(Run.FINDINGS, Finding[].class).map(List::of).orElse(List.of());
    }

    private static void keep(ActiveRun run, List<Finding> findings) {
        run.remember(Run.FINDINGS, findings.toArray(Finding[]::new));
        run.detail(Run.FINDINGS, findings);
    }
}
