package io.drrunbook.runbook;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Who may begin when only so many may be at it at a time: first come, first served. Nobody blocks a thread in it; who may not
 * begin yet has a place and asks again. Not for several threads at a time.
 */
final class WaitingLine {

    private final int atOnce;
    private final Set<String> waiting = new LinkedHashSet<>();
    private int begun;

    WaitingLine(int atOnce) {
        this.atOnce = atOnce;
    }

    /** Whether it may begin now; else it has a place in the line, and keeps the one it had. */
    boolean enter(String name) {
        waiting.add(name);
        if (!next().contains(name)) {
            return false;
        }
        waiting.remove(name);
        begun++;
        return true;
    }

    /** One of those that have begun has ended. */
    void leave() {
        begun--;
    }

    /** Who may begin now, the first in the line first. */
    List<String> next() {
        return waiting.stream().limit(atOnce - begun).toList();
    }

    /** Loses its place. */
    void forget(String name) {
        waiting.remove(name);
    }
}
