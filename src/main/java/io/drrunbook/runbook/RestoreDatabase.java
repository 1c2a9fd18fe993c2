package io.drrunbook.runbook;

import io.drrunbook.backup.Manifest;
import io.drrunbook.failure.Explained;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.postgres.Archive;
import io.drrunbook.postgres.DatabaseProperties;
import io.drrunbook.postgres.DatabaseServer;
import io.drrunbook.postgres.DatabaseSwap;
import io.drrunbook.postgres.ExpectedRows;
import io.drrunbook.postgres.LiveMake;
import io.drrunbook.postgres.RestoreChecks;
import io.drrunbook.postgres.SideDatabase;
import io.drrunbook.postgres.TableName;
import io.drrunbook.postgres.UnrestorableObject;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.run.Mode;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.settings.DrSettings.Restore.Different;
import io.drrunbook.tool.ToolCall;
import io.drrunbook.tool.ToolExecutor;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.springframework.dao.DataAccessException;
import org.springframework.stereotype.Component;

/**
 * Step 4, piece by piece; {@code 4-restore-database.camel.yaml} puts the pieces in order.
 *
 * <p>A crash between any two pieces is survived: the side database is known by its object id, which stays when the swap
 * renames it, and {@link #way} tells from that where to go on.
 */
@Component("restoreDatabase")
public class RestoreDatabase {

    /** What the run remembers: a restore over the live database has begun. */
    static final String LIVE_WRITTEN = "live_database_written";

    private static final String ARCHIVE = "archive";
    private static final String SIDE_OID = "side_database_oid";
    private static final String SIDE_VERIFIED = "side_database_verified";
    private static final String LIVE_WINS = "live_database_wins";
    private static final String LIVE_FENCED = "live_database_fenced";

    private final DrSettings settings;
    private final ToolExecutor tools;

    RestoreDatabase(DrSettings settings, ToolExecutor tools) {
        this.settings = settings;
        this.tools = tools;
    }

    /**
     * Where this step begins: {@code swap}, {@code clean} or {@code drill} from its beginning; {@code proven} when the
     * side database of an earlier attempt only has to be swapped in; {@code swapped} when that has happened too.
     *
     * @throws RunbookException {@code not_in_this_mode} for a plan, which writes nothing
     */
    public String way(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        if (run == null) {
            throw new RunbookException("no_run", "a database is restored only by an admitted run: start one");
        }
        run.requireMode("restore", Mode.RECOVERY, Mode.DRILL);
        DatabaseServer server = server(run);
        new DatabaseSwap(server).endSessionsOfRun();
        if (run.mode() == Mode.DRILL) {
            return "drill";
        }
        if (settings.restore().mode() == DrSettings.Restore.Mode.CLEAN) {
            run.detail("restore_mode", "clean");
            return "clean";
        }
        if (swapped(run, server)) {
            RunFindings.tellAgain(run);
            return "swapped";
        }
        boolean verified = run.recall(SIDE_VERIFIED, Boolean.class).orElse(false);
        if (verified
                && run.recall(SIDE_OID, Long.class)
                        .filter(new SideDatabase(server)::is)
                        .isPresent()) {
            run.log("side database " + server.names().side()
                    + " was proven before the run broke off: it is swapped in");
            RunFindings.tellAgain(run);
            return "proven";
        }
        openWhenFenced(run, server);
        return "swap";
    }

    /** Looks into the archive: format, versions, contents. */
    public Archive open(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        Archive archive = Archive.open(run.archive(), settings.restore(), tools);
        run.detail("dump_format", archive.format().name().toLowerCase(Locale.ROOT));
        return archive;
    }

    /** Everything that can be known before the first write. */
    public void check(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @ExchangeProperty(ARCHIVE) Archive archive) {
        requireData(run, archive);
        DatabaseServer server = cancellable(run);
        RestoreChecks checks = new RestoreChecks(server, archive, run::log);
        if (run.mode() == Mode.DRILL) {
            checks.beforeSideDatabase(originalSize(run));
            return;
        }
        boolean over = settings.restore().mode() == DrSettings.Restore.Mode.CLEAN;
        if (over) {
            checks.beforeClean();
        } else {
            checks.beforeSwap(originalSize(run));
        }
        live(run, server).requireSame(archive, over, run::log);
    }

    /** Where no manifest says how many rows there should be, tables without any way to rows are no backup. */
    private void requireData(ActiveRun run, Archive archive) {
        boolean vouched = run.recall(SelectBackup.MANIFEST, Manifest.class)
                .filter(Manifest::vouched)
                .isPresent();
        if (!vouched && archive.contents().tables() > 0 && !archive.contents().holdsData()) {
            throw new RunbookException(
                    "archive_without_data",
                    "the archive makes " + archive.contents().tables()
                            + " tables and holds no rows of any: it was made with pg_dump --schema-only, or with --inserts"
                            + " of tables that were empty; nothing was changed. Take another backup, or restore it by hand");
        }
    }

