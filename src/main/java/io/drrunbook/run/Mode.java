package io.drrunbook.run;

/** What a run is for: a recovery does all seven steps, a drill proves 1 to 4, a plan proves that each could run. */
public enum Mode {
    RECOVERY(Role.ADMIN),
    DRILL(Role.OPERATOR),
    PLAN(Role.OPERATOR);

    private final Role role;

    Mode(Role role) {
        this.role = role;
    }

    /** Who may start, resume or cancel such a run. */
    public Role role() {
        return role;
    }
}
