package io.drrunbook.demo;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/** What is on the stage, taken away in the opposite order; a part that is being built is waited for first. */
final class Stage implements AutoCloseable {

    private final Deque<AutoCloseable> parts = new ArrayDeque<>();
    private volatile boolean closing;

    synchronized <T extends AutoCloseable> T add(Supplier<T> part) {
        if (closing) {
            throw new IllegalStateException("the demo is being stopped");
        }
        T built = part.get();
        parts.push(built);
        return built;
    }

    boolean closing() {
        return closing;
    }

    @Override
    public void close() {
        closing = true;
        takeAway();
    }

    private synchronized void takeAway() {
        while (!parts.isEmpty()) {
            try {
                parts.pop().close();
            } catch (Exception e) {
                System.err.println("a part of the demo could not be stopped: " + e.getMessage());
            }
        }
    }
}
