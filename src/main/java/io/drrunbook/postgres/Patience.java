package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * How long somebody waits for a database server. A statement may take hours, so its length says nothing; whether the server
 * still answers anybody does. That is asked on a connection of its own, and only once the wait has become long.
 *
 * <p>Thread-safe; {@link #check} returns at once.
 */
final class Patience {

    /** A wait shorter than this is not worth a question. */
    private static final Duration BEFORE_ASKING = Duration.ofSeconds(10);

    private static final Duration BETWEEN_WORDS = Duration.ofMinutes(1);

    private static final ExecutorService ASKING = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "is-the-database-there");
        thread.setDaemon(true);
        return thread;
    });

    private final Question question;
    private final String server;
    private final Duration limit;
    private final BooleanSupplier cancelled;
    private final Consumer<String> log;
    private final AtomicBoolean asking = new AtomicBoolean();
    private final long begun = System.nanoTime();
    private volatile long lastAnswer = begun;
    private volatile long lastWord = begun;
    private volatile boolean unanswered;

    /**
     * @param server host and port, for messages
     * @param limit without any answer, after which the server is given up
     * @param log told what is waited for, when it takes long
     */
    Patience(Question question, String server, Duration limit, BooleanSupplier cancelled, Consumer<String> log) {
        this.question = question;
        this.server = server;
        this.limit = limit;
        this.cancelled = cancelled;
        this.log = log;
    }

    /** @throws RunbookException {@code cancelled}; {@code database_silent} when the server has not answered for too long */
    void check() {
        if (cancelled.getAsBoolean()) {
            throw new RunbookException(
                    "cancelled", "cancelled while it waited for the database server " + server + "; ended there, too");
        }
        Duration silent = since(lastAnswer);
        // Without a question that nobody answered it may have been us who stood still.
        if (unanswered && silent.compareTo(limit) > 0) {
            throw new RunbookException(
                    "database_silent",
                    "the database server " + server + " has not answered for " + limit.toSeconds()
                            + " s, although the connection to it stands: a stopped process, a stuck disk, or a firewall"
                            + " that has forgotten the connection. Look at that machine, then try again; the limit is"
                            + " dr.applications.*.database.silence-timeout");
        }
        Duration quarter = limit.dividedBy(4);
        Duration beforeAsking = quarter.compareTo(BEFORE_ASKING) < 0 ? quarter : BEFORE_ASKING;
        if (silent.compareTo(beforeAsking) > 0 && asking.compareAndSet(false, true)) {
            ASKING.execute(this::ask);
        }
    }

    private void ask() {
        try {
            String waitsFor = question.ask();
            lastAnswer = System.nanoTime();
            unanswered = false;
            if (!waitsFor.isEmpty() && since(lastWord).compareTo(BETWEEN_WORDS) > 0) {
                lastWord = System.nanoTime();
                log.accept("waits for the database server " + server + " for "
                        + since(begun).toSeconds() + " s now; it answers, and is at: " + waitsFor);
            }
        } catch (NoAnswerException e) {
            boolean first = !unanswered;
            unanswered = true;
            if (first) {
                log.accept("the database server " + server + " does not answer (" + e.getMessage()
                        + "); given up after " + limit.toSeconds() + " s without an answer");
            }
        } finally {
            asking.set(false);
        }
    }

    private static Duration since(long nanoTime) {
        return Duration.of(System.nanoTime() - nanoTime, TimeUnit.NANOSECONDS.toChronoUnit());
    }

    /** Asks a server whether it is there. */
    @FunctionalInterface
    interface Question {

        /**
         * What our sessions there are at; empty when nobody knows. An answer that refuses is an answer.
         *
         * @throws NoAnswerException when there was none in time
         */
        String ask() throws NoAnswerException;
    }

    /** There was no answer in time. */
    static final class NoAnswerException extends Exception {
        NoAnswerException(Exception cause) {
            super(cause.getMessage(), cause);
        }
    }
}
