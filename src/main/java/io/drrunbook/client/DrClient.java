package io.drrunbook.client;

import io.drrunbook.figures.Figures;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ScopeType;

/**
 * The client commands of {@code ./dr}. They speak to the service at {@code DR_URL} and end with an {@link ExitCode}.
 */
@Command(
        name = "dr",
        description = "Brings a PostgreSQL-backed application back after a disaster.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "The service is at DR_URL (http://localhost:8080); log in with DR_USER (admin) and DR_PASSWORD, or DR_TOKEN.",
            "Over TLS, DR_CA_FILE names the certificates (PEM) to believe when they are not well known.",
            "Ends with 0 succeeded, 1 failed, 2 usage or refused (nothing was changed), 3 waits for a person,",
            "4 the service cannot be reached."
        })
public final class DrClient {

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help.")
    private boolean help;

    private final Map<String, String> environment;
    private final Path directory;
    private final Terminal terminal;

    DrClient(Map<String, String> environment, Path directory, Terminal terminal) {
        this.environment = environment;
        this.directory = directory;
        this.terminal = terminal;
    }

    public static void main(String[] arguments) {
        System.exit(run(System.getenv(), arguments));
    }

    /**
     * Runs one command with this process's input and output.
     *
     * @param environment {@code DR_URL}, {@code DR_CA_FILE}, {@code DR_USER}, {@code DR_PASSWORD}, {@code DR_TOKEN}
     * @return the exit code
     */
    public static int run(Map<String, String> environment, String... arguments) {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        return new DrClient(environment, Path.of(""), Terminal.of(in, out, err, environment)).execute(arguments);
    }

    int execute(String... arguments) {
        CommandLine line = new CommandLine(this)
                .setOut(terminal.out())
                .setErr(terminal.err())
                .setExecutionExceptionHandler((failure, command, parsed) -> failed(failure));
        line.setExpandAtFiles(false);
        int exitCode = line.execute(arguments);
        terminal.out().flush();
        terminal.err().flush();
        return exitCode;
    }

    @Command(
            description = "Proves that each step of a recovery could run, and changes nothing.",
            footer = {"", "Example: ./dr plan --application shop"})
    int plan(@Mixin StartOptions start, @Mixin FollowOptions how) {
        return commands().rehearse("plan", start, how);
    }

    @Command(
            description = "Brings the application back, and follows it live.",
            footer = {"", "Example: ./dr recover --application shop --reason \"disk lost\" --yes"})
    int recover(@Mixin StartOptions start, @Mixin FollowOptions how) {
        return commands().recover(start, how);
    }

    @Command(
            description = "Restores into a side database, verifies it and drops it; never touches the application.",
            footer = {"", "Example: ./dr drill --application shop"})
    int drill(@Mixin StartOptions start, @Mixin FollowOptions how) {
        return commands().rehearse("drill", start, how);
    }

    @Command(
            description = "Shows how ready each application is and the latest runs, or one run with its steps.",
            footer = {"", "Example: ./dr status 6f1c2b9e-5f43-4f0e-9d37-0b6a3c1d2e4f"})
    int status(
            @Parameters(paramLabel = "RUN", arity = "0..1") @Nullable String run,
            @Option(names = "--json", description = "Print the API's answer.") boolean json) {
        return commands().status(run, json);
    }

    @Command(
            description = "Shows the backups as the stores hold them.",
            footer = {"", "Example: ./dr backups --application shop"})
    int backups(
            @Option(names = "--application", paramLabel = "NAME", description = "Only of this one.") @Nullable
                    String application,
            @Option(names = "--json", description = "Print the API's answer.") boolean json) {
        return commands().backups(application, json);
    }

    @Command(
            description = "Shows which backups are past their time in which store, which go next and why others stay.",
            footer = {"", "Example: ./dr retention"})
    int retention(@Option(names = "--json", description = "Print the API's answer.") boolean json) {
        return commands().retention(json);
    }

    @Command(
            description = "Takes a backup now and puts it into every store.",
            footer = {"", "Example: ./dr backup --application shop"})
    int backup(
            @Option(
                            names = "--application",
                            paramLabel = "NAME",
                            description = "May be left out when there is only one.")
                    @Nullable
                    String application,
            @Option(names = "--json", description = "Print the API's answer.") boolean json) {
        return commands().takeBackup(application, json);
    }

    @Command(
            description = "Shows in which stores each backup lies, and whether what lies there is right.",
            footer = {"", "Example: ./dr audit --now", "Ends with 1 when a copy is damaged."})
    int audit(
            @Option(names = "--now", description = "Compare all copies now, wait for the end, then show them.")
                    boolean now,
            @Option(names = "--json", description = "Print the API's answer.") boolean json) {
        return commands().audit(now, json);
    }