    /** A plan: everything that can be known before the first write, of an archive of which only the beginning is here. */
    public void lookInto(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        DatabaseServer server = cancellable(run).readOnly();
        run.detail("server_version", server.version());
        server.priceOfTheRole().ifPresent(price -> {
            run.detail("warning", price);
            run.log("warning: " + price);
        });
        if (!Files.exists(run.archive())) {
            run.log("the archive's contents cannot be looked at: only a whole token can be opened; the server answers");
            return;
        }
        Archive archive;
        try {
            archive = open(run);
        } catch (RunbookException e) {
            if (run.recall(LookAtCopies.WHOLE, Boolean.class).orElse(false)
                    || !Set.of("archive_unreadable", "archive_incomplete").contains(e.code())) {
                throw e;
            }
            run.log(
                    "the archive's contents cannot be looked at, because only its beginning is here; the server answers: "
                            + e.getMessage());
            return;
        }
        if (run.recall(LookAtCopies.WHOLE, Boolean.class).orElse(false)) {
            requireData(run, archive);
        }
        RestoreChecks checks = new RestoreChecks(server, archive, run::log);
        boolean over = settings.restore().mode() == DrSettings.Restore.Mode.CLEAN;
        if (over) {
            checks.beforeClean();
        } else {
            checks.beforeSwap(originalSize(run));
        }
        live(run, server).requireSame(archive, over, run::log);
        run.detail("tables", archive.contents().tables());
        run.log("the archive holds " + archive.contents().tables()
                + " tables; versions, extensions, roles and space fit");
    }

    /** Whether reading the archive to its end is still to be done: opening a plain dump has done it. */
    public boolean unread(@ExchangeProperty(ARCHIVE) Archive archive) {
        return !archive.readWhole();
    }

    public ToolCall readWhole(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @ExchangeProperty(ARCHIVE) Archive archive) {
        return archive.fullRead(run::cancelRequested);
    }

    public void createSideDatabase(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @ExchangeProperty(ARCHIVE) Archive archive) {
        run.requireMode("make a side database", Mode.RECOVERY, Mode.DRILL);
        run.remember(SIDE_VERIFIED, false);
        RunFindings.forget(run);
        DatabaseServer server = cancellable(run);
        LiveMake live = live(run, server);
        run.remember(LIVE_WINS, live.wins(archive));
        run.remember(SIDE_OID, new SideDatabase(server).create(archive, live, settings.restore(), run::log));
    }

    /** Rows against the manifest, statistics for the planner. */
    public void verifySideDatabase(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @ExchangeProperty(ARCHIVE) Archive archive) {
        verify(run, archive, server(run).names().side());
        run.remember(SIDE_VERIFIED, true);
    }

    /** Owner, grants, settings, comment and connection limit of the live database. */
    public void carryOver(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @ExchangeProperty(ARCHIVE) Archive archive) {
        DatabaseServer server = cancellable(run);
        boolean liveWins = run.recall(LIVE_WINS, Boolean.class).orElse(true);
        String origin = new DatabaseProperties(server).carryOver(archive, liveWins, settings.restore());
        run.log("owner, grants and settings of the database come from " + origin);
    }

    /** From here to the rename nobody can reach the live database; {@link #undo} opens it again. */
    public void fence(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        if (run.cancelRequested()) {
            throw new RunbookException("cancelled", "the run was cancelled; the live database is as it was");
        }
        run.requireMode("lock users out", Mode.RECOVERY);
        run.remember(LIVE_FENCED, true);
        new DatabaseSwap(cancellable(run)).fence();
    }

    public void swap(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        run.requireMode("swap databases", Mode.RECOVERY);
        new DatabaseSwap(server(run)).swap();
    }

    /** Puts into the run's log what the swap has done; also after a crash that came between the two. */
    public void reportSwap(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        DatabaseServer server = server(run);
        run.remember(LIVE_FENCED, false);
        String before = server.names().before();
        if (server.oid(before).isPresent()) {
            run.previousDatabase(before);
            run.detail("previous_database", before);
            run.log("database " + server.names().live() + " is the restored one; the one before stays as " + before
                    + " for " + settings.restore().keepPrevious().toHours() + " h");
        } else {
            run.log("database " + server.names().live() + " is the restored one; there was none before");
        }
    }

    /** A drill leaves nothing behind. */
    public void dropSideDatabase(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        new SideDatabase(server(run)).drop();
    }

