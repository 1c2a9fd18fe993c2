package io.drrunbook.run;

/**
 * Where a run stands.
 *
 * <p>QUEUED until the queue starts it; RUNNING through its steps; WAITING while a step needs a person (acknowledge goes
 * on, cancel ends it); then SUCCEEDED, FAILED or CANCELLED. A failed or cancelled run can be resumed, which queues it
 * again from the first step that is not done. A recovery that has swapped the database can be ROLLED_BACK once it is no
 * longer active. Only one run of an application is active at a time.
 */
public enum RunStatus {
    QUEUED(true),
    RUNNING(true),
    WAITING(true),
    SUCCEEDED(false),
    FAILED(false),
    CANCELLED(false),
    ROLLED_BACK(false);

    private final boolean active;

    RunStatus(boolean active) {
        this.active = active;
    }

    /** Whether it holds its application, so that no other run of it may start. */
    public boolean active() {
        return active;
    }
}
