package io.drrunbook.runbook;

import io.drrunbook.failure.Explained;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.postgres.DatabaseServer;
import io.drrunbook.postgres.DatabaseSwap;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.settings.DrSettings;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/** Makes the database before a run the live one again; {@code rollback.camel.yaml} puts the pieces in order. */
@Component("rollBack")
public class RollBack {

    private final DrSettings settings;

    RollBack(DrSettings settings) {
        this.settings = settings;
    }

    /**
     * Finds out that there is something to go back to, before anybody is locked out.
     *
     * @throws RunbookException {@code no_previous_database}
     */
    public void check(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        if (run == null) {
            throw new RunbookException("no_run", "only the swap of an admitted run is rolled back: name the run");
        }
        swap(run).requirePrevious();
    }

    /** Whether the swap has been undone already, by an attempt that broke off afterwards. */
    public boolean pending(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        return swap(run).hasPrevious();
    }

    public void fence(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        swap(run).fence();
    }

    public void swapBack(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        swap(run).swapBack();
    }

    /** The database that was rolled back stays, closed, until housekeeping drops it. */
    public void report(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        DatabaseServer server = server(run);
        swap(run).open();
        run.swappedBack(server.names().side());
        run.log("database " + server.names().live()
                + " is the one before the run again; the restored one stays, closed, as "
                + server.names().side());
    }

    /** Opens the live database again and fails again. */
    public void undo(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run,
            @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Exception failure)
            throws Exception {
        try {
            swap(run).open();
        } catch (RunbookException | DataAccessException e) {
            failure.addSuppressed(e);
            run.log("the live database may be closed: roll back again once the server answers. "
                    + Explained.of(e).message());
        }
        throw failure;
    }

    private DatabaseSwap swap(ActiveRun run) {
        return new DatabaseSwap(server(run));
    }

    private DatabaseServer server(ActiveRun run) {
        return new DatabaseServer(settings.application(run.application()).database(), run.id(), () -> false, run::log);
    }
}
