package io.drrunbook.run;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.BackupCatalog;
import io.drrunbook.backup.Candidates;
import io.drrunbook.backup.Catalog;
import io.drrunbook.backup.ForeignRule;
import io.drrunbook.run.RefusedException.Reason;
import io.drrunbook.settings.DrSettings;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.support.TransactionTemplate;

/** The one way in: whoever asks, by whichever trigger, gets a run here or is refused, with nothing changed. */
@Service
public class Admission {

    /** Triggers behind which nobody waits. */
    private static final Set<String> BY_ITSELF = Set.of("schedule", "policy");

    private static final Duration POLL = Duration.ofMillis(200);

    private final DrSettings settings;
    private final BackupCatalog backups;
    private final Journal journal;
    private final RunQueue queue;
    private final Approvals approvals;
    private final TransactionTemplate transaction;

    Admission(
            DrSettings settings,
            BackupCatalog backups,
            Journal journal,
            RunQueue queue,
            Approvals approvals,
            TransactionTemplate transaction) {
        this.settings = settings;
        this.backups = backups;
        this.journal = journal;
        this.queue = queue;
        this.approvals = approvals;
        this.transaction = transaction;
    }

    /**
     * Admits and queues a run. A recovery cancels a drill that a schedule has started, and waits until it has ended.
     *
     * @throws RefusedException with one of the codes {@code forbidden}, {@code reason_missing}, {@code application_missing},
     *     {@code application_unknown}, {@code confirmation_wrong}, {@code run_active},
     *     {@code backup_unknown}, {@code backup_not_restorable}, {@code no_backup}
     */
    public Run admit(RunRequest request) {
        return orWriteDown(request, () -> admitted(request));
    }

    /**
     * Refuses what {@link #admit} would refuse, as far as that can be said without asking a store; admits nothing. For a
     * face that asks once more before it starts.
     *
     * @return the application's name
     * @throws RefusedException as {@link #admit}
     */
    public String check(RunRequest request) {
        return orWriteDown(request, () -> checked(request));
    }

    private <T> T orWriteDown(RunRequest request, Supplier<T> asked) {
        try {
            return asked.get();
        } catch (RefusedException refusal) {
            journal.event(
                    null,
                    "refused",
                    Map.of(
                            "by", request.by().name(),
                            "trigger", request.trigger(),
                            "mode", Journal.lower(request.mode()),
                            "code", refusal.code(),
                            "message", refusal.getMessage()));
            refusal.nowInJournal();
            throw refusal;
        }
    }

    private String checked(RunRequest request) {
        request.by().require(request.mode().role(), "a " + Journal.lower(request.mode()));
        String reason = reason(request);
        if (reason.isEmpty()) {
            throw new RefusedException(
                    Reason.BAD_REQUEST, "reason_missing", "reason is empty: say why this run is needed");
        }
        if (reason.length() > 2000) {
            throw new RefusedException(
                    Reason.BAD_REQUEST, "reason_too_long", "reason has " + reason.length() + " characters; 2000 fit");
        }
        String application = application(request.application());
        if (request.anyway() && request.backupId() == null) {
            throw new RefusedException(
                    Reason.BAD_REQUEST,
                    "backup_missing",
                    "a condemned backup is only restored when it is asked for by its id: say which with backup_id"
                            + " (./dr recover --backup ID --anyway)");
        }
        if (request.mode() == Mode.RECOVERY && !application.equals(request.confirm())) {
            throw new RefusedException(
                    Reason.BAD_REQUEST,
                    "confirmation_wrong",
                    "confirm must repeat the application's name, " + application
                            + ", because a recovery replaces its database");
        }
        refuseWhileActive(application, request.mode());
        return application;
    }

    private Run admitted(RunRequest request) {
        String application = checked(request);
        Optional<String> condemned = refuseUnrestorable(request, application);
        stopDrillInTheWay(application, request);
        Run run = run(request, application, reason(request));
        transaction.executeWithoutResult(status -> {
            journal.admit(run);
            condemned.ifPresent(why -> {
                journal.event(
                        run.id(),
                        "anyway",
                        Map.of(
                                "by", run.initiatedBy(),
                                "backup_id", String.valueOf(run.requestedBackupId()),
                                "reason", run.reason(),
                                "message", why));
                journal.remember(run.id(), ActiveRun.ANYWAY, true);
            });
            if (!approvals.wait(run, request.by())) {
                queue.add(run.id());
            }
        });
        return journal.find(run.id()).orElseThrow();
    }

