package io.drrunbook.world;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What this JVM has started since, directly or not: the servers that classes of one JVM share are older than a test. */
public final class StartedProcesses {

    private final Set<ProcessHandle> before =
            ProcessHandle.current().descendants().collect(Collectors.toSet());

    private StartedProcesses() {}

    public static StartedProcesses sinceNow() {
        return new StartedProcesses();
    }

    /** Those that still run. */
    public List<ProcessHandle> alive() {
        return ProcessHandle.current()
                .descendants()
                .filter(each -> !before.contains(each))
                .toList();
    }
}
