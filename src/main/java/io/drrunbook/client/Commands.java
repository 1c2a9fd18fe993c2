package io.drrunbook.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drrunbook.figures.Figures;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** What the commands do; each returns its {@link ExitCode}. */
final class Commands {

    private static final Duration RECEIPT = Duration.ofMinutes(1);
    private static final Duration POLL = Duration.ofMillis(500);

    /** Between two lines about progress that somebody may read later. */
    private static final Duration SAY = Duration.ofSeconds(15);

    private final Api api;
    private final Terminal terminal;
    private final RunReport report;

    Commands(Api api, Terminal terminal) {
        this.api = api;
        this.terminal = terminal;
        this.report = new RunReport(terminal.out());
    }

    /** A plan or a drill: neither touches the application, so nothing is asked. */
    int rehearse(String mode, StartOptions start, FollowOptions how) {
        String reason = start.reason == null ? mode + " from the command line" : start.reason;
        return followed(api.post("/runs", start.request(mode, reason, null)), how, "succeeded");
    }

    int recover(StartOptions start, FollowOptions how) {
        if (!start.yes && !terminal.asks()) {
            throw ClientException.refused(
                    "confirmation_missing", "a recovery replaces the live database: confirm it with --yes");
        }
        String application = start.application == null ? onlyApplication() : start.application;
        String reason = start.reason == null ? "" : start.reason.strip();
        if (reason.isEmpty() && !start.yes) {
            reason = terminal.ask("Why? (it stands in the journal)");
        }
        if (reason.isEmpty()) {
            throw ClientException.refused("reason_missing", "say why with --reason TEXT: it stands in the journal");
        }
        if (!start.yes) {
            confirm(application, start.backup);
        }
        return followed(api.post("/runs", start.request("recovery", reason, application)), how, "succeeded");
    }

    int resume(String run, FollowOptions how) {
        return followed(api.post("/runs/" + segment(run) + "/resume", nothing()), how, "succeeded");
    }

    int rollBack(String run, FollowOptions how) {
        return followed(api.post("/runs/" + segment(run) + "/rollback", nothing()), how, "rolled_back");
    }

    int cancel(String run, FollowOptions how) {
        return followed(api.post("/runs/" + segment(run) + "/cancel", nothing()), how, "cancelled");
    }

    int acknowledge(String run, int step, String note, FollowOptions how) {
        String path = "/runs/" + segment(run) + "/steps/" + step + "/acknowledge";
        return followed(api.post(path, nothing().put("note", note)), how, "succeeded");
    }

    int approve(String run, FollowOptions how) {
        return followed(api.post("/runs/" + segment(run) + "/approve", nothing()), how, "succeeded", "rolled_back");
    }

    int status(@Nullable String run, boolean json) {
        if (run != null) {
            JsonNode answer = api.get("/runs/" + segment(run));
            if (json) {
                print(answer);
            } else {
                report.print(answer);
            }
            return ExitCode.SUCCEEDED;
        }
        JsonNode status = api.get("/status");
        if (json) {
            print(status);
            return ExitCode.SUCCEEDED;
        }
        new StatusReport(terminal.out()).print(status);
        Api.Listing runs = api.first("/runs?limit=10");
        if (runs.items().isEmpty()) {
            terminal.out().println("no run yet; ./dr drill proves that a recovery would work");
        } else {
            report.list(runs.items());
            more(runs, "runs");
        }
        return ExitCode.SUCCEEDED;
    }

    int tokens(boolean json) {
        JsonNode answer = api.get("/tokens");
        if (json) {
            print(answer);
        } else if (answer.isEmpty()) {
            terminal.out().println("no token; ./dr tokens --make NAME --role viewer makes one");
        } else {
            report.tokens(answer);
        }
        return ExitCode.SUCCEEDED;
    }

    int makeToken(String name, String role, @Nullable Integer days, boolean json) {
        ObjectNode request = nothing().put("name", name).put("role", role);
        if (days != null) {
            request.put("lifetime_seconds", Duration.ofDays(days).toSeconds());
        }
        JsonNode token = api.post("/tokens", request);
        if (json) {
            print(token);
        } else {
            terminal.out().println(Figures.plain(token.path("token").asText()));
            terminal.err().println("it is shown this once: put it where the program reads DR_TOKEN");
        }
        return ExitCode.SUCCEEDED;
    }