    @Command(
            description = "Swaps the database that a recovery has replaced back in.",
            footer = {"", "Example: ./dr rollback 6f1c2b9e-5f43-4f0e-9d37-0b6a3c1d2e4f"})
    int rollback(@Parameters(paramLabel = "RUN") String run, @Mixin FollowOptions how) {
        return commands().rollBack(run, how);
    }

    @Command(
            description = "Goes on with a failed or cancelled run from the first step that is not done.",
            footer = {"", "Example: ./dr resume 6f1c2b9e-5f43-4f0e-9d37-0b6a3c1d2e4f"})
    int resume(@Parameters(paramLabel = "RUN") String run, @Mixin FollowOptions how) {
        return commands().resume(run, how);
    }

    @Command(
            description = "Stops a run without leaving the live database half changed.",
            footer = {"", "Example: ./dr cancel 6f1c2b9e-5f43-4f0e-9d37-0b6a3c1d2e4f"})
    int cancel(@Parameters(paramLabel = "RUN") String run, @Mixin FollowOptions how) {
        return commands().cancel(run, how);
    }

    @Command(
            description = "Says that a person has done what a step waits for; the run goes on behind it.",
            footer = {"", "Example: ./dr ack 6f1c2b9e-5f43-4f0e-9d37-0b6a3c1d2e4f 5 --note \"restarted web1, web2\""})
    int ack(
            @Parameters(paramLabel = "RUN") String run,
            @Parameters(paramLabel = "STEP") int step,
            @Option(names = "--note", paramLabel = "TEXT", required = true, description = "What was done.") String note,
            @Mixin FollowOptions how) {
        return commands().acknowledge(run, step, note, how);
    }

    @Command(
            description = "Approves a recovery that waits for a second administrator, and follows it.",
            footer = {"", "Example: ./dr approve 6f1c2b9e-5f43-4f0e-9d37-0b6a3c1d2e4f"})
    int approve(@Parameters(paramLabel = "RUN") String run, @Mixin FollowOptions how) {
        return commands().approve(run, how);
    }

    @Command(
            description = "Shows, makes and revokes the tokens of programs.",
            footer = {
                "",
                "Examples: ./dr tokens",
                "          ./dr tokens --make prometheus --role viewer --days 365",
                "          ./dr tokens --revoke 6f1c2b9e-5f43-4f0e-9d37-0b6a3c1d2e4f"
            })
    int tokens(
            @Option(names = "--make", paramLabel = "NAME", description = "Make one; it is shown this once.") @Nullable
                    String name,
            @Option(
                            names = "--role",
                            paramLabel = "ROLE",
                            defaultValue = "viewer",
                            description = "viewer, operator or admin. Default: ${DEFAULT-VALUE}.")
                    String role,
            @Option(names = "--days", paramLabel = "N", description = "It ends after so many. Default: never.")
                    @Nullable
                    Integer days,
            @Option(names = "--revoke", paramLabel = "ID", description = "End one at once.") @Nullable String revoked,
            @Option(names = "--json", description = "Print the API's answer.") boolean json) {
        if (name != null) {
            return commands().makeToken(name, role, days, json);
        }
        return revoked == null ? commands().tokens(json) : commands().revokeToken(revoked, json);
    }

    @Command(
            description = "Prints a script that completes commands and options in bash.",
            footer = {"", "Example: source <(./dr completion)"})
    int completion() {
        terminal.out().print(Completion.script(new CommandLine(this)));
        return ExitCode.SUCCEEDED;
    }

    @Command(
            description = "Shows the alerts, newest first.",
            footer = {"", "Example: ./dr alerts --open"})
    int alerts(
            @Option(names = "--open", description = "Only what is not over and nobody has acknowledged.") boolean open,
            @Option(names = "--json", description = "Print the API's answer.") boolean json) {
        return commands().alerts(open, json);
    }

    @Command(
            name = "alert-test",
            description = "Sends a test alert to every recipient of every channel, and waits for the receipts.",
            footer = {"", "Example: ./dr alert-test"})
    int alertTest(@Option(names = "--json", description = "Print the API's answer.") boolean json) {
        return commands().testAlerts(json);
    }

    private int failed(Exception failure) throws Exception {
        if (failure instanceof ClientException known) {
            terminal.err().println(Figures.plain(known.getMessage()) + " [" + Figures.plain(known.code()) + "]");
            return known.exitCode();
        }
        throw failure;
    }

    private Commands commands() {
        return new Commands(new Api(Service.from(environment, directory)), terminal);
    }
}
