package io.drrunbook.run;

/** What somebody may do; each role may also do what those before it may. */
public enum Role {
    /** Reads. */
    VIEWER,
    /** Plans, drills, backups, acknowledgements. */
    OPERATOR,
    /** Recoveries, rollbacks, tokens. */
    ADMIN
}