    int revokeToken(String id, boolean json) {
        JsonNode token = api.delete("/tokens/" + segment(id));
        if (json) {
            print(token);
        } else {
            report.tokens(Api.JSON.createArrayNode().add(token));
        }
        return ExitCode.SUCCEEDED;
    }

    int backups(@Nullable String application, boolean json) {
        JsonNode answer = api.all(application == null ? "/backups" : "/backups?application=" + segment(application));
        if (json) {
            print(answer);
        } else if (answer.isEmpty()) {
            terminal.out().println("no backup in any store that answers; ./dr backup takes one");
        } else {
            report.backups(answer);
        }
        return ExitCode.SUCCEEDED;
    }

    int retention(boolean json) {
        JsonNode answer = api.get("/retention");
        if (json) {
            print(answer);
        } else {
            report.retention(answer);
        }
        return ExitCode.SUCCEEDED;
    }

    int takeBackup(@Nullable String application, boolean json) {
        JsonNode backup = taken(api.takeBackup(nothing().put("application", application)), json);
        boolean failed = backup.path("status").asText().equals("FAILED");
        if (json) {
            print(backup);
        } else if (failed) {
            terminal.err()
                    .println("the backup failed: "
                            + Figures.plain(backup.path("why_not_restorable").asText()));
        } else {
            report.backups(Api.JSON.createArrayNode().add(backup));
        }
        return failed ? ExitCode.FAILED : ExitCode.SUCCEEDED;
    }

    /** Waits until it has ended, and says how far it is: over and over in a terminal, now and then in a pipe. */
    private JsonNode taken(JsonNode begun, boolean quiet) {
        JsonNode backup = begun;
        String id = segment(begun.path("id").asText());
        if (!quiet) {
            terminal.out()
                    .println("backup " + id + " of "
                            + Figures.plain(begun.path("application").asText())
                            + "; it goes on by itself when this command is stopped");
        }
        long said = System.nanoTime();
        while (backup.path("status").asText().equals("IN_PROGRESS")) {
            LockSupport.parkNanos(POLL.toNanos());
            backup = api.get("/backups/" + id);
            boolean due = System.nanoTime() - said > SAY.toNanos();
            if (!quiet && backup.hasNonNull("dumped_bytes") && (terminal.columns() > 0 || due)) {
                String line =
                        "dumped " + Figures.bytes(backup.path("dumped_bytes").asDouble());
                terminal.out().print(terminal.columns() > 0 ? "\r" + line + "   " : line + System.lineSeparator());
                terminal.out().flush();
                said = System.nanoTime();
            }
        }
        if (!quiet && terminal.columns() > 0) {
            terminal.out().println();
        }
        return backup;
    }

    /** Ends with 1 when a copy is damaged: for whoever calls it from a script. */
    int audit(boolean now, boolean json) {
        JsonNode audit = now ? audited() : api.get("/audit");
        if (json) {
            print(audit);
        } else {
            new AuditView(terminal.out()).print(audit);
        }
        boolean failed =
                audit.hasNonNull("error") || audit.at("/totals/damaged").asInt() > 0;
        return failed ? ExitCode.FAILED : ExitCode.SUCCEEDED;
    }

    /** Until a pass that began behind the request has ended: what a pass before it saw may have changed. */
    private JsonNode audited() {
        Instant asked =
                Instant.parse(api.post("/audit", nothing()).path("asked_at").asText());
        JsonNode audit = api.get("/audit");
        while (audit.path("under_way").asBoolean() || !audit.hasNonNull("started_at") || startedBefore(audit, asked)) {
            LockSupport.parkNanos(POLL.toNanos());
            audit = api.get("/audit");
        }
        return audit;
    }

    private static boolean startedBefore(JsonNode audit, Instant asked) {
        return Instant.parse(audit.path("started_at").asText()).isBefore(asked);
    }

