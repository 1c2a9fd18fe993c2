package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.tool.ToolCall;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * What one run does to one application's database, piece by piece; the route says in which order.
 *
 * <p>Every piece can be done again after a crash: which of them have happened is read off the server, where the side
 * database keeps its OID through all renaming.
 */
public final class Restoration {

    private final DatabaseServer server;
    private final Swap swap;
    private final String side;
    private final String before;
    private final PostgresTools tools;
    private final ArchiveReader reader;
    private final Preflight preflight;
    private final String session;

    Restoration(
            DrSettings.Database settings, UUID run, PostgresTools tools, ArchiveReader reader, Preflight preflight) {
        this.server = new DatabaseServer(settings);
        this.swap = new Swap(server);
        this.side = DatabaseNames.side(settings.name(), run);
        this.before = DatabaseNames.before(settings.name(), run);
        this.tools = tools;
        this.reader = reader;
        this.preflight = preflight;
        this.session = "dr-runbook " + run.toString().substring(0, 8);
    }

    /** Name of the database that the backup is restored into. */
    public String sideDatabase() {
        return side;
    }

    /** Name that the live database gets when it is swapped out. */
    public String previousDatabase() {
        return before;
    }

    /** Name of the live database. */
    public String liveDatabase() {
        return server.live();
    }

    /** Whether there is a database that can be swapped back. */
    public boolean hasPrevious() {
        return server.oid(before).isPresent();
    }

    /** How far the swap is: {@code oid} is the side database's as {@link #createSide} gave it, if it ever did. */
    public Progress progress(OptionalLong oid) {
        Optional<String> name = oid.isPresent() ? server.name(oid.getAsLong()) : Optional.empty();
        if (name.isEmpty()) {
            return Progress.NOT_RESTORED;
        }
        return name.get().equals(server.live()) ? Progress.SWAPPED : Progress.SIDE_DATABASE;
    }

    /**
     * Looks whether the restore can work; changes nothing.
     *
     * @throws RunbookException {@code unknown_format}, {@code unsafe_dump}, {@code restore_impossible},
     *     {@code database_unreachable}
     */
    public Contents check(Path archive, boolean swapping, Consumer<String> note, BooleanSupplier cancelled)
            throws IOException {
        Archive contents = reader.read(archive, cancelled);
        preflight.check(server, contents, swapping, note);
        return new Contents(contents);
    }

    /** Reads the whole archive without writing anything; a plain dump was read whole by {@link #check}. */
    public Optional<ToolCall> readWhole(Contents contents, BooleanSupplier cancelled) {
        return contents.archive.kind() == Archive.Kind.PLAIN
                ? Optional.empty()
                : Optional.of(tools.readWhole(contents.archive.file(), cancelled));
    }

    /** Makes the side database, empty; one that an interrupted attempt left is dropped first. Returns its OID. */
    public long createSide(Contents contents) {
        unfence();
        return new SideDatabase(server, side).create(contents.archive);
    }

    /** Fills the side database. */
    public ToolCall restoreIntoSide(Contents contents, Consumer<String> onLine, BooleanSupplier cancelled) {
        return tools.restoreInto(server.settings(), side, contents.archive, session, onLine, cancelled);
    }

    /** Makes the live database if it is gone, and ends what an interrupted attempt still does to it. */
    public void prepareLive(Contents contents) {
        if (server.oid(server.live()).isEmpty()) {
            server.execute("CREATE DATABASE " + DatabaseServer.quoted(server.live()) + " "
                    + contents.archive.creation().orElse("TEMPLATE template0"));
        }
        server.maintaining(sql -> sql.sql("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                        + " WHERE datname = ? AND application_name = ?")
                .params(server.live(), session)
                .query(Long.class)
                .single());
    }

    /** Restores over the live database. */
    public ToolCall restoreOverLive(Contents contents, Consumer<String> onLine, BooleanSupplier cancelled) {
        return tools.restoreOver(server.settings(), server.live(), contents.archive, session, onLine, cancelled);
    }

    /**
     * Compares tables and rows with the manifest, then gathers statistics.
     *
     * @return how many rows were compared
     * @throws RunbookException ({@code restored_rows_differ})
     */
    public long verify(String database, Map<String, Long> expected, int tablesInArchive) {
        long rows = SideDatabase.verify(server, database, expected, tablesInArchive);
        SideDatabase.analyze(server, database);
        return rows;
    }

    /** Gives the side database the owner, grants and settings of the live one, or when that is gone, the archive's. */
    public void carryOver(Contents contents) {
        List<String> statements = server.maintaining(sql -> DatabaseDefinition.properties(sql, server.live(), side));
        if (statements.isEmpty() && server.live().equals(contents.archive.database())) {
            String live = contents.archive.database();
            statements = contents.archive.properties().stream()
                    .map(statement -> renamed(statement, live))
                    .toList();
        }
        server.execute(statements.toArray(String[]::new));
    }

    /**
     * Swaps the side database in.
     *
     * @return whether a live database was swapped out
     * @throws RunbookException ({@code database_held}) when something holds the live database; it is as it was
     */
    public boolean swapIn() {
        boolean hasLive = server.oid(server.live()).isPresent();
        if (hasLive) {
            refuseHolders(server.live());
            swap.fence(server.live());
        }
        swap.rename(server.live(), before, side);
        return hasLive;
    }

    /** Without a swap: the live database takes sessions again and the side database is gone. */
    public void abandon() {
        unfence();
        new SideDatabase(server, side).drop();
    }

    /**
     * Swaps back: the previous database becomes the live one, the restored one stays closed beside it.
     *
     * @return the name that the restored database has now
     * @throws RunbookException ({@code nothing_to_roll_back}) when the previous database is gone
     */
    public String swapBack() {
        if (server.oid(before).isPresent()) {
            if (server.oid(server.live()).isPresent()) {
                refuseHolders(server.live());
                swap.fence(server.live());
            }
            swap.rename(server.live(), side, before);
        } else if (server.oid(side).isEmpty()) {
            throw new RunbookException(
                    "nothing_to_roll_back",
                    "there is no database " + before + " any more; recover from a backup instead");
        }
        swap.open(server.live());
        return side;
    }

    private void unfence() {
        // Only this run can have closed it: a live database that takes no sessions serves nobody.
        if (server.oid(server.live()).isPresent() && !swap.isOpen(server.live())) {
            swap.open(server.live());
        }
    }

    private void refuseHolders(String database) {
        List<String> holders = server.maintaining(sql -> Preflight.holders(sql, database));
        if (!holders.isEmpty()) {
            throw new RunbookException("database_held", String.join("; ", holders) + "; then resume the run");
        }
    }

    private String renamed(String statement, String live) {
        String quoted = "DATABASE " + DatabaseServer.quoted(side);
        return statement
                .replace("DATABASE " + DatabaseServer.quoted(live) + " ", quoted + " ")
                .replace("DATABASE " + live + " ", quoted + " ");
    }

    /** How far a restore is. */
    public enum Progress {
        /** No side database that this run has made, or a half-made one. */
        NOT_RESTORED,
        /** The side database exists beside the live one. */
        SIDE_DATABASE,
        /** The side database is the live one. */
        SWAPPED
    }

    /** An archive that was checked. */
    public static final class Contents {

        private final Archive archive;

        private Contents(Archive archive) {
            this.archive = archive;
        }

        /** Tables with data in it. */
        public int tables() {
            return archive.tables();
        }

        /** {@code custom}, {@code tar} or {@code plain}. */
        public String format() {
            return archive.kind().name().toLowerCase(Locale.ROOT);
        }
    }
}
