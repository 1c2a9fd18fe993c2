package io.drrunbook.run;

/** What a run is for: a recovery does all seven steps, a drill proves 1 to 4, a plan proves that each could run. */
public enum Mode {
    RECOVERY,
    DRILL,
    PLAN
}
