package io.drrunbook.web;

import io.drrunbook.run.Mode;
import org.springframework.jmx.export.annotation.ManagedOperation;
import org.springframework.jmx.export.annotation.ManagedOperationParameter;
import org.springframework.jmx.export.annotation.ManagedResource;
import org.springframework.stereotype.Component;

/** The MBean with which the console starts runs, in the name of whoever is logged in there. */
@Component
@ManagedResource(
        objectName = "io.drrunbook:type=Runbook",
        description = "Starts recoveries, drills and plans; each is admitted or refused as over HTTP")
public class ConsoleOperations {

    private final ConsoleTriggers triggers;

    ConsoleOperations(ConsoleTriggers triggers) {
        this.triggers = triggers;
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
        return triggers.start(Mode.RECOVERY, application, backupId, reason, confirm);
    }

    /** Restores into a side database and drops it. */
    @ManagedOperation(
            description = "Drills: restores into a side database, verifies it, drops it; touches nothing else")
    @ManagedOperationParameter(name = "application", description = "Name of the application, as in dr.applications")
    @ManagedOperationParameter(name = "backupId", description = "Id of a backup; empty for the latest good one")
    @ManagedOperationParameter(name = "reason", description = "Why; it stands in the journal")
    public String startDrill(String application, String backupId, String reason) {
        return triggers.start(Mode.DRILL, application, backupId, reason, "");
    }

    /** Proves that each step could run. */
    @ManagedOperation(description = "Plans: proves that each step of a recovery could run, and writes nothing anywhere")
    @ManagedOperationParameter(name = "application", description = "Name of the application, as in dr.applications")
    @ManagedOperationParameter(name = "backupId", description = "Id of a backup; empty for the latest good one")
    @ManagedOperationParameter(name = "reason", description = "Why; it stands in the journal")
    public String startPlan(String application, String backupId, String reason) {
        return triggers.start(Mode.PLAN, application, backupId, reason, "");
    }
}
