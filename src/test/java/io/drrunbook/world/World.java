package io.drrunbook.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.apache.commons.io.FileUtils;

/**
 * Everything around the service, real and on loopback: a PostgreSQL server with a shop's database, two S3 servers behind
 * proxies that can fail, a local store, a Kubernetes API, and the shop itself.
 */
public final class World implements AutoCloseable {

    public static final String PASSPHRASE = "correct horse battery staple";
    public static final String DATABASE = "shop";

    private final Path directory;
    public final PostgresCluster postgres = PostgresCluster.start();
    public final S3Server r2 = S3Server.start("r2");
    public final S3Server b2 = S3Server.start("b2");
    public final FaultyProxy r2Proxy = FaultyProxy.before(r2.port());
    public final FaultyProxy b2Proxy = FaultyProxy.before(b2.port());
    public final KubernetesApi kubernetes = KubernetesApi.start();
    public final Path local;
    public final ShopProcess shop;

    private World(Path directory, int orders) {
        try {
            this.directory = directory;
            this.local = Files.createDirectories(directory.resolve("local"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        postgres.createShop(DATABASE, orders);
        shop = ShopProcess.start(postgres, DATABASE);
        kubernetes.deploy("shop", shop::restart);
    }

    public static World start(int orders) {
        try {
            return new World(Files.createTempDirectory("dr-world"), orders);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path directory() {
        return directory;
    }

    /** A service for this world; {@code more} is YAML that goes below {@code dr:} or beside it. */
    public ServiceProcess service(String name, String more) {
        Path home = directory.resolve(name);
        String settings = """
                dr:
                  work-directory: %1$s/data/work
                  admin-password: %2$s
                  encryption: {passphrase: %3$s}
                  download: {stall-timeout: 2s, connect-timeout: 2s, minimum-rate: 20KB}
                  rollout: {interval: 100}
                  stores:
                    r2: {endpoint: "%4$s", bucket: %5$s, prefix: dr, access-key: %6$s, secret-key: %7$s}
                    b2: {endpoint: "%8$s", bucket: %9$s, prefix: dr, access-key: %10$s, secret-key: %11$s}
                    local: {directory: %12$s}
                  applications:
                %13$s
                spring.datasource.url: jdbc:h2:file:%1$s/data/journal;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;WRITE_DELAY=0;LOCK_TIMEOUT=20000;DB_CLOSE_ON_EXIT=FALSE
                %14$s
                """.formatted(
                        home,
                        ServiceProcess.PASSWORD,
                        PASSPHRASE,
                        r2Proxy.endpoint(),
                        r2.bucket(),
                        r2.accessKey(),
                        r2.secretKey(),
                        b2Proxy.endpoint(),
                        b2.bucket(),
                        b2.accessKey(),
                        b2.secretKey(),
                        local,
                        application("shop", "kubernetes", shop.healthUrl(), 30).indent(4),
                        more);
        ServiceProcess service = new ServiceProcess(home, settings);
        return service.with(
                "KUBECONFIG", kubernetes.kubeconfig(home.resolve("kubeconfig")).toString());
    }

    /** The settings of an application whose database is the shop's. */
    public String application(String name, String restart, String healthUrl, int attempts) {
        return """
                %s:
                  database: {host: 127.0.0.1, port: %d, name: %s, username: %s, password: %s}
                  restart: {method: %s, namespace: %s, deployments: [shop], timeout: 6s}
                  health: {url: "%s", attempts: %d, interval: 200ms, timeout: 2s}
                """.formatted(
                        name,
                        postgres.port(),
                        DATABASE,
                        postgres.username(),
                        postgres.password(),
                        restart,
                        kubernetes.namespace(),
                        healthUrl,
                        attempts);
    }

    /** All stores answer and hold nothing; only the shop's database is there. */
    public void reset() {
        r2Proxy.heal();
        b2Proxy.heal();
        kubernetes.stuck(false);
        r2.clear();
        b2.clear();
        for (Path file : localFiles()) {
            FileUtils.deleteQuietly(file.toFile());
        }
        postgres.databases().stream().filter(name -> !name.equals(DATABASE)).forEach(postgres::drop);
    }

    /** Files in the local store, by name. */
    public List<Path> localFiles() {
        try (var files = Files.walk(local)) {
            return files.filter(Files::isRegularFile)
                    .sorted(Comparator.comparing(Path::toString))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        shop.close();
        r2Proxy.close();
        b2Proxy.close();
        r2.close();
        b2.close();
        kubernetes.close();
        postgres.close();
        FileUtils.deleteQuietly(directory.toFile());
    }
}
