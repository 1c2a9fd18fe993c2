package io.drrunbook.web;

import io.drrunbook.run.Admission;
import io.drrunbook.run.Mode;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunRequest;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jmx.export.annotation.ManagedOperation;
import org.springframework.jmx.export.annotation.ManagedOperationParameter;
import org.springframework.jmx.export.annotation.ManagedResource;
import org.springframework.stereotype.Component;

/**
 * Starting runs from the console: operations of one MBean, and the routes {@code start-*} for Camel's <em>Send</em>. Both
 * go through admission, in the name of whoever is logged in to the console.
 */
@Component("consoleTriggers")
@ManagedResource(
        objectName = "io.drrunbook:type=Runbook",
        description = "Starts recoveries, drills and plans; each is admitted or refused as over HTTP")
public class ConsoleTriggers {

    private static final String TRIGGER = "console";

    private final Admission admission;

    ConsoleTriggers(Admission admission) {
        this.admission = admission;
    }

    /** Replaces the live database; returns what to look at. */
    @ManagedOperation(
            description = "Recovers an application: replaces its live database, restarts it, reroutes traffic")
    @ManagedOperationParameter(name = "application", description = "Name of the application, as in dr.applications")
    @ManagedOperationParameter(name = "backupId", description = "Id of a backup; empty for the latest good one")
    @ManagedOperationParameter(name = "reason", description = "Why; it stands in the journal")
    @ManagedOperationParameter(
            name = "confirm",
            description = "The application's name again, because its data is replaced")
    public String startRecovery(String application, String backupId, String reason, String confirm) {
        return start(Mode.RECOVERY, application, backupId, reason, confirm);
    }

    /** Restores into a side database and drops it. */
    @ManagedOperation(
            description = "Drills: restores into a side database, verifies it, drops it; touches nothing else")
    @ManagedOperationParameter(name = "application", description = "Name of the application, as in dr.applications")
    @ManagedOperationParameter(name = "backupId", description = "Id of a backup; empty for the latest good one")
    @ManagedOperationParameter(name = "reason", description = "Why; it stands in the journal")
    public String startDrill(String application, String backupId, String reason) {
        return start(Mode.DRILL, application, backupId, reason, "");
    }

    /** Proves that each step could run. */
    @ManagedOperation(description = "Plans: proves that each step of a recovery could run, and writes nothing anywhere")
    @ManagedOperationParameter(name = "application", description = "Name of the application, as in dr.applications")
    @ManagedOperationParameter(name = "backupId", description = "Id of a backup; empty for the latest good one")
    @ManagedOperationParameter(name = "reason", description = "Why; it stands in the journal")
    public String startPlan(String application, String backupId, String reason) {
        return start(Mode.PLAN, application, backupId, reason, "");
    }

    /** What a message to one of the trigger routes starts; its body is the reason, its headers say the rest. */
    public String fromMessage(
            String mode,
            @Nullable String reason,
            @Nullable String application,
            @Nullable String backupId,
            @Nullable String confirm) {
        return start(Mode.valueOf(mode), application, backupId, reason, confirm);
    }

    private String start(
            Mode mode,
            @Nullable String application,
            @Nullable String backupId,
            @Nullable String reason,
            @Nullable String confirm) {
        Run run = admission.admit(
                new RunRequest(mode, application, backup(backupId), reason, confirm, People.current(), TRIGGER));
        return "run " + run.id() + " is " + run.status().name().toLowerCase(Locale.ROOT) + "; follow it at /runs/"
                + run.id();
    }

    private static @Nullable UUID backup(@Nullable String id) {
        if (id == null || id.isBlank() || id.equals("latest")) {
            return null;
        }
        try {
            return UUID.fromString(id.strip());
        } catch (IllegalArgumentException e) {
            throw new RefusedException(
                    Reason.UNKNOWN, "backup_unknown", "no backup '" + id + "': a backup's id is a UUID");
        }
    }
}
