package io.drrunbook.runbook;

import io.drrunbook.postgres.Archive;
import io.drrunbook.postgres.DatabaseServer;
import io.drrunbook.postgres.RestoreCompletion;
import io.drrunbook.postgres.RestorePasses;
import io.drrunbook.postgres.RestoreProgress;
import io.drrunbook.postgres.SideDatabase;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.run.Mode;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.tool.ToolCall;
import io.drrunbook.tool.ToolExecutor;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.camel.ExchangeProperty;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What is done to bring an archive into a side database: first what must succeed, then what may fail, then the rest. */
@Component("restoreInPasses")
public class RestoreInPasses {

    private static final String ARCHIVE = "archive";
    private static final String PASSES = "passes";

    private final DrSettings settings;
    private final ToolExecutor tools;

    RestoreInPasses(DrSettings settings, ToolExecutor tools) {
        this.settings = settings;
        this.tools = tools;
    }

    /**
     * What the archive holds, in the order in which it is restored; null when it goes in one pass: a plain dump, which is a
     * script, or when the settings say so.
     */
    public @Nullable RestorePasses passes(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, @ExchangeProperty(ARCHIVE) Archive archive) {
        return archive.readWhole() || !settings.restore().inPasses() ? null : RestorePasses.of(archive);
    }

    /** All of the archive that must succeed. */
    public ToolCall first(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run,
            @ExchangeProperty(ARCHIVE) Archive archive,
            @ExchangeProperty(PASSES) @Nullable RestorePasses passes) {
        ToolCall whole = whole(
                run,
                archive,
                server(run),
                progress(run, archive, settings.restore().jobs()));
        return passes == null ? whole : passes.first(whole);
    }

    /** Whether there is anything that may fail without the rest. */
    public boolean mayFail(@ExchangeProperty(PASSES) @Nullable RestorePasses passes) {
        return passes != null && passes.mayFail();
    }

    /** Foreign keys, and the rows of materialized views. */
    public ToolCall second(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run,
            @ExchangeProperty(ARCHIVE) Archive archive,
            @ExchangeProperty(PASSES) RestorePasses passes) {
        return passes.second(whole(run, archive, server(run), line -> {}));
    }

    /** One of them has failed: each that is missing is tried by itself, and what its rows break is found. */
    public void complete(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run,
            @ExchangeProperty(ARCHIVE) Archive archive,
            @ExchangeProperty(PASSES) RestorePasses passes) {
        run.log("a foreign key or a materialized view could not be restored: each is tried by itself");
        DatabaseServer twin = twin(run);
        RunFindings.add(
                run,
                new RestoreCompletion(server(run), twin, archive, passes, settings.restore(), tools)
                        .complete(whole(run, archive, twin, line -> {})));
    }

    /** Whether anything comes behind those that may fail. */
    public boolean endsWithMore(@ExchangeProperty(PASSES) @Nullable RestorePasses passes) {
        return passes != null && passes.endsWithMore();
    }

    /** Comments, and event triggers, which must not see what comes before. */
    public ToolCall third(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run,
            @ExchangeProperty(ARCHIVE) Archive archive,
            @ExchangeProperty(PASSES) RestorePasses passes) {
        return passes.third(whole(run, archive, server(run), line -> {}));
    }

    /** In a drill: the copy must not come near the publishers of the subscriptions that were restored with it. */
    public void cutSubscriptions(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        run.requireMode("cut subscriptions", Mode.DRILL);
        List<String> names = new SideDatabase(server(run)).cutSubscriptions();
        if (!names.isEmpty()) {
            run.log("subscriptions are dropped in the side database, their slots stay: " + String.join(", ", names));
        }
    }

    private ToolCall whole(ActiveRun run, Archive archive, DatabaseServer server, Consumer<String> onLine) {
        return archive.into(server.names().side(), server, settings.restore(), onLine, run::cancelRequested);
    }

    /** Tells the run how many tables have their rows. */
    static RestoreProgress progress(ActiveRun run, Archive archive, int jobs) {
        long tables = archive.contents().tables();
        run.progress(0, tables, "tables");
        return new RestoreProgress(archive, jobs, done -> run.progress(Math.min(done, tables), tables, "tables"));
    }

    private DatabaseServer server(ActiveRun run) {
        return server(run, run.id());
    }

    /** The same server, where a run of another id would have its side database. */
    private DatabaseServer twin(ActiveRun run) {
        return server(run, UUID.nameUUIDFromBytes(("twin of " + run.id()).getBytes(StandardCharsets.UTF_8)));
    }

    /** Whose waits end when the run is cancelled. */
    private DatabaseServer server(ActiveRun run, UUID id) {
        return new DatabaseServer(
                settings.application(run.application()).database(), id, run::cancelRequested, run::log);
    }
}
