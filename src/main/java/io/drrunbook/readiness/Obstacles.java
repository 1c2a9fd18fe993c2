package io.drrunbook.readiness;

import io.drrunbook.backup.Backup;
import io.drrunbook.backup.Manifest;
import io.drrunbook.crypto.Keys;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.postgres.RestoreFit;
import io.drrunbook.readiness.ServerWatch.Server;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** What makes a recovery from a backup impossible, as far as can be said without opening it: keys, server, versions. */
@Component
class Obstacles {

    private final Keys keys;
    private final ServerWatch servers;

    Obstacles(Keys keys, ServerWatch servers) {
        this.keys = keys;
        this.servers = servers;
    }

    /** Those of that backup, a sentence each. */
    List<String> to(String application, Backup backup) {
        List<String> obstacles = new ArrayList<>();
        key(backup.manifest()).ifPresent(obstacles::add);
        servers.of(application).ifPresent(server -> server(application, server, backup.manifest(), obstacles));
        return obstacles;
    }

    /** What does not make a recovery impossible, but dangerous. */
    List<String> warnings(String application) {
        return servers.of(application).map(Server::warning).stream().toList();
    }

    private Optional<String> key(Manifest manifest) {
        String name = manifest.encryptionKey();
        if (name == null) {
            return Optional.empty();
        }
        try {
            return keys.fits(name)
                    ? Optional.empty()
                    : Optional.of("no key here opens the newest good backup, which is sealed with " + name
                            + ": look at dr.encryption");
        } catch (RunbookException e) {
            return Optional.of("whether a key opens the newest good backup is not known: " + e.getMessage());
        }
    }

    private static void server(String application, Server server, Manifest manifest, List<String> obstacles) {
        if (server.error() != null) {
            obstacles.add("the database server of " + application + ", which a recovery needs, does not answer: "
                    + server.error());
            return;
        }
        String version = manifest.serverVersion();
        if (version != null) {
            RestoreFit.problems(version, server.major(), "plain".equals(manifest.dumpFormat())).stream()
                    .map(problem -> "the newest good backup does not fit: " + problem)
                    .forEach(obstacles::add);
        }
    }
}
