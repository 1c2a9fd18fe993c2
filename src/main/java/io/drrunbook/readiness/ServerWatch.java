package io.drrunbook.readiness;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.postgres.RestoreFit;
import io.drrunbook.settings.DrSettings;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** The last look at the database servers that recoveries restore into. */
@Component("serverWatch")
public class ServerWatch {

    private final DrSettings settings;
    private final Map<String, Server> last = new ConcurrentHashMap<>();

    ServerWatch(DrSettings settings) {
        this.settings = settings;
    }

    /** Asks the server of each application for its version. */
    public void look() {
        settings.applications().forEach((name, application) -> last.put(name, ask(application.database())));
    }

    /** What was seen of that application's server; empty before the first look. */
    Optional<Server> of(String application) {
        return Optional.ofNullable(last.get(application));
    }

    private static Server ask(DrSettings.Database database) {
        try {
            return new Server(RestoreFit.serverMajor(database), null);
        } catch (RunbookException e) {
            return new Server(0, e.getMessage());
        }
    }

    /**
     * A server.
     *
     * @param major version; 0 when it does not answer
     * @param error why it does not answer; null when it does
     */
    record Server(int major, @Nullable String error) {}
}
