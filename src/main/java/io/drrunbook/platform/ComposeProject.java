package io.drrunbook.platform;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings.Restart;
import io.drrunbook.tool.ToolCall;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The services of a Docker Compose file that are restarted, and the calls that do it. The time runs from its making. */
public final class ComposeProject {

    private final Path file;
    private final List<String> services;
    private final Duration timeout;
    private final long deadline;
    private final Map<String, String> environment;
    private final BooleanSupplier cancelled;
    private final Set<String> running = ConcurrentHashMap.newKeySet();
    private boolean standalone;

    private ComposeProject(Path file, Restart settings, Map<String, String> environment, BooleanSupplier cancelled) {
        this.file = file;
        this.services = List.copyOf(settings.services());
        this.timeout = settings.timeout();
        this.deadline = System.nanoTime() + timeout.toNanos();
        this.environment = environment;
        this.cancelled = cancelled;
    }

    /**
     * The project that is configured.
     *
     * @throws RunbookException ({@code restart_not_configured}) when file or services are not named, or the file is missing
     */
    public static ComposeProject of(Restart settings, Surroundings surroundings, BooleanSupplier cancelled) {
        if (settings.composeFile() == null || settings.services().isEmpty()) {
            throw new RunbookException(
                    "restart_not_configured",
                    "restart.method compose needs restart.compose-file and restart.services; set both");
        }
        Path file = settings.composeFile().toAbsolutePath();
        if (!Files.isReadable(file)) {
            throw new RunbookException(
                    "restart_not_configured",
                    "restart.compose-file " + file + " is not there or cannot be read; correct it");
        }
        return new ComposeProject(file, settings, surroundings.dockerEnvironment(), cancelled);
    }

    public List<String> services() {
        return services;
    }

    /** Succeeds when the Docker client has Compose as a plugin. */
    public ToolCall askPlugin() {
        return call("docker", List.of("compose", "version"), line -> {});
    }

    /** There is no plugin: the program {@code docker-compose} is used. */
    public void useStandalone() {
        standalone = true;
    }

    public ToolCall restart(Consumer<String> onLine) {
        List<String> words = new ArrayList<>(List.of("restart"));
        words.addAll(services);
        return compose(words, onLine);
    }

    /** Reads the file and prints the services that it has. */
    public ToolCall listKnown() {
        running.clear();
        return compose(List.of("config", "--services"), line -> running.add(line.strip()));
    }

    /**
     * Refuses services that {@link #listKnown} has not listed.
     *
     * @throws RunbookException ({@code restart_not_configured})
     */
    public void requireAllKnown() {
        List<String> missing =
                services.stream().filter(service -> !running.contains(service)).toList();
        if (!missing.isEmpty()) {
            throw new RunbookException(
                    "restart_not_configured",
                    file + " has no service " + String.join(", ", missing) + ": correct restart.services");
        }
    }

    /** Prints the services whose container is running. */
    public ToolCall listRunning() {
        running.clear();
        return compose(List.of("ps", "--services", "--filter", "status=running"), line -> running.add(line.strip()));
    }

    /**
     * Refuses services that {@link #listRunning} has not listed.
     *
     * @throws RunbookException ({@code compose_restart_failed})
     */
    public void requireAllRunning() {
        List<String> missing =
                services.stream().filter(service -> !running.contains(service)).toList();
        if (!missing.isEmpty()) {
            throw failed("restarted, but not running now: " + String.join(", ", missing), null);
        }
    }

    /** What is thrown when a call has failed. */
    public RunbookException failed(Throwable cause) {
        if (cause instanceof RunbookException known && known.code().equals("compose_restart_failed")) {
            return known;
        }
        return failed(
                isLate() ? "not done after " + timeout.toSeconds() + " s" : String.valueOf(cause.getMessage()), cause);
    }

    private RunbookException failed(String how, @Nullable Throwable cause) {
        return new RunbookException(
                "compose_restart_failed",
                "services " + services + " of " + file + ": " + how + ". Look with: docker compose -f " + file
                        + " logs; put it right and resume the run",
                cause);
    }

    private ToolCall compose(List<String> words, Consumer<String> onLine) {
        List<String> arguments = new ArrayList<>(standalone ? List.of() : List.of("compose"));
        arguments.addAll(List.of("-f", file.toString()));
        arguments.addAll(words);
        return call(standalone ? "docker-compose" : "docker", arguments, onLine);
    }

    private ToolCall call(String program, List<String> arguments, Consumer<String> onLine) {
        return new ToolCall(
                program, arguments, environment, file.getParent(), onLine, () -> cancelled.getAsBoolean() || isLate());
    }

    private boolean isLate() {
        return System.nanoTime() - deadline >= 0;
    }
}
