package io.drrunbook.client;

import java.time.Duration;
import picocli.CommandLine.Option;

/** How a run is shown. */
final class FollowOptions {

    @Option(names = "--json", description = "Print the API's answer, and nothing else.")
    boolean json;

    @Option(
            names = "--patience",
            paramLabel = "SECONDS",
            defaultValue = "120",
            description = "How long a service that stops answering is waited for. Default: ${DEFAULT-VALUE}.")
    long patienceSeconds;

    Duration patience() {
        return Duration.ofSeconds(patienceSeconds);
    }
}
