package io.drrunbook.alert;

import io.drrunbook.run.Journal;
import io.drrunbook.run.Run;
import io.drrunbook.run.Step;
import io.drrunbook.run.StepStatus;
import io.drrunbook.settings.DrSettings;
import java.net.URI;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** An alert in words: as a line, as a letter with the run's log, and the run's log as a program reads it. */
@Component
class AlertText {

    private final Journal journal;
    private final Optional<String> publicUrl;

    AlertText(Journal journal, DrSettings settings) {
        this.journal = journal;
        this.publicUrl = Optional.ofNullable(settings.publicUrl())
                .map(URI::toString)
                .filter(url -> !url.isBlank())
                .map(url -> url.replaceFirst("/+$", ""));
    }

    /** The run the alert is about, as it stands now. */
    Optional<Run> run(Alert alert) {
        return Optional.ofNullable(alert.runId()).flatMap(journal::find);
    }

    /** Where the run, or the alerts, can be looked at; empty when dr.public-url is not set. */
    Optional<String> link(Alert alert) {
        return publicUrl.map(url -> url + (alert.runId() == null ? "/alerts" : "/runs/" + alert.runId()));
    }

    /** {@code [critical] shop: recovery failed}. */
    static String subject(Alert alert) {
        return "[" + alert.severity().word() + "] "
                + (alert.application() == null ? "" : alert.application() + ": ")
                + alert.kind().replace('_', ' ');
    }

    /** Subject and message on one line. */
    static String line(Alert alert) {
        return subject(alert) + ": " + alert.message().replaceAll("\\s+", " ");
    }

    /** All of it, with the run's log and a link. */
    String letter(Alert alert) {
        StringBuilder text = new StringBuilder(alert.message()).append("\n\n");
        text.append("First seen  ").append(alert.at()).append('\n');
        if (alert.count() > 1) {
            text.append("Last seen   ").append(alert.lastAt()).append('\n');
            text.append("Seen        ").append(alert.count()).append(" times\n");
        }
        run(alert).ifPresent(run -> text.append('\n').append(table(run)));
        link(alert).ifPresent(link -> text.append('\n').append(link).append('\n'));
        return text.append("\nAlert ")
                .append(alert.id())
                .append(" of dr-runbook\n")
                .toString();
    }

    private static String table(Run run) {
        Instant now = Instant.now();
        StringBuilder text = new StringBuilder();
        text.append("Run         ").append(run.id()).append('\n');
        text.append("Mode        ").append(lower(run.mode())).append('\n');
        text.append("Status      ")
                .append(lower(run.status()))
                .append(
                        run.findings().isEmpty()
                                ? ""
                                : " with " + run.findings().size() + " findings")
                .append('\n');
        run.findings()
                .forEach(finding -> text.append("Found       ")
                        .append(finding.sentence())
                        .append(
                                finding.sql() == null
                                        ? ""
                                        : "\n" + finding.sql().strip())
                        .append('\n'));
        text.append("Started     ")
                .append(run.startTime())
                .append(" by ")
                .append(run.initiatedBy())
                .append(": ")
                .append(run.reason())
                .append('\n');
        text.append("Duration    ")
                .append(seconds(run.durationSeconds(now)))
                .append(" of the RTO's ")
                .append(run.rtoTargetSeconds())
                .append(" s\n\n");
        for (Step step : run.steps()) {
            text.append(String.format(
                            Locale.ROOT,
                            "%d  %-22s  %-15s  %10s  %s",
                            step.number(),
                            step.name(),
                            lower(step.status()),
                            step.status() == StepStatus.PENDING || step.status() == StepStatus.SKIPPED
                                    ? ""
                                    : seconds(step.durationSeconds(now)),
                            step.error() == null ? "" : step.error())
                    .stripTrailing());
            text.append('\n');
        }
        if (run.error() != null) {
            text.append("\nError: ")
                    .append(run.error())
                    .append(" [")
                    .append(run.errorCode())
                    .append("]\n");
        }
        return text.toString();
    }

    /** The run's log with the members that the API gives it, without what only the API's readers need. */
    static Map<String, Object> log(Run run) {
        Instant now = Instant.now();
        Map<String, Object> log = new LinkedHashMap<>();
        log.put("id", run.id());
        log.put("mode", lower(run.mode()));
        log.put("application", run.application());
        log.put("status", lower(run.status()));
        log.put("start_time", run.startTime());
        log.put("end_time", run.endTime());
        log.put("reason", run.reason());
        log.put("initiated_by", run.initiatedBy());
        log.put("error", run.error());
        log.put("code", run.errorCode());
        log.put("duration_seconds", run.durationSeconds(now));
        log.put("rto_target_seconds", run.rtoTargetSeconds());
        log.put("data_loss_seconds", run.dataLossSeconds());
        log.put("findings", run.findings());
        log.put("steps", steps(run, now));
        return log;
    }

    private static List<Map<String, Object>> steps(Run run, Instant now) {
        return run.steps().stream()
                .map(step -> {
                    Map<String, Object> log = new LinkedHashMap<>();
                    log.put("step", step.number());
                    log.put("name", step.name());
                    log.put("status", lower(step.status()));
                    log.put("duration_seconds", step.durationSeconds(now));
                    log.put("error", step.error());
                    step.detail().forEach(log::putIfAbsent);
                    log.remove(Run.FINDINGS);
                    return log;
                })
                .toList();
    }

    private static String seconds(double seconds) {
        return String.format(Locale.ROOT, "%.1f s", seconds);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
