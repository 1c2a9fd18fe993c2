package io.drrunbook.audit;

import io.drrunbook.audit.FileCopy.Key;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What one pass tries to repair, and what has already been tried. */
final class RepairPlan {

    private final Deque<Key> left;
    private final Map<Key, Map<String, String>> failedSources = new HashMap<>();
    private final Set<String> repaired = new HashSet<>();

    /** @param damaged in the order in which they are repaired */
    RepairPlan(List<Key> damaged) {
        this.left = new ArrayDeque<>(damaged);
    }

    Optional<Key> next() {
        return Optional.ofNullable(left.poll());
    }

    /** That source was not good: with another one it is tried again. */
    void again(Key copy, String source, String cause) {
        failures(copy).put(source, cause);
        left.addFirst(copy);
    }

    /** Why which source could not be used for that copy. */
    Map<String, String> failures(Key copy) {
        return failedSources.computeIfAbsent(copy, key -> new HashMap<>());
    }

    void repaired(String application) {
        repaired.add(application);
    }

    boolean hasRepaired(String application) {
        return repaired.contains(application);
    }
}
