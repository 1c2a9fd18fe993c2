package io.drrunbook.settings;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.quartz.CronExpression;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.util.unit.DataSize;

/**
 * Looks at every number, duration, size, schedule and address of the settings, also of those still to come: positive unless
 * its name stands here, and never so large that arithmetic with it overflows.
 */
final class SettingRanges {

    private static final Set<String> MAY_BE_ZERO = Set.of(
            "dr.backup.level",
            "dr.backup.threads",
            "dr.backup.retries",
            "dr.drill.retries",
            "dr.drill.prove-within",
            "dr.drill.prove-pause",
            "dr.recovery.approvals",
            "dr.recovery.drill-grace",
            "dr.audit.recheck-after",
            "dr.audit.repair-delay",
            "dr.audit.settle",
            "dr.restore.reserve");

    /** Schedules that may be {@code -} for never; what the others do must be done. */
    private static final Set<String> MAY_BE_OFF = Set.of(
            "dr.backup.schedule",
            "dr.drill.schedule",
            "dr.applications.*.backup.schedule",
            "dr.applications.*.drill.schedule");

    /** What is held in memory, or counted by something with a limit of its own. */
    private static final Map<String, Long> MOST = Map.ofEntries(
            Map.entry("dr.applications.*.database.port", 65_535L),
            Map.entry("dr.alerts.email.port", 65_535L),
            Map.entry("dr.applications.*.health.attempts", 100_000L),
            Map.entry("dr.backup.level", 22L),
            Map.entry("dr.backup.threads", 256L),
            Map.entry("dr.backup.at-once", 1_000L),
            Map.entry("dr.backup.heartbeat", 60_000L),
            Map.entry("dr.restore.jobs", 1_000L),
            Map.entry("dr.plan.first-bytes", 1L << 30),
            Map.entry("dr.upload.part-size", 1L << 30),
            Map.entry("dr.security.largest-body", 1L << 30),
            Map.entry("dr.security.largest-console-body", 1L << 30));

    /** S3 takes no smaller ones. */
    private static final Map<String, Long> LEAST = Map.of("dr.upload.part-size", 5L << 20);

    /** More is beyond what a number of nanoseconds holds. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    /** What waits for an answer; the system's clients count its milliseconds in 31 bits. */
    private static final Set<String> WAITS = Set.of(
            "dr.applications.*.health.timeout",
            "dr.applications.*.reroute.timeout",
            "dr.download.connect-timeout",
            "dr.download.stall-timeout",
            "dr.upload.stall-timeout",
            "dr.upload.part-timeout",
            "dr.backup.lock-timeout",
            "dr.drill.check-timeout",
            "dr.rollout.connect-timeout",
            "dr.rollout.answer-timeout",
            "dr.watch.patience");

    private static final Duration LONGEST_WAIT = Duration.ofDays(7);
    private static final long MOST_COUNTED = 1_000_000_000L;

    private final List<WrongSettingException> wrong = new ArrayList<>();

    /** All that are wrong. */
    static List<WrongSettingException> wrong(DrSettings settings) {
        SettingRanges ranges = new SettingRanges();
        ranges.record("dr", "dr", settings);
        return ranges.wrong;
    }

    /** @param general the same key with {@code *} for the names in it */
    private void look(String key, String general, @Nullable Object value) {
        if (value instanceof Record below) {
            record(key, general, below);
        } else if (value instanceof Map<?, ?> map) {
            map.forEach((name, below) -> look(key + "." + name, general + ".*", below));
        } else if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                look(key + "[" + i + "]", general + "[]", list.get(i));
            }
        } else if (value instanceof Duration time) {
            duration(key, general, time);
        } else if (value instanceof DataSize size) {
            number(key, general, size.toBytes(), " bytes");
        } else if (value instanceof Double number) {
            require(Double.isFinite(number) && number > 0, key, "is " + number, "a number above 0");
        } else if (value instanceof Number number) {
            number(key, general, number.longValue(), "");
        } else if (value instanceof URI address && !address.toString().isEmpty()) {
            require(
                    address.getHost() != null && address.getPort() != 0 && address.getPort() < 65_536,
                    key,
                    "is no address",
                    "give http(s)://HOST[:PORT]");
        } else if (value instanceof String text && key.endsWith("schedule")) {
            schedule(key, general, text);
        } else if (value instanceof String text && key.endsWith("]")) {
            require(!text.isBlank(), key, "is empty", "leave it out, or write what it should be");
        }
    }

    private void record(String key, String general, Record record) {
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            String name = "." + DataObjectPropertyName.toDashedForm(component.getName());
            try {
                look(key + name, general + name, component.getAccessor().invoke(record));
            } catch (IllegalAccessException | InvocationTargetException e) {
                throw new IllegalStateException(key + name + " cannot be read", e);
            }
        }
    }

    private void duration(String key, String general, Duration time) {
        if (MAY_BE_ZERO.contains(general)) {
            require(!time.isNegative(), key, "is negative", "0s or longer");
        } else {
            require(!time.isNegative() && !time.isZero(), key, "is " + time, "a positive duration, e.g. 30s or 5m");
        }
        Duration longest = WAITS.contains(general) ? LONGEST_WAIT : LONGEST;
        require(time.compareTo(longest) <= 0, key, "is " + time, "up to " + longest.toDays() + "d");
    }

    private void number(String key, String general, long number, String unit) {
        long least = LEAST.getOrDefault(general, MAY_BE_ZERO.contains(general) ? 0L : 1L);
        long most = MOST.getOrDefault(general, unit.isEmpty() ? MOST_COUNTED : Long.MAX_VALUE);
        require(
                number >= least && number <= most,
                key,
                "is " + number + unit,
                most == Long.MAX_VALUE ? least + " or more" : least + " to " + most + unit);
    }

    private void schedule(String key, String general, String cron) {
        boolean off = cron.equals(DrSettings.OFF);
        if (cron.isBlank() && general.startsWith("dr.applications.") || off && MAY_BE_OFF.contains(general)) {
            return;
        }
        String never = MAY_BE_OFF.contains(general) ? ", or \"-\" for never" : "; it cannot be switched off";
        try {
            CronExpression.validateExpression(cron);
        } catch (ParseException e) {
            require(
                    false,
                    key,
                    "is '" + cron + "'" + (off ? "" : " (" + e.getMessage() + ")"),
                    "a Quartz cron expression in UTC, e.g. \"0 0 3 1 * ?\"" + never);
        }
    }

    private void require(boolean well, String key, String what, String right) {
        if (!well) {
            wrong.add(new WrongSettingException(key, what, right));
        }
    }
}