    int alerts(boolean open, boolean json) {
        Api.Listing answer = api.first("/alerts?open=" + open + "&limit=50");
        if (json) {
            print(answer.items());
        } else if (answer.items().isEmpty()) {
            terminal.out().println(open ? "no open alert" : "no alert yet; ./dr alert-test sends one");
        } else {
            report.alerts(answer.items());
            more(answer, "alerts");
        }
        return ExitCode.SUCCEEDED;
    }

    /** Waits until each delivery was tried once: what failed is tried again by the service, but that takes its time. */
    int testAlerts(boolean json) {
        JsonNode alert = api.post("/alerts/test", nothing()).path(0);
        long end = System.nanoTime() + RECEIPT.toNanos();
        while (untried(alert) && System.nanoTime() < end) {
            LockSupport.parkNanos(POLL.toNanos());
            alert = api.get("/alerts/" + segment(alert.path("id").asText()));
        }
        if (json) {
            print(alert);
        } else if (alert.path("deliveries").isEmpty()) {
            terminal.out()
                    .println(
                            "no channel is configured: the test is on the page only; set dr.alerts.email, webhook or sms");
        } else {
            report.deliveries(alert);
        }
        boolean allDelivered = true;
        for (JsonNode delivery : alert.path("deliveries")) {
            allDelivered &= delivery.path("status").asText().equals("delivered");
        }
        return allDelivered ? ExitCode.SUCCEEDED : ExitCode.FAILED;
    }

    private static boolean untried(JsonNode alert) {
        boolean untried = false;
        for (JsonNode delivery : alert.path("deliveries")) {
            untried |= delivery.path("status").asText().equals("pending") && !delivery.hasNonNull("error");
        }
        return untried;
    }

    private int followed(JsonNode run, FollowOptions how, String... hoped) {
        if (!how.json) {
            terminal.out()
                    .println("run " + Figures.plain(run.path("id").asText()) + " ("
                            + Figures.plain(run.path("mode").asText()) + " of "
                            + Figures.plain(run.path("application").asText())
                            + "); it goes on by itself when this command is stopped");
        }
        JsonNode end = new RunFollower(api, how.json ? RunView.none() : terminal.view(), how.patience()).follow(run);
        if (how.json) {
            print(end);
        } else {
            report.print(end);
        }
        String status = end.path("status").asText();
        if (List.of(hoped).contains(status)) {
            return ExitCode.SUCCEEDED;
        }
        return status.equals("waiting") ? ExitCode.WAITS_FOR_A_PERSON : ExitCode.FAILED;
    }

    private void confirm(String application, @Nullable String backup) {
        terminal.out()
                .println("This replaces the live database of " + application + " with "
                        + (backup == null ? "its latest good backup" : "backup " + backup) + ".");
        if (!terminal.ask("Type the application's name to go on:").equals(application)) {
            throw ClientException.refused("confirmation_wrong", "not confirmed: nothing was changed");
        }
    }

    /** The service checks again: a run without an application is only admitted when there is one. */
    private String onlyApplication() {
        Set<String> names = new TreeSet<>();
        api.all("/backups")
                .forEach(backup ->
                        names.add(Figures.plain(backup.path("application").asText())));
        if (names.size() != 1) {
            throw ClientException.refused(
                    "application_missing",
                    "say which application with --application NAME; the stores hold backups of " + names);
        }
        return names.iterator().next();
    }

    private void more(Api.Listing listing, String what) {
        listing.next().ifPresent(next -> {
            terminal.out().println("and older " + what + ": GET /api/v1" + next);
            terminal.out().flush();
        });
    }

    private void print(JsonNode answer) {
        terminal.out().println(Api.pretty(answer));
        terminal.out().flush();
    }

    private static ObjectNode nothing() {
        return Api.JSON.createObjectNode();
    }

    /** An id or a name as part of a URL: what a shell passes must not lead to another one. */
    private static String segment(String text) {
        if (!text.matches("[A-Za-z0-9._-]+") || text.startsWith(".")) {
            throw ClientException.refused(
                    "name_wrong", "'" + Figures.plain(text) + "' is no id or name: letters, digits, - _ . are allowed");
        }
        return text;
    }
}
