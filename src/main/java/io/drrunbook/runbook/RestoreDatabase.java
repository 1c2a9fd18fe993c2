package io.drrunbook.runbook;

import io.drrunbook.backup.Manifest;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.postgres.Restoration;
import io.drrunbook.postgres.Restorations;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.run.Mode;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.tool.ToolCall;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.springframework.stereotype.Component;

/** Step 4: the pieces of a restore, each called by the route where its turn is. */
@Component("restoreDatabase")
class RestoreDatabase {

    private static final String CONTENTS = "contents";
    private static final String OID = "side_database_oid";
    private static final String VERIFIED = "side_database_verified";
    private static final Pattern TABLE_DONE = Pattern.compile(".*finished item \\d+ TABLE DATA .*");
    private static final Pattern TABLE_BEGUN = Pattern.compile(".*processing data for table .*");

    private final Restorations restorations;
    private final DrSettings settings;

    RestoreDatabase(Restorations restorations, DrSettings settings) {
        this.restorations = restorations;
        this.settings = settings;
    }

    /**
     * What is to be done, which after a crash is not all of it.
     *
     * @return {@code swapped} when nothing is, {@code verified} when only the swap is, else {@code drill},
     *     {@code swap} or {@code clean}
     */
    public String what(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        Restoration.Progress progress = restoration(run).progress(oid(run));
        if (progress == Restoration.Progress.SWAPPED) {
            run.log("the restored database is already the live one");
            return "swapped";
        }
        if (run.mode() == Mode.DRILL) {
            return "drill";
        }
        if (progress == Restoration.Progress.SIDE_DATABASE
                && run.recall(VERIFIED, Boolean.class).orElse(false)) {
            run.log("the side database is already restored and verified");
            return "verified";
        }
        return settings.restore().mode() == DrSettings.Restore.Mode.CLEAN ? "clean" : "swap";
    }

    /** Looks whether the restore can work, before anything is written. */
    public void check(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) throws IOException {
        boolean swapping = run.mode() == Mode.RECOVERY && settings.restore().mode() == DrSettings.Restore.Mode.SWAP;
        Restoration.Contents contents = restoration(run).check(run.archive(), swapping, run::log, run::cancelRequested);
        exchange.setProperty(CONTENTS, contents);
        run.detail("format", contents.format());
        run.detail("tables", contents.tables());
    }

    /** The call that reads the whole archive; no body when it was read already. */
    public void readWhole(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        exchange.getMessage()
                .setBody(restoration(run)
                        .readWhole(contents(exchange), run::cancelRequested)
                        .orElse(null));
    }

    /** Makes the empty side database. */
    public void createSide(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        Restoration restoration = restoration(run);
        run.remember(VERIFIED, false);
        run.remember(OID, restoration.createSide(contents(exchange)));
        run.detail("side_database", restoration.sideDatabase());
        run.log("restoring into the side database " + restoration.sideDatabase());
    }

    /** The call that fills the side database. */
    public ToolCall intoSide(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        return restoration(run)
                .restoreIntoSide(contents(exchange), progress(run, contents(exchange)), run::cancelRequested);
    }

    /** Clean mode: makes the live database if it is gone. */
    public void prepareLive(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        run.log("restoring over the live database: dr.restore.mode is clean, there is no way back");
        restoration(run).prepareLive(contents(exchange));
    }

    /** The call that restores over the live database. */
    public ToolCall overLive(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        return restoration(run)
                .restoreOverLive(contents(exchange), progress(run, contents(exchange)), run::cancelRequested);
    }

    /** Compares the side database with the manifest, and makes it ready to take its place. */
    public void verifySide(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        verify(run, exchange, restoration(run).sideDatabase());
        if (run.mode() == Mode.RECOVERY) {
            restoration(run).carryOver(contents(exchange));
            run.remember(VERIFIED, true);
        }
    }

    /** Compares the live database with the manifest. */
    public void verifyLive(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        verify(run, exchange, restoration(run).liveDatabase());
    }

    /** Swaps the side database in. */
    public void swapIn(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        if (run.cancelRequested()) {
            throw new RunbookException("cancelled", "cancelled before the swap; the live database is as it was");
        }
        Restoration restoration = restoration(run);
        if (restoration.swapIn()) {
            run.log(restoration.liveDatabase() + " is now the restored database, the old one is "
                    + restoration.previousDatabase());
        } else {
            run.log(restoration.liveDatabase() + " was gone and is now the restored database");
        }
    }

    /** Says what can be swapped back; after a crash between swap and journal it is said now. */
    public void swapped(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        Restoration restoration = restoration(run);
        if (restoration.hasPrevious()) {
            run.previousDatabase(restoration.previousDatabase());
            run.detail("previous_database", restoration.previousDatabase());
        }
    }

    /** After a failure before the swap, and after a drill: live data is as it was and takes sessions, the side database is gone. */
    public void abandon(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        Restoration restoration = restoration(run);
        if (restoration.progress(oid(run)) == Restoration.Progress.SWAPPED) {
            return;
        }
        restoration.abandon();
        run.log("the side database is dropped; the live database is as it was");
    }

    private void verify(ActiveRun run, Exchange exchange, String database) {
        Map<String, Long> expected = new LinkedHashMap<>();
        run.recall(SelectBackup.MANIFEST, Manifest.class)
                .orElseThrow()
                .tables()
                .forEach(table -> expected.put(table.name(), table.rows()));
        long rows =
                restoration(run).verify(database, expected, contents(exchange).tables());
        run.detail("tables_verified", expected.size());
        run.detail("rows_verified", rows);
        run.log(
                expected.isEmpty()
                        ? "the backup has no manifest with row counts: tables are there, their rows are not compared"
                        : expected.size() + " tables with " + rows + " rows, as the manifest says");
    }

    /** With several jobs pg_restore says when a table is finished, else when it begins. */
    private static Consumer<String> progress(ActiveRun run, Restoration.Contents contents) {
        AtomicInteger done = new AtomicInteger();
        Pattern counted = contents.format().equals("custom") ? TABLE_DONE : TABLE_BEGUN;
        return line -> {
            if (counted.matcher(line).matches()) {
                run.progress(done.incrementAndGet(), contents.tables(), "tables");
            }
        };
    }

    private Restoration restoration(ActiveRun run) {
        return restorations.of(run.application(), run.id());
    }

    private static OptionalLong oid(ActiveRun run) {
        return run.recall(OID, Long.class).map(OptionalLong::of).orElse(OptionalLong.empty());
    }

    private static Restoration.Contents contents(Exchange exchange) {
        return exchange.getProperty(CONTENTS, Restoration.Contents.class);
    }
}
