package io.drrunbook.tool;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * One call of an external program: the body that a route sends to {@code exec:}.
 *
 * @param program file name or path of the program
 * @param arguments its arguments; never a secret, since every user of the machine can read them
 * @param environment all it gets besides {@code PATH} and {@code LC_ALL}; secrets go here or into a file
 * @param workingDirectory where it runs
 * @param input what it reads
 * @param onLine given each line of its output and error output as it comes; nothing is held back
 * @param cancelled asked while it runs; once true, the program and all it started are ended
 */
public record ToolCall(
        String program,
        List<String> arguments,
        Map<String, String> environment,
        Path workingDirectory,
        ToolInput input,
        Consumer<String> onLine,
        BooleanSupplier cancelled) {

    public ToolCall {
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
    }

    /** One that reads nothing. */
    public ToolCall(
            String program,
            List<String> arguments,
            Map<String, String> environment,
            Path workingDirectory,
            Consumer<String> onLine,
            BooleanSupplier cancelled) {
        this(program, arguments, environment, workingDirectory, ToolInput.NONE, onLine, cancelled);
    }

    /** Program and arguments; the environment holds secrets and is left out. */
    @Override
    public String toString() {
        return program + " " + String.join(" ", arguments);
    }
}