    /** Over the live database, as the original did: what fails here leaves it half restored. */
    public ToolCall restoreOverLiveDatabase(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @ExchangeProperty(ARCHIVE) Archive archive) {
        run.requireMode("restore over the live database", Mode.RECOVERY);
        DatabaseServer server = cancellable(run);
        run.remember(LIVE_WRITTEN, true);
        new SideDatabase(server).createLiveWhenMissing(archive, settings.restore(), run::log);
        new DatabaseSwap(server).endSessionsInLive();
        return archive.over(
                server.names().live(),
                server,
                settings.restore(),
                RestoreInPasses.progress(run, archive, settings.restore().jobs()),
                run::cancelRequested);
    }

    public void verifyLiveDatabase(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @ExchangeProperty(ARCHIVE) Archive archive) {
        verify(run, archive, server(run).names().live());
    }

    /**
     * Puts things back as they were and fails again: the live database takes connections, the side database is gone.
     * Once the swap has happened there is nothing to undo.
     *
     * @param failure read off the property: {@code @ExchangeException} gives what is suppressed in it first, and Camel
     *     suppresses in it what an earlier step has caught
     */
    public void undo(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run,
            @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Exception failure)
            throws Exception {
        putBack(run, failure);
        throw UnrestorableObject.named(failure);
    }

    /** The same for a run that is given up because the service dies of it: what an earlier attempt has left is put back. */
    public void giveUp(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @ExchangeProperty("givenUpFor") Exception failure)
            throws Exception {
        if (run.mode() != Mode.PLAN && run.recall(SIDE_OID, Long.class).isPresent()) {
            putBack(run, failure);
        }
        throw failure;
    }

    private void putBack(ActiveRun run, Exception failure) {
        DatabaseServer server = server(run);
        try {
            if (!swapped(run, server)) {
                // What was given up here may still go on there, and make the side database after all.
                new DatabaseSwap(server).endSessionsOfRun();
                openWhenFenced(run, server);
                new SideDatabase(server).drop();
                run.remember(SIDE_VERIFIED, false);
            }
        } catch (RunbookException | DataAccessException e) {
            failure.addSuppressed(e);
            run.log("side database " + server.names().side() + " could not be dropped, and "
                    + server.names().live() + " may be closed: resume the run once the server answers. "
                    + Explained.of(e).message());
        }
    }

    /** The plain archive goes as soon as it is restored. */
    public void forgetArchive(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) throws IOException {
        Files.deleteIfExists(run.archive());
    }

    private boolean swapped(ActiveRun run, DatabaseServer server) {
        return run.recall(SIDE_OID, Long.class)
                .filter(new DatabaseSwap(server)::happened)
                .isPresent();
    }

    private static void openWhenFenced(ActiveRun run, DatabaseServer server) {
        if (run.recall(LIVE_FENCED, Boolean.class).orElse(false)) {
            new DatabaseSwap(server).open();
            run.remember(LIVE_FENCED, false);
        }
    }

    private void verify(ActiveRun run, Archive archive, String database) {
        List<ExpectedRows> expected = manifestTables(run);
        SideDatabase.Counted counted =
                new SideDatabase(cancellable(run)).verify(database, expected, archive, run::cancelRequested);
        RunFindings.add(run, counted.findings());
        long rows = counted.rows();
        long tables = archive.contents().tables();
        run.progress(tables, tables, "tables");
        run.detail("tables_restored", tables);
        run.detail("rows_verified", rows);
        run.log(
                expected.isEmpty()
                        ? "no manifest tells how many rows there should be: only that there are tables was looked at"
                        : rows + " rows in " + expected.size() + " tables are what the manifest says");
    }

    private static List<ExpectedRows> manifestTables(ActiveRun run) {
        return run.recall(SelectBackup.MANIFEST, Manifest.class).stream()
                .flatMap(manifest -> manifest.tables().stream())
                .map(RestoreDatabase::expected)
                .toList();
    }

    private static ExpectedRows expected(Manifest.TableRows table) {
        List<String> parts = table.divided();
        TableName name = parts.isEmpty() ? null : new TableName(parts.get(0), parts.get(1));
        return new ExpectedRows(table.name(), name, table.rows());
    }

    private static long originalSize(ActiveRun run) {
        return run.recall(SelectBackup.MANIFEST, Manifest.class)
                .map(Manifest::originalSizeBytes)
                .orElse(0L);
    }

    /** A drill proves the backup, so it makes the database as the backup says. */
    private LiveMake live(ActiveRun run, DatabaseServer server) {
        return new LiveMake(
                server,
                run.mode() == Mode.DRILL ? Different.BACKUP : settings.restore().different());
    }

    /** Whose waits end when the run is cancelled: up to the swap. */
    private DatabaseServer cancellable(ActiveRun run) {
        return new DatabaseServer(
                settings.application(run.application()).database(), run.id(), run::cancelRequested, run::log);
    }

    /** For the swap, and for putting things back, which a cancelled run does as well. */
    private DatabaseServer server(ActiveRun run) {
        return new DatabaseServer(settings.application(run.application()).database(), run.id(), () -> false, run::log);
    }
}
