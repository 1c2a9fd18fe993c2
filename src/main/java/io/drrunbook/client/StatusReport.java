package io.drrunbook.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.drrunbook.figures.Figures;
import java.io.PrintWriter;
import java.util.Locale;

/** Whether each application could be recovered now, as a person reads it. */
final class StatusReport {

    private final PrintWriter out;

    StatusReport(PrintWriter out) {
        this.out = out;
    }

    void print(JsonNode status) {
        status.path("applications").forEach(this::application);
        for (JsonNode store : status.path("stores")) {
            out.println("store " + text(store, "store") + ": "
                    + (store.path("up").asBoolean()
                            ? "up, " + store.path("backups").asInt() + " backups"
                            : "DOWN, " + text(store, "error")));
        }
        status.path("unreadable").forEach(row -> out.println(Figures.plain(row.asText())));
        out.println();
        out.flush();
    }

    private void application(JsonNode application) {
        out.println(text(application, "application") + ": "
                + text(application, "readiness").replace('_', ' ').toUpperCase(Locale.ROOT));
        application.path("reasons").forEach(reason -> out.println("  - " + Figures.plain(reason.asText())));
        if (application.hasNonNull("backup_age_seconds")) {
            out.println("  newest good backup: "
                    + Figures.age(application.path("backup_age_seconds").asLong()) + " old, RPO "
                    + Figures.age(application.path("rpo_target_seconds").asLong())
                    + (application.path("rpo_met").asBoolean() ? ", met" : ", MISSED"));
        }
        predicted(application);
        if (application.hasNonNull("last_proven_at")) {
            out.println("  last proven: " + text(application, "last_proven_at").replaceFirst("\\.\\d+", "")
                    + ", by run " + text(application, "proven_by"));
        }
        run("last recovery", application.path("last_recovery"));
        run("last drill", application.path("last_drill"));
        run("active now", application.path("active_run"));
        out.println();
    }

    /** What was never measured is named; only a prediction of all steps can be met. */
    private void predicted(JsonNode application) {
        if (!application.hasNonNull("predicted_seconds")) {
            return;
        }
        JsonNode without = application.path("predicted_without");
        JsonNode met = application.path("predicted_met");
        out.println("  predicted recovery: " + (without.isEmpty() ? "" : "at least ")
                + Figures.duration(application.path("predicted_seconds").asDouble()) + ", RTO "
                + Figures.clock(application.path("rto_target_seconds").asDouble())
                + (met.isBoolean() ? met.asBoolean() ? ", met" : ", MISSED" : ""));
        without.forEach(gap -> out.println("    not in it: " + Figures.plain(gap.asText())));
    }

    private void run(String what, JsonNode run) {
        if (run.isObject()) {
            out.println("  " + what + ": " + text(run, "status") + " at "
                    + text(run, "start_time").replaceFirst("\\.\\d+", "") + ", "
                    + Figures.duration(run.path("duration_seconds").asDouble()) + " of "
                    + Figures.clock(run.path("rto_target_seconds").asDouble()) + ", run " + text(run, "id"));
        }
    }

    private static String text(JsonNode node, String member) {
        return node.hasNonNull(member) ? Figures.plain(node.get(member).asText()) : "";
    }
}
