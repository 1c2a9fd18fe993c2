package io.drrunbook.run;

import io.drrunbook.failure.RunbookException;

/** Something that was asked for and will not be done; nothing was changed. */
public class RefusedException extends RunbookException {

    private final Reason reason;
    private boolean inJournal;

    public RefusedException(Reason reason, String code, String message) {
        super(code, message);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    /** Whether whoever refused has written it into the journal; whoever answers writes the others. */
    public boolean inJournal() {
        return inJournal;
    }

    void nowInJournal() {
        inJournal = true;
    }

    /** What kind of refusal it is, for whoever must answer. */
    public enum Reason {
        /** The request itself is wrong. */
        BAD_REQUEST,
        /** Whoever asks may not. */
        FORBIDDEN,
        /** There is no such run, application or backup. */
        UNKNOWN,
        /** The state of a run does not allow it. */
        CONFLICT,
        /** The backup exists and cannot be restored. */
        NOT_RESTORABLE
    }
}
