package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings.Restore.Roles;
import io.drrunbook.tool.ToolCall;
import io.drrunbook.tool.ToolExecutor;
import io.drrunbook.tool.ToolFailedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A dump that has been opened: its format, versions and contents, and how it is restored.
 *
 * @param database name of the dumped database; empty for a plain dump
 * @param plain what a full read of a plain dump found; null for the other formats
 */
public record Archive(
        Path file,
        ArchiveFormat format,
        Optional<String> database,
        Version serverVersion,
        Version dumpVersion,
        ArchiveContents contents,
        @Nullable PlainDump plain) {

    /**
     * Reads what the archive says of itself; a plain dump is read whole.
     *
     * @throws RunbookException {@code unknown_format}, {@code archive_unreadable}, {@code archive_newer_than_tools}, or as
     *     {@code PlainDump} refuses
     */
    public static Archive open(Path file, Roles roles, ToolExecutor tools, BooleanSupplier cancelled) {
        ArchiveFormat format = ArchiveFormat.of(file);
        if (format == ArchiveFormat.PLAIN) {
            PlainDump dump = PlainDump.read(file);
            refuseOlderTool("psql", Version.in(dump.dumpVersion()), file, tools);
            return new Archive(
                    file,
                    format,
                    Optional.empty(),
                    Version.in(dump.serverVersion()),
                    Version.in(dump.dumpVersion()),
                    dump.contents(),
                    dump);
        }
        ArchiveHeader header = ArchiveHeader.of(file, format);
        Version dumpVersion = Version.in(header.dumpVersion());
        refuseOlderTool("pg_restore", dumpVersion, file, tools);
        return new Archive(
                file,
                format,
                Optional.of(header.database()),
                Version.in(header.serverVersion()),
                dumpVersion,
                list(file, dumpVersion, roles, tools, cancelled),
                null);
    }

    private static ArchiveContents list(
            Path file, Version dump, Roles roles, ToolExecutor tools, BooleanSupplier cancelled) {
        ArchiveContents contents = new ArchiveContents();
        List<String> arguments = new ArrayList<>(List.of("--create", "--schema-only", "--file=-"));
        arguments.addAll(ownership(roles));
        arguments.add(file.toString());
        try {
            tools.run(call(
                    ClientTools.INSTALLED.program("pg_restore", dump.major()),
                    arguments,
                    file,
                    Map.of(),
                    contents::take,
                    cancelled));
        } catch (ToolFailedException e) {
            throw new RunbookException(
                    "archive_unreadable",
                    "pg_restore cannot read " + file.getFileName() + "; take another backup. " + e.getMessage(),
                    e);
        }
        return contents;
    }

    /** @throws RunbookException {@code archive_newer_than_tools} when the tool is older than the dump */
    private static void refuseOlderTool(String name, Version dump, Path file, ToolExecutor tools) {
        StringBuilder printed = new StringBuilder();
        String program = ClientTools.INSTALLED.program(name, dump.major());
        tools.run(call(program, List.of("--version"), file, Map.of(), printed::append, () -> false));
        Version tool = Version.in(printed.toString());
        if (tool.major() < dump.major()) {
            throw new RunbookException(
                    "archive_newer_than_tools",
                    file.getFileName() + " was made by pg_dump " + dump + ", but " + name + " here is " + tool
                            + "; install postgresql-client-" + dump.major());
        }
    }

    /** Whether it holds rows, or could: {@code pg_dump --schema-only} writes an archive that cannot. */
    public boolean holdsData(ToolExecutor tools, BooleanSupplier cancelled) {
        return DataEntries.any(this, tools, cancelled);
    }

    /** Reads the whole archive and writes nothing: a table of contents can be read of an archive cut in the middle. */
    public ToolCall fullRead(BooleanSupplier cancelled) {
        return call(
                ClientTools.INSTALLED.program("pg_restore", dumpVersion.major()),
                List.of("--file=/dev/null", file.toString()),
                file,
                Map.of(),
                line -> {},
                cancelled);
    }

    /** Into an empty database, stopping at the first error. */
    public ToolCall into(
            String database,
            DatabaseServer server,
            int jobs,
            Roles roles,
            Consumer<String> onLine,
            BooleanSupplier cancelled) {
        return plain == null
                ? pgRestore(database, server, jobs, ownership(roles), onLine, cancelled)
                : psql(plain, database, server, onLine, cancelled);
    }

    /** Over a database that is in place: drops what the archive holds before making it again. */
    public ToolCall over(
            String database,
            DatabaseServer server,
            int jobs,
            Roles roles,
            Consumer<String> onLine,
            BooleanSupplier cancelled) {
        if (plain != null) {
            return psql(plain, database, server, onLine, cancelled);
        }
        List<String> options = new ArrayList<>(List.of("--clean", "--if-exists"));
        options.addAll(ownership(roles));
        return pgRestore(database, server, jobs, options, onLine, cancelled);
    }

    private ToolCall pgRestore(
            String database,
            DatabaseServer server,
            int jobs,
            List<String> options,
            Consumer<String> onLine,
            BooleanSupplier cancelled) {
        List<String> arguments = new ArrayList<>(List.of("--exit-on-error", "--verbose", "--no-password"));
        if (parallel(jobs)) {
            arguments.add("--jobs=" + jobs);
        }
        arguments.addAll(options);
        arguments.add("--dbname=" + server.connectionString(database));
        arguments.add(file.toString());
        return call(program("pg_restore", server), arguments, file, server.toolEnvironment(), onLine, server.whileItAnswers(cancelled));
    }

    private ToolCall psql(
            PlainDump dump,
            String database,
            DatabaseServer server,
            Consumer<String> onLine,
            BooleanSupplier cancelled) {
        List<String> arguments = new ArrayList<>(
                List.of("--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1", "--single-transaction"));
        if (!dump.restrictsItself()) {
            arguments.add("--command=\\restrict " + UUID.randomUUID().toString().replace("-", ""));
        }
        arguments.add("--file=" + file);
        arguments.add("--dbname=" + server.connectionString(database));
        return call(program("psql", server), arguments, file, server.toolEnvironment(), onLine, server.whileItAnswers(cancelled));
    }

    /** As new as the dump, which it must read, and as the server, so that a newer one does not ask too much of it. */
    private String program(String name, DatabaseServer server) {
        return ClientTools.INSTALLED.program(name, Math.max(dumpVersion.major(), server.versionNumber() / 10_000));
    }

    /** Whether opening it has read it to its last byte already. */
    public boolean readWhole() {
        return plain != null;
    }

    /** {@code pg_restore} cannot read a tar archive by several jobs. */
    boolean parallel(int jobs) {
        return format == ArchiveFormat.CUSTOM && jobs > 1;
    }

    private static List<String> ownership(Roles roles) {
        return roles == Roles.OMIT ? List.of("--no-owner", "--no-acl") : List.of();
    }

    private static ToolCall call(
            String program,
            List<String> arguments,
            Path file,
            Map<String, String> environment,
            Consumer<String> onLine,
            BooleanSupplier cancelled) {
        return new ToolCall(
                program, arguments, environment, file.toAbsolutePath().getParent(), onLine, cancelled);
    }
}
