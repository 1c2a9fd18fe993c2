package io.drrunbook.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.drrunbook.figures.Figures;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;

/** Where each backup lies and whether what lies there is right, as a person reads it. */
final class AuditView {

    private final PrintWriter out;

    AuditView(PrintWriter out) {
        this.out = out;
    }

    void print(JsonNode audit) {
        for (JsonNode application : audit.path("applications")) {
            JsonNode totals = application.path("totals");
            out.println(text(application, "application") + ": "
                    + totals.path("backups").asInt() + " backups, "
                    + totals.path("three_two_one").asInt() + " of them 3-2-1");
            application.path("backups").forEach(this::backup);
            int more =
                    totals.path("backups").asInt() - application.path("backups").size();
            if (more > 0) {
                out.println("  and " + more + " older ones, counted above and below");
            }
            out.println();
        }
        JsonNode totals = audit.path("totals");
        out.println(totals.path("good").asInt() + " copies read and right, "
                + totals.path("unread").asInt() + " not read yet, "
                + totals.path("damaged").asInt() + " damaged, "
                + totals.path("unknown").asInt() + " unknown");
        out.println(
                audit.hasNonNull("last_pass_at")
                        ? "last compared " + age(text(audit, "last_pass_at")) + " ago"
                        : audit.path("under_way").asBoolean()
                                ? "the first audit has not ended yet: this is what the stores list"
                                : "no audit has ended yet: this is what the stores list; ./dr audit --now compares");
        if (audit.hasNonNull("error")) {
            out.println("THE LAST AUDIT FAILED: " + text(audit, "error"));
        }
        out.flush();
    }

    private void backup(JsonNode backup) {
        out.println("  " + text(backup, "filename") + " (" + text(backup, "status")
                + (text(backup, "trust").equals("vouched") ? "" : ", " + text(backup, "trust")) + ")");
        out.println("    " + backup.path("copies").asInt() + " of "
                + backup.path("stores").asInt() + " stores have it"
                + (backup.path("off_site").asBoolean() ? ", off-site too" : ", NONE OFF-SITE")
                + identical(backup));
        for (JsonNode copy : backup.path("in_stores")) {
            out.println("    " + text(copy, "store") + ": "
                    + text(copy, "state").replace('_', ' ')
                    + (copy.hasNonNull("size_bytes")
                            ? ", " + Figures.bytes(copy.path("size_bytes").asDouble())
                            : "")
                    + (copy.hasNonNull("hashed_at") ? ", read " + age(text(copy, "hashed_at")) + " ago" : "")
                    + (copy.hasNonNull("note") ? ": " + text(copy, "note") : ""));
        }
    }

    private static String identical(JsonNode backup) {
        if (!backup.hasNonNull("identical")) {
            return ", not all read yet";
        }
        return backup.path("identical").asBoolean() ? ", identical" : ", NOT IDENTICAL";
    }

    private static String age(String time) {
        return Figures.age(
                Math.max(0, Duration.between(Instant.parse(time), Instant.now()).toSeconds()));
    }

    private static String text(JsonNode node, String member) {
        return node.hasNonNull(member) ? Figures.plain(node.get(member).asText()) : "";
    }
}
