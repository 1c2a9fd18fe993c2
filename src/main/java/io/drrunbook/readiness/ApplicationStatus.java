package io.drrunbook.readiness;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Manifest;
import io.drrunbook.run.Run;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where an application stands.
 *
 * @param newestBackup the newest that can be restored; null when there is none
 * @param backupAgeSeconds since its snapshot was taken; null when there is none
 * @param rpoMet whether that age is within the objective; false without a backup
 * @param lastRecovery the last one that has ended; null when there was none
 * @param lastDrill the last one that has ended; null when there was none
 * @param activeRun the run that holds the application now; null when there is none
 * @param predictedSeconds how long a recovery would take, from earlier runs; null while nothing is known
 * @param predictedWithout what is not in that, which is then a lower bound; empty when it is the whole
 * @param lastProof what the last drill that has proven a backup said; null when none has
 * @param proofOverdue why the newest backup should have been proven by now; null when it need not
 * @param reasons what speaks against a recovery within the objectives, a sentence each; empty when nothing does
 */
public record ApplicationStatus(
        String application,
        Readiness readiness,
        @Nullable Backup newestBackup,
        @Nullable Long backupAgeSeconds,
        long rpoTargetSeconds,
        boolean rpoMet,
        long rtoTargetSeconds,
        @Nullable Double predictedSeconds,
        List<String> predictedWithout,
        @Nullable Run lastRecovery,
        @Nullable Run lastDrill,
        @Nullable Run activeRun,
        Manifest.@Nullable Proof lastProof,
        @Nullable String proofOverdue,
        List<String> reasons) {

    /** Whether a recovery would keep its RTO: false when what is known is too long already, null when not all is known. */
    public @Nullable Boolean predictedMet() {
        if (predictedSeconds == null) {
            return null;
        }
        if (predictedSeconds > rtoTargetSeconds) {
            return false;
        }
        return predictedWithout.isEmpty() ? true : null;
    }

    /** Whether a recovery is possible right now. */
    public enum Readiness {
        /** Possible, within the objectives as far as is known. */
        READY,
        /** Possible, but something is not as it should be. */
        AT_RISK,
        /** Not possible. */
        NOT_READY
    }
}
