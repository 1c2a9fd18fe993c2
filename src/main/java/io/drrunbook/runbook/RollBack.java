package io.drrunbook.runbook;

import io.drrunbook.postgres.Restoration;
import io.drrunbook.postgres.Restorations;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.run.Journal;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.Body;
import org.apache.camel.ExchangeProperty;
import org.springframework.stereotype.Component;

/** Swaps a recovery's previous database back in, and drops what nobody has swapped back in time. */
@Component("rollBack")
class RollBack {

    private final Restorations restorations;
    private final Journal journal;

    RollBack(Restorations restorations, Journal journal) {
        this.restorations = restorations;
        this.journal = journal;
    }

    /** The previous database becomes the live one; the restored one stays closed beside it until its time is up. */
    public void swapBack(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        Restoration restoration = restorations.of(run.application(), run.id());
        String restored = restoration.swapBack();
        run.previousDatabase(restored);
        run.log("rolled back: " + restoration.liveDatabase()
                + " is what it was before the run; what the run had restored" + " stays as " + restored
                + " for a while");
    }

    /** Drops one database whose time is up; {@code row} is of the journal's runs. */
    public void drop(@Body Map<String, Object> row) {
        String database = row.get("previous_database").toString();
        restorations.drop(row.get("application").toString(), database);
        journal.previousDatabaseDropped(UUID.fromString(row.get("id").toString()), database);
    }
}
