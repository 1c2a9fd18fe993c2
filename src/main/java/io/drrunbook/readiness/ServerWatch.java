package io.drrunbook.readiness;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.postgres.RestoreFit;
import io.drrunbook.settings.DrSettings;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** The last look at the database servers that recoveries restore into. */
@Component("serverWatch")
public class ServerWatch {

    private static final Logger LOG = LoggerFactory.getLogger(ServerWatch.class);

    private final DrSettings settings;
    private final Map<String, Server> last = new ConcurrentHashMap<>();

    ServerWatch(DrSettings settings) {
        this.settings = settings;
    }

    /** Asks the server of each application for its version, and what our role is there. */
    public void look() {
        settings.applications().forEach((name, application) -> {
            Server now = ask(application.database());
            Server before = last.put(name, now);
            if (now.warning() != null && (before == null || before.warning() == null)) {
                LOG.warn("application {}: {}", name, now.warning());
            }
        });
    }

    /** What was seen of that application's server; empty before the first look. */
    Optional<Server> of(String application) {
        return Optional.ofNullable(last.get(application));
    }

    private static Server ask(DrSettings.Database database) {
        try {
            return new Server(
                    RestoreFit.serverMajor(database),
                    RestoreFit.priceOfTheRole(database).orElse(null),
                    null);
        } catch (RunbookException e) {
            return new Server(0, null, e.getMessage());
        }
    }

    /**
     * A server.
     *
     * @param major version; 0 when it does not answer
     * @param warning what it costs that the service's role is a superuser there; null when it is none
     * @param error why it does not answer; null when it does
     */
    record Server(
            int major, @Nullable String warning, @Nullable String error) {}
}
