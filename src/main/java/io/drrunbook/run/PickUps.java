package io.drrunbook.run;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import org.springframework.stereotype.Component;

/**
 * Counts how often a run was picked up after the service had died in it. What makes the service die once may be chance; what
 * does so again in the same step, with the same backup, would do so at each restart.
 */
@Component
class PickUps {

    /** So often a run may be picked up in a step without having come further. */
    static final int MOST = 1;

    /** What a run remembers of where it was picked up last: a place, and how often there. */
    static final String KEY = "pick_ups";

    private static final String PLACE = "place";
    private static final String TIMES = "times";
    private static final String ORDERLY = "orderly";

    private final Journal journal;

    PickUps(Journal journal) {
        this.journal = journal;
    }

    /** The run is picked up once more; how often this was done where it stands now, but for orderly stops. */
    int again(Run run) {
        String place = place(run);
        Map<String, Object> last = last(run.id());
        int before = place.equals(last.get(PLACE)) ? ((Number) last.getOrDefault(TIMES, 0)).intValue() : 0;
        int times = Boolean.TRUE.equals(last.get(ORDERLY)) ? before : before + 1;
        journal.remember(run.id(), KEY, Map.of(PLACE, place, TIMES, times));
        journal.event(
                run.id(),
                "picked_up",
                Map.of(
                        "message",
                        "picked up again after the service had stopped",
                        "step",
                        step(run),
                        "crashes",
                        times));
        return times;
    }

    /** The service was told to stop: that says nothing against the run. */
    void orderlyStop(UUID run) {
        Map<String, Object> last = new LinkedHashMap<>(last(run));
        last.put(ORDERLY, true);
        journal.remember(run, KEY, last);
    }

    /** The step that it is in, or that comes next. */
    static int step(Run run) {
        return run.steps().stream()
                .filter(step -> !step.status().done())
                .mapToInt(Step::number)
                .findFirst()
                .orElse(run.steps().size());
    }

    private static String place(Run run) {
        return step(run) + " " + run.backupId();
    }

    @SuppressWarnings("unchecked")
    private Map<String, Object> last(UUID run) {
        return journal.memory(run).get(KEY) instanceof Map<?, ?> last ? (Map<String, Object>) last : Map.of();
    }
}
