package io.drrunbook.run;

/**
 * Where a step stands: PENDING until its route begins, RUNNING until it ends COMPLETED or FAILED. SKIPPED when the run's
 * mode does not do it. MANUAL_REQUIRED while a person must act; an acknowledgement makes it COMPLETED.
 */
public enum StepStatus {
    PENDING,
    RUNNING,
    COMPLETED,
    FAILED,
    SKIPPED,
    MANUAL_REQUIRED;

    /** Whether the run goes on behind it. */
    public boolean done() {
        return this == COMPLETED || this == SKIPPED;
    }
}
