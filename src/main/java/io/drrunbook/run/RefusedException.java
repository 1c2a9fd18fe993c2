package io.drrunbook.run;

import io.drrunbook.failure.RunbookException;

/** Something that was asked for and will not be done; nothing was changed. */
public class RefusedException extends RunbookException {

    private final Reason reason;

    public RefusedException(Reason reason, String code, String message) {
        super(code, message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    /** What kind of refusal it is, for whoever must answer. */
    public enum Reason {
        /** The request itself is wrong. */
        BAD_REQUEST,
        /** There is no such run, application or backup. */
        UNKNOWN,
        /** The state of a run does not allow it. */
        CONFLICT,
        /** The backup exists and cannot be restored. */
        NOT_RESTORABLE
    }
}
