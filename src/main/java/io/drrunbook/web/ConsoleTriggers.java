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
import org.springframework.stereotype.Component;

/**
 * Starting runs from the console, for the routes {@code start-*} and for {@link ConsoleOperations}. It is no MBean itself:
 * a bean of a route that is one loses its statistics, and with it Hawtio those of all routes.
 */
@Component("consoleTriggers")
public class ConsoleTriggers {

    private static final String TRIGGER = "console";

    private final Admission admission;

    ConsoleTriggers(Admission admission) {
        this.admission = admission;
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

    /**
     * Asks admission in the name of whoever is logged in to the console.
     *
     * @return what was started, and where it can be followed
     * @throws RefusedException as admission refuses
     */
    String start(
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
