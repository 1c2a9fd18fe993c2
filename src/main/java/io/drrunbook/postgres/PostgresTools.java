package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.tool.ToolCall;
import io.drrunbook.tool.ToolExecutor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.springframework.stereotype.Component;

/**
 * How PostgreSQL's client programs are called. A password is only ever in the program's environment, which nobody but
 * the service's user can read.
 */
@Component
class PostgresTools {

    private static final Pattern VERSION = Pattern.compile(".*\\(PostgreSQL\\) (\\d+).*");

    private final DrSettings.Restore restore;
    private final ToolExecutor executor;

    PostgresTools(DrSettings settings, ToolExecutor executor) {
        this.restore = settings.restore();
        this.executor = executor;
    }

    /** The archive's table of contents. */
    ToolCall contents(Path archive, Consumer<String> onLine, BooleanSupplier cancelled) {
        return call("pg_restore", List.of("--list", archive.toString()), Map.of(), archive, onLine, cancelled);
    }

    /** The archive's definitions as SQL, also those of the database itself. */
    ToolCall definitions(Path archive, Consumer<String> onLine, BooleanSupplier cancelled) {
        List<String> arguments = List.of("--create", "--schema-only", "--file=-", archive.toString());
        return call("pg_restore", arguments, Map.of(), archive, onLine, cancelled);
    }

    /** Reads all of the archive and writes nothing: a list alone proves nothing. */
    ToolCall readWhole(Path archive, BooleanSupplier cancelled) {
        return call(
                "pg_restore",
                List.of("--file=/dev/null", archive.toString()),
                Map.of(),
                archive,
                line -> {},
                cancelled);
    }

    /** Restores into an empty database. */
    ToolCall restoreInto(
            DrSettings.Database server,
            String database,
            Archive archive,
            String name,
            Consumer<String> onLine,
            BooleanSupplier cancelled) {
        return restore(server, database, archive, name, List.of(), onLine, cancelled);
    }

    /** Restores over a database: what the archive holds is dropped first. */
    ToolCall restoreOver(
            DrSettings.Database server,
            String database,
            Archive archive,
            String name,
            Consumer<String> onLine,
            BooleanSupplier cancelled) {
        return restore(server, database, archive, name, List.of("--clean", "--if-exists"), onLine, cancelled);
    }

    /**
     * The major version of a client program.
     *
     * @throws RunbookException ({@code tool_missing})
     */
    int major(String program) {
        int[] major = {0};
        executor.run(new ToolCall(
                program,
                List.of("--version"),
                Map.of(),
                Path.of("/"),
                line -> {
                    Matcher version = VERSION.matcher(line);
                    if (version.matches()) {
                        major[0] = Integer.parseInt(version.group(1));
                    }
                },
                () -> false));
        return major[0];
    }

    /** Environment of a program that connects: the password, and limits that the server's defaults may set. */
    static Map<String, String> environment(DrSettings.Database server, String name) {
        Map<String, String> environment = new LinkedHashMap<>();
        environment.put("PGPASSWORD", server.password());
        environment.put("PGAPPNAME", name);
        environment.put("PGCONNECT_TIMEOUT", "10");
        // The swap's own commit makes all that was written before it durable.
        environment.put("PGOPTIONS", "-c synchronous_commit=off -c statement_timeout=0 -c lock_timeout=0");
        return environment;
    }

    /** A connection string without a password. PostgreSQL manual, section 34.1.1.1. */
    static String connection(DrSettings.Database server, String database) {
        return "host=" + value(server.host()) + " port=" + server.port() + " user=" + value(server.username())
                + " dbname=" + value(database);
    }

    private ToolCall restore(
            DrSettings.Database server,
            String database,
            Archive archive,
            String name,
            List<String> options,
            Consumer<String> onLine,
            BooleanSupplier cancelled) {
        List<String> arguments = new ArrayList<>();
        arguments.add("--dbname=" + connection(server, database));
        String program = "pg_restore";
        if (archive.kind() == Archive.Kind.PLAIN) {
            program = "psql";
            arguments.addAll(List.of("-X", "-q", "-v", "ON_ERROR_STOP=1", "--single-transaction"));
            arguments.add("--file=" + archive.file());
        } else {
            arguments.addAll(List.of("--exit-on-error", "--verbose"));
            arguments.addAll(options);
            if (archive.kind() == Archive.Kind.CUSTOM) {
                arguments.add("--jobs=" + restore.jobs());
            }
            if (restore.roles() == DrSettings.Restore.Roles.OMIT) {
                arguments.addAll(List.of("--no-owner", "--no-acl"));
            }
            arguments.add(archive.file().toString());
        }
        return call(program, arguments, environment(server, name), archive.file(), onLine, cancelled);
    }

    private static ToolCall call(
            String program,
            List<String> arguments,
            Map<String, String> environment,
            Path archive,
            Consumer<String> onLine,
            BooleanSupplier cancelled) {
        return new ToolCall(
                program, arguments, environment, archive.toAbsolutePath().getParent(), onLine, cancelled);
    }

    private static String value(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
