package io.drrunbook.postgres;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.drrunbook.failure.Finding;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.postgres.DeepChecks.Check;
import io.drrunbook.postgres.DeepChecks.Found;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Looks at a restored database as a drill may, which has the time: every btree against its table, every foreign key and
 * check against its rows, sequences against their columns, and what the owner says must be true.
 */
public final class DatabaseProof {

    private static final int WORKERS = 2;
    private static final long POLL_MILLISECONDS = 200;

    private static final String TIMED_OUT = "57014";

    private final DatabaseServer server;
    private final String database;
    private final Progress progress;
    private final Consumer<String> log;
    private final BooleanSupplier cancelled;
    private final Map<Statement, Boolean> running = new ConcurrentHashMap<>();
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicInteger done = new AtomicInteger();

    /** @param log told what was not checked, and what is odd but no fault */
    public DatabaseProof(
            DatabaseServer server,
            String database,
            Progress progress,
            Consumer<String> log,
            BooleanSupplier cancelled) {
        this.server = server;
        this.database = database;
        this.progress = progress;
        this.log = log;
        this.cancelled = cancelled;
    }

    /**
     * Makes all checks. What is odd in the data was so in the database that was backed up: it is found, and condemns nothing.
     *
     * @param assertions SQL that must give one row with one {@code true}
     * @param timeout of one of those
     * @return how many of each were made, and what was found
     * @throws RunbookException {@code drill_check_failed} when what the owner says must be true is not;
     *     {@code drill_index_corrupt} when this server has built an index wrong; {@code drill_check_broken} when an assertion
     *     cannot be asked; {@code drill_check_stopped} when the server did not let it come to an end; {@code cancelled}
     */
    public Result prove(List<String> assertions, Duration timeout) {
        try {
            return checked(assertions, timeout);
        } catch (SQLException e) {
            server.throwWhenEnded();
            throw stopped(e);
        }
    }

    private Result checked(List<String> assertions, Duration timeout) throws SQLException {
        DeepChecks catalog;
        List<Check> checks;
        OwnersCode.Way owner;
        try (Connection connection = server.open(database);
                Statement statement = connection.createStatement()) {
            OwnersCode code = OwnersCode.in(statement);
            catalog = new DeepChecks(code);
            checks = catalog.in(connection);
            owner = code.as(statement, server.owner().orElse(null), server.usualSearchPath(database));
        }
        int total = checks.size() + assertions.size();
        progress.of(0, total);
        Map<Check.Kind, AtomicLong> made = new ConcurrentHashMap<>();
        Queue<Found> found = new ConcurrentLinkedQueue<>();
        Queue<String> untrue = new ConcurrentLinkedQueue<>();
        Queue<String> broken = new ConcurrentLinkedQueue<>();
        ExecutorService workers = Executors.newFixedThreadPool(WORKERS, DatabaseProof::thread);
        try {
            Queue<Check> left = new ConcurrentLinkedQueue<>(checks);
            awaitAll(IntStream.range(0, WORKERS)
                    .<Callable<Void>>mapToObj(n -> () -> work(left, total, made, found))
                    .map(workers::submit)
                    .toList());
            awaitAll(assertions.stream()
                    .<Callable<Void>>map(assertion -> () -> ask(assertion, owner, timeout, total, untrue, broken))
                    .map(workers::submit)
                    .toList());
        } finally {
            stopped.set(true);
            catalog.notes().forEach(log);
            cancelStatements();
            workers.shutdownNow();
        }
        found.stream().map(Found::notes).flatMap(List::stream).forEach(log);
        conclude(
                found.stream().map(Found::faults).flatMap(List::stream).sorted().toList(),
                List.copyOf(untrue),
                List.copyOf(broken));
        return new Result(
                count(made, Check.Kind.INDEX),
                count(made, Check.Kind.CONSTRAINT),
                count(made, Check.Kind.SEQUENCE),
                assertions.size(),
                found.stream()
                        .map(Found::findings)
                        .flatMap(List::stream)
                        .sorted(Comparator.comparing(Finding::kind).thenComparing(Finding::object))
                        .toList());
    }

