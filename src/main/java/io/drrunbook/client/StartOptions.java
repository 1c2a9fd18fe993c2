package io.drrunbook.client;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a run is started with. */
final class StartOptions {

    @Option(
            names = "--application",
            paramLabel = "NAME",
            description = "The application. May be left out when there is only one.")
    @Nullable
    String application;

    @Option(names = "--backup", paramLabel = "ID", description = "The backup. Default: the latest good one.")
    @Nullable
    String backup;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why; it stands in the journal.")
    @Nullable
    String reason;

    @Option(
            names = "--anyway",
            description = "Take the backup given by --backup although a drill has condemned it; its bytes are whole.")
    boolean anyway;

    @Option(names = "--yes", description = "Do not ask for confirmation.")
    boolean yes;

    /** The request for a run; {@code confirm} only for a recovery. */
    ObjectNode request(String mode, String why, @Nullable String confirm) {
        ObjectNode request = Api.JSON
                .createObjectNode()
                .put("mode", mode)
                .put("application", application)
                .put("backup_id", backup)
                .put("reason", why)
                .put("confirm", confirm);
        return anyway ? request.put("anyway", true) : request;
    }
}
