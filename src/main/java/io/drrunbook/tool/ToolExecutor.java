package io.drrunbook.tool;

import io.drrunbook.failure.RunbookException;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.camel.component.exec.ExecCommand;
import org.apache.camel.component.exec.ExecCommandExecutor;
import org.apache.camel.component.exec.ExecResult;
import org.springframework.stereotype.Component;

/**
 * Runs programs for camel-exec. Its own executor holds all output in memory, ends only the direct child, and takes a
 * non-zero exit for success; this one streams lines, ends whole process trees, and fails.
 */
@Component("toolExecutor")
public class ToolExecutor implements ExecCommandExecutor {

    private static final int LINES_KEPT = 20;
    private static final int CHUNK = 256 * 1024;
    private static final int LONGEST_LINE = 4000;
    private static final Duration GRACE = Duration.ofSeconds(5);
    private static final Duration CANCEL_POLL = Duration.ofMillis(200);

    @Override
    public ExecResult execute(ExecCommand command) {
        if (!(command instanceof ToolBinding.ToolCommand tool)) {
            throw new RunbookException(
                    "not_admitted", "programs are only started by the runbook's own steps, not by a message");
        }
        run(tool.call());
        return new ExecResult(command, new ByteArrayInputStream(new byte[0]), new ByteArrayInputStream(new byte[0]), 0);
    }

    /**
     * Runs the program to its end.
     *
     * @throws ToolFailedException when its exit code is not 0, with the last lines it printed
     * @throws RunbookException {@code tool_missing} when there is no such program, {@code cancelled}
     */
    public void run(ToolCall call) {
        run(call, OutputStream.nullOutputStream(), true);
    }

    /**
     * Runs the program to its end, with what it writes to its standard output going to {@code output}; only its error
     * output counts as lines.
     *
     * @throws ToolFailedException as {@link #run(ToolCall)}
     */
    public void run(ToolCall call, OutputStream output) {
        run(call, output, false);
    }

    private void run(ToolCall call, OutputStream output, boolean linesFromOutput) {
        Process process = start(call, linesFromOutput);
        Deque<String> last = new ArrayDeque<>();
        AtomicReference<RuntimeException> readerFailed = new AtomicReference<>();
        Thread reader = new Thread(
                () -> read(
                        linesFromOutput ? process.getInputStream() : process.getErrorStream(),
                        process,
                        call,
                        last,
                        readerFailed),
                "output of " + call.program());
        reader.setDaemon(true);
        reader.start();
        boolean over = false;
        try {
            if (!linesFromOutput) {
                copy(process, call, output);
            }
            while (!process.waitFor(CANCEL_POLL.toMillis(), TimeUnit.MILLISECONDS)) {
                if (call.cancelled().getAsBoolean()) {
                    throw new RunbookException("cancelled", "cancelled while " + call.program() + " ran");
                }
            }
            // A child that was left behind may hold the pipe open.
            reader.join(GRACE.toMillis());
            over = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RunbookException("cancelled", "interrupted while " + call.program() + " ran", e);
        } finally {
            if (!over) {
                end(process);
            }
        }
        if (readerFailed.get() != null) {
            throw readerFailed.get();
        }
        if (process.exitValue() != 0) {
            synchronized (last) {
                throw new ToolFailedException(call.program(), process.exitValue(), List.copyOf(last));
            }
        }
    }

    private static void copy(Process process, ToolCall call, OutputStream output) {
        byte[] chunk = new byte[CHUNK];
        try (InputStream in = process.getInputStream()) {
            for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
                output.write(chunk, 0, n);
                if (call.cancelled().getAsBoolean()) {
                    throw new RunbookException("cancelled", "cancelled while " + call.program() + " ran");
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the output of " + call.program() + " cannot be passed on", e);
        }
    }

    private static Process start(ToolCall call, boolean errorsWithOutput) {
        List<String> command = new ArrayList<>();
        command.add(call.program());
        command.addAll(call.arguments());
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(call.workingDirectory().toFile())
                .redirectErrorStream(errorsWithOutput)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.environment().putAll(call.environment());
        try {
            return builder.start();
        } catch (IOException e) {
            throw new RunbookException(
                    "tool_missing",
                    call.program() + " cannot be started (" + e.getMessage() + "): install it on this machine",
                    e);
        }
    }

    private static void read(
            InputStream output,
            Process process,
            ToolCall call,
            Deque<String> last,
            AtomicReference<RuntimeException> failed) {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(output, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (last) {
                    last.add(line.length() > LONGEST_LINE ? line.substring(0, LONGEST_LINE) + "…" : line);
                    if (last.size() > LINES_KEPT) {
                        last.remove();
                    }
                }
                call.onLine().accept(line);
            }
        } catch (IOException e) {
            // The pipe of a program that was ended breaks; one that ended by itself has none to break.
            if (process.isAlive()) {
                failed.set(new UncheckedIOException("the output of " + call.program() + " cannot be read", e));
            }
        } catch (RuntimeException e) {
            failed.set(e);
        }
    }

    /** Ends the program and everything it has started: asks first, insists after a while. */
    private static void end(Process process) {
        List<ProcessHandle> tree = new ArrayList<>(process.descendants().toList());
        tree.add(process.toHandle());
        tree.forEach(ProcessHandle::destroy);
        long deadline = System.nanoTime() + GRACE.toNanos();
        for (ProcessHandle each : tree) {
            long left = Math.max(1, deadline - System.nanoTime());
            each.onExit().completeOnTimeout(each, left, TimeUnit.NANOSECONDS).join();
            each.destroyForcibly();
        }
    }
}
