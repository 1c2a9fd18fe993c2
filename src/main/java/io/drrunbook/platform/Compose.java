package io.drrunbook.platform;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings.Restart;
import io.drrunbook.tool.ToolCall;
import io.drrunbook.tool.ToolExecutor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.springframework.stereotype.Component;

/** Restarts services with Docker Compose: the plugin when it answers, else the older program. */
@Component
public class Compose {

    private final ToolExecutor executor;

    Compose(ToolExecutor executor) {
        this.executor = executor;
    }

    /** The call that restarts the configured services, or all of the file's when none is named. */
    public ToolCall restart(Restart restart, Path workDirectory, Consumer<String> onLine, BooleanSupplier cancelled) {
        List<String> command = new ArrayList<>(command(restart, workDirectory));
        command.add("restart");
        command.addAll(restart.services());
        return call(command, workDirectory, onLine, cancelled);
    }

    /**
     * Looks whether the restarted services run.
     *
     * @throws RunbookException ({@code compose_restart_failed}) that names those that do not
     */
    public void requireRunning(Restart restart, Path workDirectory) {
        TreeSet<String> stopped = new TreeSet<>(restart.services());
        for (String service : restart.services()) {
            List<String> command = new ArrayList<>(command(restart, workDirectory));
            command.addAll(List.of("ps", "-q", service));
            List<String> containers = new ArrayList<>();
            executor.run(call(command, workDirectory, containers::add, () -> false));
            for (String container : containers) {
                executor.run(call(
                        List.of("docker", "inspect", "--format", "{{.State.Running}}", container),
                        workDirectory,
                        line -> {
                            if (line.equals("true")) {
                                stopped.remove(service);
                            }
                        },
                        () -> false));
            }
        }
        if (!stopped.isEmpty()) {
            throw new RunbookException(
                    "compose_restart_failed",
                    "the services " + stopped + " of " + restart.composeFile()
                            + " do not run after their restart: look at their logs, then resume the run");
        }
    }

    private List<String> command(Restart restart, Path workDirectory) {
        String file = Objects.requireNonNull(restart.composeFile(), "restart.compose-file")
                .toString();
        try {
            executor.run(call(List.of("docker", "compose", "version"), workDirectory, line -> {}, () -> false));
            return List.of("docker", "compose", "-f", file);
        } catch (RunbookException e) {
            return List.of("docker-compose", "-f", file);
        }
    }

    private static ToolCall call(
            List<String> command, Path workDirectory, Consumer<String> onLine, BooleanSupplier cancelled) {
        return new ToolCall(
                command.get(0), command.subList(1, command.size()), Map.of(), workDirectory, onLine, cancelled);
    }
}
