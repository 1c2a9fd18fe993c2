package io.drrunbook.web.page;

import io.drrunbook.figures.Figures;
import io.drrunbook.readiness.ApplicationStatus;
import io.drrunbook.run.Run;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where an application stands, as a person reads it. */
record ApplicationView(
        String name,
        String readiness,
        String word,
        List<String> reasons,
        @Nullable BackupView newest,
        String rpoTarget,
        boolean rpoMet,
        String rtoTarget,
        @Nullable String predicted,
        @Nullable RunView lastRecovery,
        @Nullable RunView lastDrill,
        @Nullable RunView active) {

    static ApplicationView of(ApplicationStatus status) {
        return new ApplicationView(
                status.application(),
                status.readiness().name().toLowerCase(Locale.ROOT),
                switch (status.readiness()) {
                    case READY -> "Ready: a recovery is possible now";
                    case AT_RISK -> "At risk: a recovery is possible, but look at this";
                    case NOT_READY -> "Not ready: a recovery is not possible now";
                },
                status.reasons(),
                status.newestBackup() == null ? null : BackupView.of(status.newestBackup()),
                Figures.age(status.rpoTargetSeconds()),
                status.rpoMet(),
                Figures.clock(status.rtoTargetSeconds()),
                status.predictedSeconds() == null ? null : Figures.duration(status.predictedSeconds()),
                view(status.lastRecovery()),
                view(status.lastDrill()),
                view(status.activeRun()));
    }

    private static @Nullable RunView view(@Nullable Run run) {
        return run == null ? null : RunView.of(run);
    }
}
