package io.drrunbook.tool;

import io.drrunbook.failure.RunbookException;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.camel.component.exec.ExecCommand;
import org.apache.camel.component.exec.ExecCommandExecutor;
import org.apache.camel.component.exec.ExecResult;
import org.springframework.stereotype.Component;

/**
 * Runs programs for {@code exec:}. The component's own executor keeps all output in memory, leaves grandchildren
 * behind and takes no environment; this one hands each line on as it comes, ends whatever was started, and treats any
 * exit code but 0 as a failure.
 */
@Component("toolExecutor")
public class ToolExecutor implements ExecCommandExecutor {

    private static final Duration POLL = Duration.ofMillis(100);

    /** How long a program may take to go after it was asked to, and how long its last output may take to arrive. */
    private static final Duration GRACE = Duration.ofSeconds(5);

    @Override
    public ExecResult execute(ExecCommand command) {
        if (!(command instanceof ToolCommand tool)) {
            throw new RunbookException(
                    "no_tool_call", "exec: was called without binding=#toolBinding; add it to the route");
        }
        run(tool.call());
        return new ExecResult(command, null, null, 0);
    }

    /**
     * Runs the program to its end.
     *
     * @throws ToolFailedException when it ends with an exit code other than 0
     * @throws RunbookException {@code tool_missing} when there is no such program, {@code cancelled} when it was ended
     */
    public void run(ToolCall call) {
        Process process = start(call);
        LineFeed feed = new LineFeed(process.getInputStream(), call.onLine());
        FutureTask<Void> reading = new FutureTask<>(feed);
        start(reading, "output of " + call.program());
        FutureTask<Boolean> writing = new FutureTask<>(new InputFeed(call.input(), process.getOutputStream()));
        start(writing, "input of " + call.program());
        try {
            waitFor(process, List.of(reading, writing), call);
            finish(reading, process);
            finishInput(writing, process, call);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunbookException("interrupted", call.program() + " was ended because the service stops", e);
        } finally {
            end(process);
        }
        if (process.exitValue() != 0) {
            throw new ToolFailedException(call.program(), process.exitValue(), feed.lastLines());
        }
    }

    private static Process start(ToolCall call) {
        ProcessBuilder builder = ChildProcess.of(
                        Stream.concat(Stream.of(call.program()), call.arguments().stream())
                                .toList(),
                        call.environment())
                .directory(call.workingDirectory().toFile())
                .redirectErrorStream(true);
        if (call.input() == ToolInput.NONE) {
            builder.redirectInput(new File("/dev/null"));
        }
        if (!call.workingDirectory().toFile().isDirectory()) {
            throw new RunbookException(
                    "no_work_directory", "cannot run " + call.program() + ": no folder " + call.workingDirectory());
        }
        try {
            return builder.start();
        } catch (IOException e) {
            throw new RunbookException(
                    "tool_missing",
                    "cannot start " + call.program() + ": install " + packageOf(call.program())
                            + " (Debian's name) or put the program into PATH",
                    e);
        }
    }

    private static String packageOf(String program) {
        return switch (new File(program).getName()) {
            case "pg_restore", "pg_dump", "pg_dumpall", "psql" -> "postgresql-client";
            case "docker" -> "docker.io";
            case "gpg" -> "gnupg";
            default -> new File(program).getName();
        };
    }

    private static void start(FutureTask<?> work, String name) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
    }

    /** What was not read to its end was not carried out, although the exit code says that all is well. */
    private static void finishInput(FutureTask<Boolean> writing, Process process, ToolCall call)
            throws InterruptedException {
        if (process.exitValue() != 0) {
            return;
        }
        try {
            if (writing.get(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                return;
            }
        } catch (ExecutionException e) {
            rethrow(e.getCause());
        } catch (TimeoutException e) {
            writing.cancel(true);
        }
        throw new RunbookException(
                "tool_input_unread", call.program() + " ended without having read all that it was given; try again");
    }

    private static void waitFor(Process process, List<FutureTask<?>> streams, ToolCall call)
            throws InterruptedException {
        while (!process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
            if (call.cancelled().getAsBoolean()) {
                throw new RunbookException("cancelled", call.program() + " was ended because the run was cancelled");
            }
            for (FutureTask<?> stream : streams) {
                if (stream.isDone() && process.isAlive()) {
                    rethrowFailure(stream);
                }
            }
        }
    }

    /** A background process may hold the output open after the program itself has ended: it is not waited for. */
    private static void finish(FutureTask<Void> reading, Process process) throws InterruptedException {
        try {
            reading.get(GRACE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            closeOutput(process);
        } catch (ExecutionException e) {
            rethrow(e.getCause());
        }
    }

    private static void closeOutput(Process process) {
        try {
            process.getInputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void rethrowFailure(FutureTask<?> stream) throws InterruptedException {
        try {
            stream.get();
        } catch (ExecutionException e) {
            rethrow(e.getCause());
        }
    }

    private static void rethrow(Throwable cause) {
        if (cause instanceof RuntimeException e) {
            throw e;
        }
        throw new RunbookException("tool_output_lost", "the program's input or output broke off: " + cause, cause);
    }

    /** Ends the program and all it started: asked first, then by force. Nothing happens when all have ended. */
    private static void end(Process process) {
        List<ProcessHandle> family = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        family.forEach(ProcessHandle::destroy);
        long deadline = System.nanoTime() + GRACE.toNanos();
        for (ProcessHandle member : family) {
            awaitEnd(member, deadline - System.nanoTime());
        }
        family.stream().filter(ProcessHandle::isAlive).forEach(ProcessHandle::destroyForcibly);
        if (process.isAlive()) {
            process.onExit().join();
        }
    }

    private static void awaitEnd(ProcessHandle member, long nanos) {
        member.onExit()
                .completeOnTimeout(member, Math.max(0, nanos), TimeUnit.NANOSECONDS)
                .join();
    }
}
