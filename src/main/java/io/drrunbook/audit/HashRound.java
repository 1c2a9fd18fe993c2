package io.drrunbook.audit;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What one pass reads of one store. Files come in their order: one that is too large for what is left waits, and nothing
 * smaller goes before it, so that what is left grows with each pass until it is enough.
 */
final class HashRound {

    private static final int PATIENCE = 2;

    private final String store;
    private final long share;
    private final Deque<FileCopy> due;
    private long allowance;
    private int failures;
    private boolean repeated;
    private @Nullable FileCopy current;

    /**
     * @param share bytes that one pass may read of the store
     * @param left bytes that were left over
     */
    HashRound(String store, long share, long left, List<FileCopy> due) {
        this.store = store;
        this.share = share;
        this.allowance = left + share;
        this.due = new ArrayDeque<>(due);
    }

    String store() {
        return store;
    }

    /** Goes on to the next; false when there is none, it must wait, or the store fails again and again. */
    boolean next() {
        FileCopy first = due.peek();
        if (first == null || failures >= PATIENCE || size(first) > allowance) {
            return false;
        }
        repeated = first.equals(current) && repeated;
        current = due.remove();
        return true;
    }

    FileCopy current() {
        return Objects.requireNonNull(current, "nothing is being read");
    }

    void used(long bytes) {
        allowance -= bytes;
    }

    void succeeded() {
        failures = 0;
    }

    void failed() {
        failures++;
    }

    /** The same once more, because the way may have done it and not the store; false when it was read again already. */
    boolean again() {
        if (repeated) {
            return false;
        }
        repeated = true;
        due.addFirst(current());
        allowance = Math.max(allowance, size(current()));
        return true;
    }

    /** Bytes that the next pass may read beyond its own; nothing is saved up while nothing waits. */
    long left() {
        return due.isEmpty() ? 0 : Math.max(0, Math.min(allowance, Math.max(share, size(due.getFirst()))));
    }

    private static long size(FileCopy copy) {
        return copy.sizeBytes() == null ? 0 : copy.sizeBytes();
    }
}
