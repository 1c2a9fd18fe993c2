package io.drrunbook.audit;

import java.util.Locale;

/** How a copy was found; the later one of two is the worse, and the words are relied upon by people outside. */
public enum CopyState {
    /** Not there, and not meant to be: its time in that store is over. */
    NOT_KEPT(false),
    /** What was read of it is what the manifest says. */
    GOOD(false),
    /** There, with the right size; nobody has read it yet. */
    PRESENT(false),
    /** The store does not answer, or could not be read. */
    UNKNOWN(false),
    /** A manifest that says less than another store's. */
    BEHIND(true),
    MISSING(true),
    WRONG_SIZE(true),
    /** As large as it should be, and something else. */
    DIFFERS(true);

    private final boolean damaged;

    CopyState(boolean damaged) {
        this.damaged = damaged;
    }

    /** Whether something is known to be wrong with it. */
    public boolean damaged() {
        return damaged;
    }

    /** Whether it could be restored from, as far as anybody knows. */
    public boolean usable() {
        return this == GOOD || this == PRESENT;
    }

    /** As it stands in answers and metrics, e.g. {@code wrong_size}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
