package io.drrunbook.web.page;

import io.drrunbook.alert.Severity;
import io.drrunbook.audit.CopyState;
import io.drrunbook.readiness.ApplicationStatus.Readiness;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunStatus;
import io.drrunbook.run.StepStatus;
import org.jspecify.annotations.Nullable;

/**
 * A state as it is shown: colour and icon by its kind, and always the word.
 *
 * @param kind {@code good}, {@code bad}, {@code warn}, {@code busy} or {@code idle}
 */
record Mark(String kind, String word) {

    private static final String GOOD = "good";
    private static final String BAD = "bad";
    private static final String WARN = "warn";
    private static final String BUSY = "busy";
    private static final String IDLE = "idle";
    private static final String A_PERSON = "waits for a person";

    static Mark of(RunStatus status) {
        String kind = switch (status) {
            case QUEUED, CANCELLED -> IDLE;
            case RUNNING -> BUSY;
            case WAITING, ROLLED_BACK -> WARN;
            case SUCCEEDED -> GOOD;
            case FAILED -> BAD;
        };
        return new Mark(kind, status == RunStatus.WAITING ? A_PERSON : Said.words(status));
    }

    /** A run that succeeded may have found what people must know of. */
    static Mark of(Run run) {
        int findings = run.findings().size();
        return run.status() == RunStatus.SUCCEEDED && findings > 0
                ? new Mark(WARN, "succeeded with " + findings + (findings == 1 ? " finding" : " findings"))
                : of(run.status());
    }

    static Mark of(StepStatus status) {
        String kind = switch (status) {
            case PENDING, SKIPPED -> IDLE;
            case RUNNING -> BUSY;
            case MANUAL_REQUIRED -> WARN;
            case COMPLETED -> GOOD;
            case FAILED -> BAD;
        };
        return new Mark(kind, status == StepStatus.MANUAL_REQUIRED ? A_PERSON : Said.words(status));
    }

    static Mark of(Readiness readiness) {
        return switch (readiness) {
            case READY -> new Mark(GOOD, "Ready");
            case AT_RISK -> new Mark(WARN, "At risk");
            case NOT_READY -> new Mark(BAD, "Not ready");
        };
    }

    static Mark of(Severity severity) {
        String kind = switch (severity) {
            case INFORMATION -> IDLE;
            case WARNING -> WARN;
            case CRITICAL -> BAD;
        };
        return new Mark(kind, severity.word());
    }

    static Mark of(CopyState state) {
        return switch (state) {
            case GOOD -> new Mark(GOOD, "good");
            case PRESENT -> new Mark(IDLE, "there, not read yet");
            case BEHIND -> new Mark(WARN, "manifest behind");
            case UNKNOWN -> new Mark(WARN, "unknown");
            case MISSING -> new Mark(BAD, "missing");
            case WRONG_SIZE -> new Mark(BAD, "wrong size");
            case DIFFERS -> new Mark(BAD, "differs");
            case NOT_KEPT -> new Mark(IDLE, "not kept any more");
        };
    }

    static Mark up(boolean up) {
        return up ? new Mark(GOOD, "up") : new Mark(BAD, "down");
    }

    /** Whether an objective is met. */
    static Mark met(boolean met) {
        return met ? new Mark(GOOD, "met") : new Mark(BAD, "missed");
    }

    /** The same for what may be open; null then. */
    static @Nullable Mark metOrOpen(@Nullable Boolean met) {
        return met == null ? null : met(met);
    }
}
