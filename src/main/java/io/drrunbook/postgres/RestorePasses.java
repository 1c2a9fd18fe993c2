package io.drrunbook.postgres;

import io.drrunbook.tool.ToolCall;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The entries of an archive in the order in which they are restored: first all that must succeed; then those that may fail
 * without the rest, foreign keys and the rows of materialized views; then what comes behind these: remarks on them, and event
 * triggers, which would else see or refuse them. Each entry is restored once, by {@code pg_restore --use-list}, which knows
 * entries by their number.
 *
 * @param folder where the lists lie
 * @param foreignKeys entries that make one
 * @param refreshes entries that fill a materialized view
 * @param views those views
 * @param last entries that come behind both
 */
public record RestorePasses(
        Path folder,
        List<String> main,
        List<String> foreignKeys,
        List<String> refreshes,
        Set<TableName> views,
        List<String> last) {

    private static final Set<String> LAST = Set.of("COMMENT", "SECURITY LABEL", "EVENT TRIGGER");

    /** Of an archive that is no plain dump. */
    public static RestorePasses of(Archive archive) {
        RestorePasses passes = new RestorePasses(
                archive.file().toAbsolutePath().getParent(),
                new ArrayList<>(),
                new ArrayList<>(),
                new ArrayList<>(),
                new HashSet<>(),
                new ArrayList<>());
        ArchiveToc.entries(archive.file(), archive.format(), passes::take);
        return passes;
    }

    private void take(TocEntry entry) {
        String id = String.valueOf(entry.dumpId());
        switch (entry.desc()) {
            case "FK CONSTRAINT" -> foreignKeys.add(id);
            case "MATERIALIZED VIEW DATA" -> {
                refreshes.add(id);
                views.add(new TableName(entry.namespace(), entry.tag()));
            }
            default -> (LAST.contains(entry.desc()) ? last : main).add(id);
        }
    }

    /** Whether there is anything that may fail without the rest. */
    public boolean mayFail() {
        return !foreignKeys.isEmpty() || !refreshes.isEmpty();
    }

    /** Whether anything comes behind that. */
    public boolean endsWithMore() {
        return !last.isEmpty();
    }

    /** All that must succeed. */
    public ToolCall first(ToolCall whole) {
        return only(whole, "first", main);
    }

    /** What may fail without the rest. */
    public ToolCall second(ToolCall whole) {
        return only(
                whole,
                "second",
                Stream.concat(foreignKeys.stream(), refreshes.stream()).toList());
    }

    /** What comes behind it. */
    public ToolCall third(ToolCall whole) {
        return only(whole, "third", last);
    }

    /** The schema with its foreign keys, and no rows. */
    ToolCall schema(ToolCall whole) {
        ToolCall listed = only(
                whole,
                "schema",
                Stream.concat(main.stream(), foreignKeys.stream()).toList());
        return with(listed, "--schema-only");
    }

    private ToolCall only(ToolCall whole, String name, List<String> entries) {
        Path list = folder.resolve("entries-" + name);
        try {
            Files.write(list, entries);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + list, e);
        }
        return with(whole, "--use-list=" + list);
    }

    /** The archive stays the last argument. */
    private static ToolCall with(ToolCall call, String option) {
        List<String> arguments = new ArrayList<>(call.arguments());
        arguments.add(arguments.size() - 1, option);
        return new ToolCall(
                call.program(),
                arguments,
                call.environment(),
                call.workingDirectory(),
                call.onLine(),
                call.cancelled());
    }
}
