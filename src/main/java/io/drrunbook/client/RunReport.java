package io.drrunbook.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.drrunbook.figures.Figures;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The log of a run as a person reads it: its steps as a table, and its objectives. */
final class RunReport {

    private final PrintWriter out;

    RunReport(PrintWriter out) {
        this.out = out;
    }

    void print(JsonNode run) {
        findings(run);
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("", "step", "status", "duration", "detail"));
        for (JsonNode step : run.path("steps")) {
            String status = text(step, "status");
            boolean began = !status.equals("pending") && !status.equals("skipped");
            rows.add(List.of(
                    text(step, "step"),
                    text(step, "name"),
                    status,
                    began ? Figures.duration(step.path("duration_seconds").asDouble()) : "",
                    StepDetail.of(step)));
        }
        out.println();
        table(out, rows);
        out.println();
        out.println(headline(run));
        if (run.hasNonNull("headline")) {
            out.println(text(run, "headline"));
        }
        objectives(run);
        whatToDo(run);
        out.flush();
    }

    /** Newest first, one line a run. */
    void list(JsonNode runs) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("run", "mode", "application", "status", "started", "duration", "reason"));
        for (JsonNode run : runs) {
            rows.add(List.of(
                    text(run, "id"),
                    text(run, "mode"),
                    text(run, "application"),
                    state(text(run, "status"), run),
                    seconds(text(run, "start_time")),
                    Figures.duration(run.path("duration_seconds").asDouble()),
                    text(run, "reason")));
        }
        table(out, rows);
        out.flush();
    }

    /** One line a token. */
    void tokens(JsonNode tokens) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("token", "name", "role", "made", "by", "last used", "ends", "revoked"));
        for (JsonNode token : tokens) {
            rows.add(List.of(
                    text(token, "id"),
                    text(token, "name"),
                    text(token, "role"),
                    seconds(text(token, "created_at")),
                    text(token, "created_by"),
                    seconds(text(token, "last_used_at")),
                    seconds(text(token, "expires_at")),
                    seconds(text(token, "revoked_at"))));
        }
        table(out, rows);
        out.flush();
    }

    /** Newest first, one line a backup. */
    void backups(JsonNode backups) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("backup", "application", "taken", "age", "size", "status", "stores", "remark"));
        for (JsonNode backup : backups) {
            rows.add(List.of(
                    text(backup, "id"),
                    text(backup, "application"),
                    seconds(text(backup, "created_at")),
                    age(text(backup, "created_at")),
                    Figures.bytes(backup.path("size_bytes").asDouble()),
                    text(backup, "status"),
                    StepDetail.list(backup.path("stores")),
                    text(backup, backup.hasNonNull("why_not_restorable") ? "why_not_restorable" : "note")));
        }
        table(out, rows);
        out.flush();
    }

    /** Newest first, one line an alert. */
    void alerts(JsonNode alerts) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("alert", "severity", "kind", "application", "last seen", "times", "state", "message"));
        for (JsonNode alert : alerts) {
            rows.add(List.of(
                    text(alert, "id"),
                    text(alert, "severity"),
                    text(alert, "kind"),
                    text(alert, "application"),
                    seconds(text(alert, "last_at")),
                    text(alert, "count"),
                    state(alert),
                    text(alert, "message")));
        }
        table(out, rows);
        out.flush();
    }

    /** One line for each recipient of an alert. */
    void deliveries(JsonNode alert) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("channel", "recipient", "status", "receipt or error"));
        for (JsonNode delivery : alert.path("deliveries")) {
            boolean failing = delivery.hasNonNull("error");
            rows.add(List.of(
                    text(delivery, "channel"),
                    text(delivery, "recipient"),
                    failing && text(delivery, "status").equals("pending") ? "tried again" : text(delivery, "status"),
                    text(delivery, failing ? "error" : "receipt")));
        }
        table(out, rows);
        out.flush();
    }

    /** What each store keeps for how long, and what becomes of the backups that are past their time. */
    void retention(JsonNode retention) {
        for (JsonNode store : retention.path("stores")) {
            out.println("store " + text(store, "store") + ": "
                    + (store.hasNonNull("keep_seconds")
                            ? "keeps backups for "
                                    + Figures.age(store.path("keep_seconds").asLong())
                            : "keeps backups for ever")
                    + (store.hasNonNull("error") ? "; DOWN, nothing is deleted: " + text(store, "error") : ""));
        }
        if (retention.path("backups").isEmpty()) {
            out.println("no backup is past its time");
        } else {
            List<List<String>> rows = new ArrayList<>();
            rows.add(List.of("store", "application", "backup", "age", "next"));
            for (JsonNode backup : retention.path("backups")) {
                rows.add(List.of(
                        text(backup, "store"),
                        text(backup, "application"),
                        text(backup, "backup_id"),
                        Figures.age(backup.path("age_seconds").asLong()),
                        backup.hasNonNull("stays") ? "stays: " + text(backup, "stays") : "is deleted"));
            }
            table(out, rows);
        }
        out.flush();
    }

    private static String state(JsonNode alert) {
        if (alert.hasNonNull("resolved_at")) {
            return "resolved";
        }
        return alert.hasNonNull("acknowledged_at") ? "acknowledged by " + text(alert, "acknowledged_by") : "open";
    }

    /** Columns as wide as their widest cell; the last one is as long as it likes. */
    static void table(PrintWriter out, List<List<String>> rows) {
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < row.size(); column++) {
                int at = column;
                int width = rows.stream()
                        .mapToInt(other -> other.get(at).length())
                        .max()
                        .orElse(0);
                line.append(row.get(at)).append(" ".repeat(width - row.get(at).length() + 2));
            }
            out.println(line.toString().stripTrailing());
        }
    }

    /** They come first: a run that succeeded may leave something to do. */
    private void findings(JsonNode run) {
        if (run.path("findings").isEmpty()) {
            return;
        }
        out.println();
        out.println(text(run, "mode") + " of " + text(run, "application") + ": " + state(text(run, "status"), run));
        for (JsonNode finding : run.path("findings")) {
            out.println("! " + text(finding, "kind").replace('_', ' ') + ": " + text(finding, "object") + ": "
                    + text(finding, "detail"));
            for (String line : finding.path("sql").asText("").split("\n")) {
                if (!line.isBlank() && finding.hasNonNull("sql")) {
                    out.println("    " + Figures.plain(line));
                }
            }
        }
    }

    private static String state(String status, JsonNode run) {
        int findings = run.path("findings").size();
        return status.replace('_', ' ')
                + (findings == 0 ? "" : " with " + findings + (findings == 1 ? " finding" : " findings"));
    }

    private static String headline(JsonNode run) {
        String line = text(run, "mode") + " of " + text(run, "application") + ": " + state(text(run, "status"), run)
                + ", run " + text(run, "id");
        return run.hasNonNull("error")
                ? line + "\n" + text(run, "error") + (run.hasNonNull("code") ? " [" + text(run, "code") + "]" : "")
                : line;
    }

    private void objectives(JsonNode run) {
        predicted(run);
        if (text(run, "mode").equals("plan")) {
            return;
        }
        out.println("RTO        " + Figures.clock(run.path("duration_seconds").asDouble()) + " of "
                + Figures.clock(run.path("rto_target_seconds").asDouble()) + met(run.path("rto_met")));
        if (run.hasNonNull("data_loss_seconds")) {
            out.println(
                    "Data loss  " + Figures.clock(run.path("data_loss_seconds").asDouble()) + " of "
                            + Figures.clock(run.path("rpo_target_seconds").asDouble()) + met(run.path("rpo_met")));
        }
    }

    /** What a plan or drill says of a recovery; its own clock says nothing of that. */
    private void predicted(JsonNode run) {
        if (run.hasNonNull("predicted_rto_seconds")) {
            double seconds = run.path("predicted_rto_seconds").asDouble();
            double target = run.path("rto_target_seconds").asDouble();
            JsonNode without = run.path("predicted_rto_without");
            out.println("Recovery   " + (without.isEmpty() ? "" : "at least ") + Figures.clock(seconds) + " of "
                    + Figures.clock(target) + ", predicted" + (seconds > target ? ": the RTO would be MISSED" : ""));
            without.forEach(gap -> out.println("           not in it: " + Figures.plain(gap.asText())));
            run.path("steps").forEach(step -> {
                if (step.hasNonNull("predicted_rto_from")) {
                    out.println("           " + text(step, "predicted_rto_from"));
                }
            });
        } else if (text(run, "mode").equals("plan") && text(run, "status").equals("succeeded")) {
            out.println("Recovery   how long it would take is not known yet: start a drill");
        }
    }

    private static String met(JsonNode met) {
        return met.isBoolean() ? met.asBoolean() ? ", met" : ", MISSED" : "";
    }

    private void whatToDo(JsonNode run) {
        String id = text(run, "id");
        switch (text(run, "status")) {
            case "waiting" -> {
                boolean byHand = false;
                for (JsonNode step : run.path("steps")) {
                    if (text(step, "status").equals("manual_required")) {
                        out.println("waits for a person: " + text(step, "instruction"));
                        out.println("when it is done: ./dr ack " + id + " " + text(step, "step") + " --note TEXT");
                        byHand = true;
                    }
                }
                if (!byHand) {
                    out.println("waits for another administrator to approve it: ./dr approve " + id);
                }
            }
            case "failed", "cancelled" -> {
                out.println("to go on from the first step that is not done: ./dr resume " + id);
                if (run.hasNonNull("previous_database")) {
                    out.println("to swap " + text(run, "previous_database") + " back: ./dr rollback " + id);
                }
            }
            case "succeeded" -> {
                if (run.hasNonNull("previous_database")) {
                    out.println("the database as it was is kept as " + text(run, "previous_database")
                            + "; ./dr rollback " + id + " swaps it back");
                }
            }
            case "rolled_back" -> out.println("./dr recover starts another recovery");
            default -> out.println("./dr status " + id + " shows where it stands");
        }
    }

    /** A time without its fraction of a second. */
    private static String seconds(String time) {
        return time.replaceFirst("\\.\\d+", "");
    }

    private static String age(String createdAt) {
        return createdAt.isEmpty()
                ? ""
                : Figures.age(Duration.between(Instant.parse(createdAt), Instant.now())
                        .toSeconds());
    }

    private static String text(JsonNode node, String member) {
        return node.hasNonNull(member) ? Figures.plain(node.get(member).asText()) : "";
    }
}
