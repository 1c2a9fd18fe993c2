package io.drrunbook.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code ./dr}'s client commands. */
@Command(
        name = "dr",
        description = "Brings a PostgreSQL-backed application back after a disaster.",
        footer = {
            "",
            "Beside these: ./dr demo | serve [--config FILE] | test | bench.",
            "The service is found by DR_URL (http://localhost:8080), as DR_USER / DR_PASSWORD or with DR_TOKEN.",
            "Exit codes: 0 succeeded, 1 failed, 2 usage or refused (nothing was changed), 3 waits for a person,",
            "4 the service cannot be reached."
        },
        mixinStandardHelpOptions = true,
        version = "dr-runbook 0.1.0")
public final class DrClient {

    static final int SUCCEEDED = 0;
    static final int FAILED = 1;
    static final int REFUSED = 2;
    static final int WAITING = 3;
    static final int UNREACHABLE = 4;

    private final Map<String, String> environment;
    private final PrintStream out;
    private final boolean terminal;

    @Option(names = "--json", description = "Print the API's answer.", scope = CommandLine.ScopeType.INHERIT)
    private boolean json;

    DrClient(Map<String, String> environment, PrintStream out, boolean terminal) {
        this.environment = environment;
        this.out = out;
        this.terminal = terminal;
    }

    public static void main(String[] arguments) {
        System.exit(run(System.getenv(), System.out, System.console() != null, arguments));
    }

    /** Runs a command and returns its exit code. */
    public static int run(Map<String, String> environment, PrintStream out, boolean terminal, String... arguments) {
        return new CommandLine(new DrClient(environment, out, terminal))
                .setExecutionExceptionHandler((failure, command, parsed) -> failed(failure, command, environment))
                .execute(arguments);
    }

    @Command(
            description = "Prove that each step could run, without writing anything.",
            footer = "Example: ./dr plan --application shop --reason \"before the release\"",
            mixinStandardHelpOptions = true)
    int plan(@CommandLine.Mixin Start start) throws IOException {
        return start("plan", start);
    }

    @Command(
            description = "Restore for real into a side database, verify it, and drop it again.",
            footer = "Example: ./dr drill --application shop --reason \"monthly drill\"",
            mixinStandardHelpOptions = true)
    int drill(@CommandLine.Mixin Start start) throws IOException {
        return start("drill", start);
    }

    @Command(
            description = "Bring the application back: its database is replaced by the backup.",
            footer = "Example: ./dr recover --application shop --reason \"disk of db1 died\" --yes",
            mixinStandardHelpOptions = true)
    int recover(@CommandLine.Mixin Start start) throws IOException {
        return start("recovery", start);
    }

    @Command(
            description = "The latest runs, or one of them.",
            footer = "Example: ./dr status 3f0c8a52-7c1e-4a6b-9d43-0d9a3a1c6f11",
            mixinStandardHelpOptions = true)
    int status(@Parameters(arity = "0..1", paramLabel = "RUN") @Nullable String run) throws IOException {
        Api api = new Api(environment);
        if (run != null) {
            JsonNode found = api.get("/api/v1/runs/" + run);
            print(found);
            return code(found);
        }
        JsonNode runs = api.get("/api/v1/runs");
        if (json) {
            out.println(runs.toPrettyString());
            return SUCCEEDED;
        }
        out.printf("%-36s  %-8s  %-12s  %-11s  %-24s  %s%n", "run", "mode", "application", "status", "start", "took");
        runs.forEach(each -> out.printf(
                "%-36s  %-8s  %-12s  %-11s  %-24.24s  %s%n",
                each.get("id").asText(),
                each.get("mode").asText(),
                each.get("application").asText(),
                each.get("status").asText(),
                each.get("start_time").asText(),
                Sizes.clock(each.get("duration_seconds").asLong())));
        return SUCCEEDED;
    }

    @Command(
            description = "The backups as the stores show them.",
            footer = "Example: ./dr backups --json",
            mixinStandardHelpOptions = true)
    int backups() throws IOException {
        JsonNode backups = new Api(environment).get("/api/v1/backups");
        if (json) {
            out.println(backups.toPrettyString());
            return SUCCEEDED;
        }
        out.printf(
                "%-36s  %-12s  %-24s  %10s  %-11s  %s%n",
                "backup", "application", "created", "size", "status", "stores");
        backups.forEach(each -> out.printf(
                "%-36s  %-12s  %-24.24s  %10s  %-11s  %s%n",
                each.get("id").asText(),
                each.get("application").asText(),
                each.get("created_at").asText(),
                Sizes.text(each.get("size_bytes").asLong()),
                each.get("status").asText(),
                each.get("stores")));
        return SUCCEEDED;
    }

    @Command(
            description = "Take a backup now and put it into every store.",
            footer = "Example: ./dr backup --application shop",
            mixinStandardHelpOptions = true)
    int backup(@Option(names = "--application") @Nullable String application) throws IOException {
        JsonNode backup = new Api(environment)
                .post("/api/v1/backups", Api.JSON.createObjectNode().put("application", application));
        out.println(
                json
                        ? backup.toPrettyString()
                        : "backup " + backup.get("id").asText() + ", "
                                + Sizes.text(backup.get("size_bytes").asLong()) + ", is in " + backup.get("stores"));
        return SUCCEEDED;
    }

