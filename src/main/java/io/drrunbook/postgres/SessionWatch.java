package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends what waits for a database server, as soon as {@link Patience} is over: the one that waits cannot look up by itself,
 * because it stands in a read from a socket.
 */
final class SessionWatch {

    private static final Logger LOG = LoggerFactory.getLogger(SessionWatch.class);
    private static final long TICK_MILLISECONDS = 250;

    private static final AtomicInteger THREADS = new AtomicInteger();
    private static final ScheduledExecutorService CLOCK = Executors.newScheduledThreadPool(2, task -> {
        Thread thread = new Thread(task, "session-watch-" + THREADS.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    });

    private final Supplier<Patience> patience;
    private volatile @Nullable RunbookException ended;

    /** @param patience begins anew with each thing that is watched */
    SessionWatch(Supplier<Patience> patience) {
        this.patience = patience;
    }

    /** Watches until the connection is closed. */
    void over(Connection connection) {
        over(() -> isClosed(connection), () -> abort(connection));
    }

    /** Watches until it is over; {@code end} is called at most once. */
    void over(BooleanSupplier over, Runnable end) {
        Watched one = new Watched(patience.get(), over, end);
        one.ticking = CLOCK.scheduleWithFixedDelay(
                () -> look(one), TICK_MILLISECONDS, TICK_MILLISECONDS, TimeUnit.MILLISECONDS);
    }

    /** Why something was ended; null when nothing was. */
    @Nullable
    RunbookException ended() {
        return ended;
    }

    private void look(Watched one) {
        if (one.over.getAsBoolean()) {
            forget(one);
            return;
        }
        try {
            one.patience.check();
        } catch (RunbookException e) {
            // Said before it is done: whoever waits asks for the reason as soon as he wakes up.
            ended = e;
            forget(one);
            one.end.run();
        } catch (RuntimeException e) {
            // Whether somebody cancels could not be found out; without a next look nobody would ever end the wait.
            LOG.warn("a session with a database server cannot be looked after: {}", e.toString());
        }
    }

    private void forget(Watched one) {
        Future<?> ticking = one.ticking;
        if (ticking != null) {
            ticking.cancel(false);
        }
    }

    private static boolean isClosed(Connection connection) {
        try {
            return connection.isClosed();
        } catch (SQLException e) {
            return true;
        }
    }

    /** Unlike closing, it does not wait for the statement that runs; the server finds out when it next writes. */
    private static void abort(Connection connection) {
        try {
            connection.abort(Runnable::run);
        } catch (SQLException e) {
            throw new IllegalStateException("a connection can always be aborted", e);
        }
    }

    private static final class Watched {

        private final Patience patience;
        private final BooleanSupplier over;
        private final Runnable end;
        private volatile @Nullable Future<?> ticking;

        Watched(Patience patience, BooleanSupplier over, Runnable end) {
            this.patience = patience;
            this.over = over;
            this.end = end;
        }
    }
}
