package io.drrunbook.runbook;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.postgres.DatabaseProof;
import io.drrunbook.postgres.DatabaseServer;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.run.Mode;
import io.drrunbook.settings.DrSettings;
import org.apache.camel.ExchangeProperty;
import org.springframework.stereotype.Component;

/** What a drill does beyond a recovery, which has no time for it: looks into the restored data themselves. */
@Component("proveDatabase")
public class ProveDatabase {

    private final DrSettings settings;

    ProveDatabase(DrSettings settings) {
        this.settings = settings;
    }

    /**
     * Checks indexes, constraints, sequences and the owner's assertions in the side database.
     *
     * @throws RunbookException as {@link DatabaseProof#prove}
     */
    public void sideDatabase(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        run.requireMode("look that deep", Mode.DRILL);
        DatabaseServer server = new DatabaseServer(
                settings.application(run.application()).database(), run.id(), run::cancelRequested, run::log);
        DatabaseProof.Result found = new DatabaseProof(
                        server,
                        server.names().side(),
                        (done, total) -> run.progress(done, total, "checks"),
                        run::log,
                        run::cancelRequested)
                .prove(settings.drillChecks(run.application()), settings.drill().checkTimeout());
        run.detail("indexes_checked", found.indexes());
        run.detail("constraints_checked", found.constraints());
        run.detail("sequences_checked", found.sequences());
        run.detail("assertions_passed", found.assertions());
        RunFindings.add(run, found.findings());
        run.log(found.indexes() + " indexes, " + found.constraints() + " constraints, " + found.sequences()
                + " sequences and " + found.assertions() + " assertions were looked at"
                + (found.findings().isEmpty()
                        ? ", and all is well"
                        : "; " + found.findings().size() + " findings"));
    }
}
