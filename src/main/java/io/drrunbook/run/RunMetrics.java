package io.drrunbook.run;

import io.drrunbook.settings.DrSettings;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import org.springframework.stereotype.Component;

/** Runs and steps for Prometheus; seconds throughout. */
@Component
class RunMetrics {

    private final MeterRegistry registry;

    RunMetrics(MeterRegistry registry, DrSettings settings, Journal journal) {
        this.registry = registry;
        settings.applications().forEach((name, application) -> {
            Gauge.builder("dr.rto.target", () -> application.objectives().rto().toSeconds())
                    .tag("application", name)
                    .baseUnit("seconds")
                    .description("Recovery time objective")
                    .register(registry);
            Gauge.builder("dr.rpo.target", () -> application.objectives().rpo().toSeconds())
                    .tag("application", name)
                    .baseUnit("seconds")
                    .description("Recovery point objective")
                    .register(registry);
            Gauge.builder("dr.run.active", () -> journal.active(name).isPresent() ? 1 : 0)
                    .tag("application", name)
                    .description("1 while a run of the application is active")
                    .register(registry);
        });
    }

    /** Counts a run that has ended, and its steps. */
    void ended(Run run) {
        Instant now = Instant.now();
        if (run.rollback() != null) {
            // Its recovery was counted when that ended; the time of a rollback says nothing of any objective.
            rolledBack(run, now);
            return;
        }
        Timer.builder("dr.run.duration")
                .tags(
                        "application",
                        run.application(),
                        "mode",
                        Journal.lower(run.mode()),
                        "status",
                        Journal.lower(run.status()))
                .description("Time from admission to the end of a run")
                .register(registry)
                .record(Duration.ofMillis(Math.round(run.durationSeconds(now) * 1000)));
        if (run.mode() == Mode.PLAN) {
            // Its steps only look: how long that takes says nothing of a recovery.
            return;
        }
        Boolean met = run.rtoMet(now);
        if (run.mode() == Mode.RECOVERY && met != null) {
            Counter.builder("dr.rto.result")
                    .tags("application", run.application(), "result", met ? "met" : "missed")
                    .description("Recoveries that have kept or missed their RTO; a failed one can only miss it")
                    .register(registry)
                    .increment();
        }
        for (Step step : run.steps()) {
            if (step.status() == StepStatus.COMPLETED) {
                Timer.builder("dr.step.duration")
                        .tags("application", run.application(), "step", Integer.toString(step.number()))
                        .description("Time a completed step took")
                        .register(registry)
                        .record(Duration.ofMillis(Math.round(step.durationSeconds(now) * 1000)));
            }
        }
    }

    private void rolledBack(Run run, Instant now) {
        Timer.builder("dr.rollback.duration")
                .tags("application", run.application(), "status", Journal.lower(run.status()))
                .description("Time from the request of a rollback to its end")
                .register(registry)
                .record(Duration.between(run.rollback().askedAt(), now));
    }
}