    private static String reason(RunRequest request) {
        return Optional.ofNullable(request.reason()).map(String::strip).orElse("");
    }

    private String application(@Nullable String asked) {
        if (asked == null || asked.isBlank()) {
            if (settings.applications().size() != 1) {
                throw new RefusedException(
                        Reason.BAD_REQUEST,
                        "application_missing",
                        "say which application: " + settings.applications().keySet());
            }
            return settings.applications().keySet().iterator().next();
        }
        if (!settings.applications().containsKey(asked)) {
            throw new RefusedException(
                    Reason.UNKNOWN,
                    "application_unknown",
                    "no application '" + asked + "'; there is "
                            + settings.applications().keySet());
        }
        return asked;
    }

    private void refuseWhileActive(String application, Mode wanted) {
        journal.active(application)
                .filter(active -> wanted != Mode.RECOVERY || !askedForByNobody(active))
                .ifPresent(this::refuse);
    }

    private void refuse(Run active) {
        throw new RefusedException(
                Reason.CONFLICT,
                "run_active",
                "run " + active.id() + " of " + active.application() + " is " + Journal.lower(active.status())
                        + "; wait for it or cancel it");
    }

    /** In a disaster nobody should have to think of a drill that the service has started by itself. */
    private void stopDrillInTheWay(String application, RunRequest request) {
        if (request.mode() != Mode.RECOVERY) {
            return;
        }
        long end = System.nanoTime() + settings.recovery().drillGrace().toNanos();
        boolean asked = false;
        Optional<Run> active = journal.active(application);
        while (active.filter(Admission::askedForByNobody).isPresent()) {
            if (!asked) {
                journal.cancelRequested(active.get().id(), request.by().name());
                asked = true;
            }
            if (System.nanoTime() > end) {
                refuse(active.get());
            }
            LockSupport.parkNanos(POLL.toNanos());
            active = journal.active(application);
        }
    }

    private static boolean askedForByNobody(Run run) {
        return run.mode() == Mode.DRILL && BY_ITSELF.contains(run.trigger());
    }

    /** @return why the backup would be refused, were it not asked for all the same */
    private Optional<String> refuseUnrestorable(RunRequest request, String application) {
        Catalog catalog = backups.read();
        UUID backupId = request.backupId();
        if (!catalog.anyStoreAnswered()) {
            // Step 1 asks again and says which store failed how: a store may be back by then.
            return request.anyway() ? Optional.of("no store answers yet") : Optional.empty();
        }
        ForeignRule rule = new ForeignRule(settings);
        if (backupId == null) {
            Candidates candidates = new Candidates(catalog, application, rule);
            if (candidates.forDrill().isEmpty()) {
                throw new RefusedException(Reason.NOT_RESTORABLE, "no_backup", candidates.whyNone());
            }
            return Optional.empty();
        }
        Backup backup = catalog.find(application, backupId)
                .orElseThrow(() -> new RefusedException(
                        Reason.UNKNOWN,
                        "backup_unknown",
                        "no backup " + backupId + " of " + application + " in " + catalog.answered()
                                + catalog.troubles()
                                + "; ./dr backups lists what there is"));
        rule.whyRefused(backup, request.mode() == Mode.DRILL, request.anyway()).ifPresent(why -> {
            throw new RefusedException(
                    Reason.NOT_RESTORABLE,
                    "backup_not_restorable",
                    "backup " + backupId + " cannot be restored: " + why + "; choose another with ./dr backups"
                            + backup.wayOut());
        });
        return request.anyway() ? backup.whyNotRestorable() : Optional.empty();
    }

    private Run run(RunRequest request, String application, String reason) {
        DrSettings.Objectives objectives = settings.application(application).objectives();
        return Run.admitted(
                request.mode(),
                application,
                request.backupId(),
                reason,
                request.by().name(),
                request.trigger(),
                Journal.now(),
                objectives.rto().toSeconds(),
                objectives.rpo().toSeconds());
    }
}
