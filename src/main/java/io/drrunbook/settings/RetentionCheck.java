package io.drrunbook.settings;

import static io.drrunbook.settings.SettingsCheck.positive;
import static io.drrunbook.settings.SettingsCheck.require;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import org.quartz.CronExpression;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at {@code dr.retention}: what would delete a backup before it could be of use stops the service. */
final class RetentionCheck {

    private static final Logger LOG = LoggerFactory.getLogger(RetentionCheck.class);

    /** More is for ever. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final DrSettings settings;
    private final DrSettings.Retention retention;

    RetentionCheck(DrSettings settings) {
        this.settings = settings;
        this.retention = settings.retention();
    }

    /** @throws WrongSettingException for the first setting that is wrong */
    void check() {
        require(
                CronExpression.isValidExpression(retention.schedule()),
                "dr.retention.schedule",
                "is '" + retention.schedule() + "'",
                "a Quartz cron expression in UTC, e.g. \"0 37 * * * ?\"; to delete nothing, set local, r2 and b2 to \"-\"");
        require(
                retention.diskWarning() > 0 && retention.diskWarning() <= 1,
                "dr.retention.disk-warning",
                "is " + retention.diskWarning(),
                "a share of the disk above 0 and up to 1, e.g. 0.8");
        positive("dr.retention.ask-again", retention.askAgain());
        List.of("local", "r2", "b2").forEach(this::store);
        settings.applications().keySet().forEach(this::warnWhenNothingLastsUntilTheNextDrill);
        settings.applications()
                .keySet()
                .forEach(name -> settings.unreachableObjective(name).ifPresent(LOG::warn));
    }

    private void store(String store) {
        String key = "dr.retention." + store;
        Optional<Duration> time;
        try {
            time = retention.of(store);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new WrongSettingException(key, "is no duration", "e.g. 30d, or \"-\" for ever");
        }
        time.ifPresent(kept -> require(
                !kept.isNegative() && !kept.isZero() && kept.compareTo(LONGEST) <= 0,
                key,
                "is " + said(kept),
                "how long backups stay, e.g. 30d, or \"-\" for ever"));
        if (configured().contains(store)) {
            time.ifPresent(kept ->
                    settings.applications().keySet().forEach(application -> longEnough(key, kept, application)));
        }
    }

    private void longEnough(String key, Duration kept, String application) {
        Duration rpo = settings.application(application).objectives().rpo();
        // One that follows from the schedule is nobody's word: what that means for the time is only told, below.
        boolean follows =
                rpo.equals(RecoveryPoint.of(settings.backupSchedule(application).orElse(DrSettings.OFF)));
        require(
                follows || kept.compareTo(rpo) > 0,
                key,
                "is " + said(kept) + ", not longer than dr.applications." + application + ".objectives.rpo ("
                        + said(rpo) + ")",
                "longer, or backups go before the next one must be there");
        settings.backupSchedule(application)
                .flatMap(RecoveryPoint::longestPause)
                .filter(pause -> pause.compareTo(kept) >= 0)
                .ifPresent(pause -> LOG.warn(
                        "{} is {}, and backups of {} are up to {} apart: only the newest stays there",
                        key,
                        said(kept),
                        application,
                        said(pause)));
    }

    /** No refusal: the newest backup that a drill has proven stays in any case, but there is no other one. */
    private void warnWhenNothingLastsUntilTheNextDrill(String application) {
        TreeMap<Duration, String> byTime = new TreeMap<>();
        for (String store : configured()) {
            Optional<Duration> time = retention.of(store);
            if (time.isEmpty()) {
                return;
            }
            byTime.put(time.get(), store);
        }
        if (byTime.isEmpty()) {
            return;
        }
        settings.drillSchedule(application)
                .flatMap(RecoveryPoint::longestPause)
                .filter(pause -> pause.compareTo(byTime.lastKey()) > 0)
                .ifPresent(pause -> LOG.warn(
                        "dr.retention.{} is {}, and drills of {} are up to {} apart: of the backups that a drill has"
                                + " proven only the newest stays until the next one",
                        byTime.lastEntry().getValue(),
                        said(byTime.lastKey()),
                        application,
                        said(pause)));
    }

    private List<String> configured() {
        DrSettings.Stores stores = settings.stores();
        return List.of("local", "r2", "b2").stream()
                .filter(store -> switch (store) {
                    case "local" -> stores.local().configured();
                    case "r2" -> stores.r2().configured();
                    default -> stores.b2().configured();
                })
                .toList();
    }

    static String said(Duration time) {
        return time.toSeconds() % 86_400 == 0
                ? time.toDays() + "d"
                : time.toString().substring(2).toLowerCase(Locale.ROOT);
    }
}