    @Command(
            description = "Swap the database back in that a recovery has swapped out.",
            footer = "Example: ./dr rollback 3f0c8a52-7c1e-4a6b-9d43-0d9a3a1c6f11",
            mixinStandardHelpOptions = true)
    int rollback(@Parameters(paramLabel = "RUN") String run) throws IOException {
        return act(run, "rollback", null);
    }

    @Command(
            description = "Go on with a failed or cancelled run, from the first step that is not done.",
            footer = "Example: ./dr resume 3f0c8a52-7c1e-4a6b-9d43-0d9a3a1c6f11",
            mixinStandardHelpOptions = true)
    int resume(@Parameters(paramLabel = "RUN") String run) throws IOException {
        return act(run, "resume", null);
    }

    @Command(
            description = "Stop a run where nothing is half done.",
            footer = "Example: ./dr cancel 3f0c8a52-7c1e-4a6b-9d43-0d9a3a1c6f11",
            mixinStandardHelpOptions = true)
    int cancel(@Parameters(paramLabel = "RUN") String run) throws IOException {
        Api api = new Api(environment);
        api.post("/api/v1/runs/" + run + "/cancel", null);
        JsonNode ended = follow(api, api.get("/api/v1/runs/" + run));
        print(ended);
        return ended.get("status").asText().equals("cancelled") ? SUCCEEDED : code(ended);
    }

    @Command(
            description = "Say that what a step waits for is done.",
            footer = "Example: ./dr ack 3f0c8a52-7c1e-4a6b-9d43-0d9a3a1c6f11 5 --note \"restarted by hand\"",
            mixinStandardHelpOptions = true)
    int ack(
            @Parameters(paramLabel = "RUN") String run,
            @Parameters(paramLabel = "STEP") int step,
            @Option(names = "--note", required = true, description = "What was done.") String note)
            throws IOException {
        return act(
                run,
                "steps/" + step + "/acknowledge",
                Api.JSON.createObjectNode().put("note", note));
    }

    private int act(String run, String what, @Nullable ObjectNode body) throws IOException {
        Api api = new Api(environment);
        JsonNode ended = follow(api, api.post("/api/v1/runs/" + run + "/" + what, body));
        print(ended);
        return code(ended);
    }

    private int start(String mode, Start start) throws IOException {
        Api api = new Api(environment);
        String confirm = start.application;
        if (mode.equals("recovery") && !start.yes) {
            if (!terminal || start.application == null) {
                System.err.println("a recovery replaces the application's database: say --application and --yes");
                return REFUSED;
            }
            confirm = System.console()
                    .readLine("This replaces the database of %s. Type its name to go on: ", start.application);
        }
        ObjectNode request = Api.JSON
                .createObjectNode()
                .put("mode", mode)
                .put("application", start.application)
                .put("backup_id", start.backup)
                .put("reason", start.reason)
                .put("confirm", confirm);
        JsonNode run = api.post("/api/v1/runs", request);
        if (!json) {
            out.println(mode + " of " + run.get("application").asText() + ": run "
                    + run.get("id").asText());
        }
        JsonNode ended = follow(api, run);
        print(ended);
        return code(ended);
    }

    private JsonNode follow(Api api, JsonNode run) throws IOException {
        PrintStream where = json ? new PrintStream(PrintStream.nullOutputStream()) : out;
        return new Follower(api, where, terminal && !json).follow(run);
    }

    private void print(JsonNode run) {
        if (json) {
            out.println(run.toPrettyString());
        } else {
            RunTable.print(run, out);
        }
    }

    private static int code(JsonNode run) {
        return switch (run.get("status").asText()) {
            case "failed", "cancelled" -> FAILED;
            case "waiting" -> WAITING;
            default -> SUCCEEDED;
        };
    }

    private static int failed(Exception failure, CommandLine command, Map<String, String> environment)
            throws Exception {
        if (failure instanceof Api.RefusedException refused) {
            command.getErr().println(refused.getMessage());
            return refused.serviceFailed() ? FAILED : REFUSED;
        }
        if (failure instanceof IOException) {
            command.getErr()
                    .println("the service cannot be reached at "
                            + environment.getOrDefault("DR_URL", "http://localhost:8080") + " (" + failure
                            + "); start it with ./dr serve, or set DR_URL");
            return UNREACHABLE;
        }
        throw failure;
    }

    /** What a run needs. */
    static final class Start {

        @Option(names = "--application", description = "Which; may be left out when there is one.")
        private @Nullable String application;

        @Option(names = "--backup", description = "Id of the backup; default: the latest good one.")
        private @Nullable String backup;

        @Option(names = "--reason", required = true, description = "Why; goes into the journal.")
        private @Nullable String reason;

        @Option(names = "--yes", description = "Do not ask.")
        private boolean yes;
    }
}
