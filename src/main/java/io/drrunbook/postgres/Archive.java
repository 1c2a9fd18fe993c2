package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings.Restore;
import io.drrunbook.tool.ToolCall;
import io.drrunbook.tool.ToolExecutor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A dump that has been opened: its format, versions and contents, and how it is restored.
 *
 * @param plain what a full read of a plain dump found; null for the other formats
 */
public record Archive(
        Path file,
        ArchiveFormat format,
        Version serverVersion,
        Version dumpVersion,
        ArchiveContents contents,
        @Nullable PlainDump plain) {

    /**
     * Reads what the archive says of itself; a plain dump is read whole.
     *
     * @param restore what is left out of it
     * @throws RunbookException {@code unknown_format}, {@code archive_unreadable}, {@code archive_format_unknown}, {@code archive_newer_than_tools},
     *     {@code psql_not_restricted}, or as {@code PlainDump} refuses
     */
    public static Archive open(Path file, Restore restore, ToolExecutor tools) {
        ArchiveFormat format = ArchiveFormat.of(file);
        if (format == ArchiveFormat.PLAIN) {
            PlainDump dump = PlainDump.read(file);
            Version psql = refuseOlderTool("psql", Version.in(dump.dumpVersion()), file, tools);
            ClientTools.requireRestrict(psql);
            return new Archive(
                    file,
                    format,
                    Version.in(dump.serverVersion()),
                    Version.in(dump.dumpVersion()),
                    ArchiveContents.of(dump),
                    dump);
        }
        ArchiveHeader header = ArchiveToc.header(file, format);
        Version dumpVersion = Version.in(header.dumpVersion());
        refuseOlderTool("pg_restore", dumpVersion, file, tools);
        return new Archive(
                file,
                format,
                Version.in(header.serverVersion()),
                dumpVersion,
                ArchiveContents.of(file, format, restore),
                null);
    }

    /**
     * The version of the tool.
     *
     * @throws RunbookException {@code archive_newer_than_tools} when it is older than the dump
     */
    private static Version refuseOlderTool(String name, Version dump, Path file, ToolExecutor tools) {
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
        return tool;
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
            Restore restore,
            Consumer<String> onLine,
            BooleanSupplier cancelled) {
        return plain == null
                ? pgRestore(database, server, restore, List.of(), onLine, cancelled)
                : psql(plain, database, server, onLine, cancelled);
    }

    /** Over a database that is in place: drops what the archive holds before making it again. */
    public ToolCall over(
            String database,
            DatabaseServer server,
            Restore restore,
            Consumer<String> onLine,
            BooleanSupplier cancelled) {
        return plain == null
                ? pgRestore(database, server, restore, List.of("--clean", "--if-exists"), onLine, cancelled)
                : psql(plain, database, server, onLine, cancelled);
    }

    private ToolCall pgRestore(
            String database,
            DatabaseServer server,
            Restore restore,
            List<String> options,
            Consumer<String> onLine,
            BooleanSupplier cancelled) {
        List<String> arguments = new ArrayList<>(List.of("--exit-on-error", "--verbose", "--no-password"));
        if (parallel(restore.jobs())) {
            arguments.add("--jobs=" + restore.jobs());
        }
        arguments.addAll(options);
        if (restore.roles() == Restore.Roles.OMIT) {
            arguments.addAll(List.of("--no-owner", "--no-acl"));
        }
        if (restore.tablespaces() == Restore.Tablespaces.OMIT) {
            arguments.add("--no-tablespaces");
        }
        arguments.add("--dbname=" + server.connectionString(database));
        arguments.add(file.toString());
        return call(
                program("pg_restore", server),
                arguments,
                file,
                server.toolEnvironment(),
                onLine,
                server.whileItAnswers(cancelled));
    }

    private ToolCall psql(
            PlainDump dump,
            String database,
            DatabaseServer server,
            Consumer<String> onLine,
            BooleanSupplier cancelled) {
        List<String> arguments =
                new ArrayList<>(List.of("--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1"));
        arguments.add("--file=-");
        arguments.add("--dbname=" + server.connectionString(database));
        return new ToolCall(
                program("psql", server),
                arguments,
                server.toolEnvironment(),
                file.toAbsolutePath().getParent(),
                dump::feed,
                onLine,
                server.whileItAnswers(cancelled));
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
