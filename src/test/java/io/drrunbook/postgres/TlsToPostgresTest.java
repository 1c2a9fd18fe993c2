package io.drrunbook.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.Shell;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server that takes nothing but TLS with a client certificate of its own authority. */
@InWorld(alone = "has a PostgreSQL server that asks for certificates")
class TlsToPostgresTest {

    private static PostgresCluster cluster;

    @TempDir
    private static Path keys;

    @BeforeAll
    static void start(PostgresCluster server) throws Exception {
        cluster = server;
        authority("ca");
        authority("stranger");
        certificate("server", "127.0.0.1", "ca", "rsa:2048");
        certificate("client", "postgres", "ca", "rsa:2048");
        certificate("client-ec", "postgres", "ca", "ec");
        certificate("other", "postgres", "stranger", "rsa:2048");
        cluster.requireTls(keys.resolve("server.crt"), keys.resolve("server.key"), keys.resolve("ca.crt"));
    }

    @ParameterizedTest
    @CsvSource({
        "require,     ,       client,    true",
        "prefer,      ,       client,    true",
        "verify-ca,   ca,     client,    true",
        "verify-full, ca,     client,    true",
        "verify-full, ca,     client-ec, true",
        "verify-ca,   stranger, client,  false",
        "verify-full, stranger, client,  false",
        "verify-full, ca,     other,     false",
        "verify-full, ca,     ,          false",
        "disable,     ,       client,    false"
    })
    void driverAndToolsBothComeInOrBothStayOutside(String sslmode, String authority, String client, boolean in)
            throws Exception {
        Map<String, Object> settings = new HashMap<>(Map.of("sslmode", sslmode));
        if (authority != null) {
            settings.put("sslrootcert", keys.resolve(authority + ".crt"));
        }
        if (client != null) {
            settings.put("sslcert", keys.resolve(client + ".crt"));
            settings.put("sslkey", keys.resolve(client + ".key"));
        }
        DatabaseServer server =
                new DatabaseServer(DatabaseSettings.of(cluster, "postgres", settings), UUID.randomUUID());
        ServerSessions sessions =
                new ServerSessions(DatabaseSettings.of(cluster, "postgres", settings), "tls", () -> false, line -> {});

        ProcessBuilder psql = new ProcessBuilder(
                "psql",
                "-wAtc",
                "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
                sessions.connectionString("postgres"));
        psql.environment().putAll(sessions.toolEnvironment(150_000));
        Process tool = psql.redirectErrorStream(true).start();
        String said = new String(tool.getInputStream().readAllBytes());
        assertThat(tool.waitFor() == 0).as(said).isEqualTo(in);
        if (in) {
            assertThat(said.strip()).isEqualTo("t");
            assertThat(server.maintenance()
                            .queryForObject("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", Boolean.class))
                    .isTrue();
        } else {
            assertThatThrownBy(server::version)
                    .isInstanceOfSatisfying(
                            RunbookException.class, e -> assertThat(e.code()).isEqualTo("database_unreachable"));
        }
    }

    private static void authority(String name) {
        openssl("req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=%1$s -keyout %1$s.key -out %1$s.crt"
                .formatted(name));
    }

    private static void certificate(String name, String subject, String authority, String kind) throws Exception {
        if (kind.equals("ec")) {
            openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out " + name + ".key");
            openssl("req -new -key %1$s.key -subj /CN=%2$s -out %1$s.csr".formatted(name, subject));
        } else {
            openssl("req -newkey %3$s -nodes -subj /CN=%2$s -keyout %1$s.key -out %1$s.csr"
                    .formatted(name, subject, kind));
        }
        Files.writeString(keys.resolve("san"), "subjectAltName=IP:127.0.0.1\n");
        openssl("x509 -req -days 2 -in %1$s.csr -CA %2$s.crt -CAkey %2$s.key -CAcreateserial -extfile san -out %1$s.crt"
                .formatted(name, authority));
    }

    private static void openssl(String arguments) {
        Shell.sh("cd " + keys + " && openssl " + arguments);
    }
}