    private static void conclude(List<String> faults, List<String> untrue, List<String> broken) {
        if (!faults.isEmpty()) {
            throw new RunbookException(
                    "drill_index_corrupt",
                    "the server has built indexes from the restored rows that are wrong: " + String.join("; ", faults)
                            + "; look at its memory, disks and collations. The backup is not judged by it");
        }
        if (!untrue.isEmpty()) {
            throw new RunbookException(
                    "drill_check_failed",
                    "the restored database is not what its owner says it must be: " + String.join("; ", untrue)
                            + (broken.isEmpty() ? "" : "; besides, " + String.join("; ", broken))
                            + "; do not rely on this backup");
        }
        if (!broken.isEmpty()) {
            throw new RunbookException(
                    "drill_check_broken",
                    String.join("; ", broken) + "; put dr.drill.checks right. The backup is not judged by it");
        }
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "drill-checks");
        thread.setDaemon(true);
        return thread;
    }

    private @Nullable Void work(Queue<Check> checks, int total, Map<Check.Kind, AtomicLong> made, Queue<Found> found)
            throws SQLException {
        try (Connection connection = server.open(database);
                Statement statement = connection.createStatement()) {
            running.put(statement, true);
            for (Check check = next(checks); check != null; check = next(checks)) {
                found.add(check.look().with(statement));
                made.computeIfAbsent(check.kind(), kind -> new AtomicLong()).addAndGet(check.counts());
                progress.of(done.incrementAndGet(), total);
            }
            return null;
        } catch (SQLException | RuntimeException e) {
            // The other worker need not go on: without this one's part the drill proves nothing.
            stopped.set(true);
            throw e;
        }
    }

    private @Nullable Check next(Queue<Check> checks) {
        return stopped.get() ? null : checks.poll();
    }

    private void awaitAll(List<Future<Void>> workers) throws SQLException {
        for (Future<Void> worker : workers) {
            await(worker);
        }
    }

    private void await(Future<Void> worker) throws SQLException {
        while (true) {
            try {
                worker.get(POLL_MILLISECONDS, TimeUnit.MILLISECONDS);
                return;
            } catch (TimeoutException e) {
                refuseWhenCancelled();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new RunbookException("interrupted", "the drill's checks were ended because the service stops", e);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof SQLException cause) {
                    throw cause;
                }
                if (e.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                throw new IllegalStateException(e.getCause());
            }
        }
    }

    private void refuseWhenCancelled() {
        if (cancelled.getAsBoolean()) {
            throw new RunbookException("cancelled", "cancelled while the restored database was checked");
        }
    }

    private void cancelStatements() throws SQLException {
        for (Statement statement : running.keySet()) {
            if (!statement.isClosed() && !statement.getConnection().isClosed()) {
                statement.cancel();
            }
        }
    }

    /** Each with the owner's rights in a transaction of its own that may not write, so that none changes what the next sees. */
    private @Nullable Void ask(
            String assertion,
            OwnersCode.Way owner,
            Duration timeout,
            int total,
            Queue<String> untrue,
            Queue<String> broken)
            throws SQLException {
        if (stopped.get()) {
            return null;
        }
        if (!owner.possible()) {
            broken.add(
                    "check '" + assertion + "' is not asked: the database's owner is a superuser, and before PostgreSQL"
                            + " 14 there is no role that could read it for us");
            return null;
        }
        try (Connection connection = server.open(database);
                Statement statement = connection.createStatement()) {
            running.put(statement, true);
            statement.execute("SET statement_timeout = " + timeout.toMillis());
            answer(statement, assertion, owner, untrue, broken);
            progress.of(done.incrementAndGet(), total);
            return null;
        }
    }

    private static void answer(
            Statement statement, String assertion, OwnersCode.Way owner, Queue<String> untrue, Queue<String> broken)
            throws SQLException {
        try {
            List<JsonNode> rows = owner.rows(statement, assertion);
            JsonNode value = rows.size() == 1 && rows.get(0).size() == 1
                    ? rows.get(0).elements().next()
                    : MissingNode.getInstance();
            if (!value.isBoolean() && !value.isNull()) {
                broken.add("check '" + assertion + "' does not give one row with one boolean");
            } else if (!value.booleanValue()) {
                untrue.add("check '" + assertion + "' gave " + value + " instead of true");
            }
        } catch (SQLException e) {
            if (!SqlState.of(e).equals(TIMED_OUT) && !SqlState.wrongStatement(e)) {
                throw e;
            }
            // Where it happened is our own function, which is nobody else's business.
            broken.add("check '" + assertion + "' cannot be asked: "
                    + String.valueOf(e.getMessage()).split("\n  Where: ", 2)[0]);
        }
    }

    private static RunbookException stopped(SQLException cause) {
        return new RunbookException(
                "drill_check_stopped",
                "the checks of the restored database came to no end: " + cause.getMessage()
                        + "; the backup is not judged by it; drill again",
                cause);
    }

    private static long count(Map<Check.Kind, AtomicLong> made, Check.Kind kind) {
        return made.getOrDefault(kind, new AtomicLong()).get();
    }

    /** How many checks are done of how many. */
    @FunctionalInterface
    public interface Progress {
        void of(long done, long total);
    }

    /** How many were looked at, and what was found that condemns nothing. */
    public record Result(long indexes, long constraints, long sequences, long assertions, List<Finding> findings) {}
}
