package io.drrunbook.world;

import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.commons.io.FileUtils;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/**
 * Everything around the service, real and on loopback: a PostgreSQL server with a shop's database, two S3 servers behind
 * proxies that can fail, a local store, a Kubernetes API, and the shop itself.
 */
public final class World implements AutoCloseable {

    public static final String PASSPHRASE = "words of the tests and of nobody else 7fQ2wM";
    public static final String MANIFEST_KEY = "a-key-for-manifests";

    /** The original system's key: URL-safe base64 of 32 bytes. */
    public static final String FERNET_KEY = "QmFja3VwLWtleS1vZi10aGUtb3JpZ2luYWwtc3lzdG0=";

    public static final String DATABASE = "shop";

    private static final AtomicInteger WORLDS = new AtomicInteger();

    private final Path directory;
    private final Runnable end;
    private final List<ServiceProcess> services = new ArrayList<>();
    public final PostgresCluster postgres;
    public final S3Server r2;
    public final S3Server b2;
    public final FaultyProxy r2Proxy;
    public final FaultyProxy b2Proxy;
    public final KubernetesApi kubernetes = KubernetesApi.start();
    public final Path local;
    public final ShopProcess shop;

    private World(Servers servers, S3Server r2, S3Server b2, Runnable end) {
        this.end = end;
        postgres = servers.postgres();
        this.r2 = r2;
        this.b2 = b2;
        r2Proxy = FaultyProxy.before(r2.port());
        b2Proxy = FaultyProxy.before(b2.port());
        try {
            directory = Files.createTempDirectory("dr-world");
            local = Files.createDirectories(directory.resolve("local"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        shop = ShopProcess.start(postgres, DATABASE);
        kubernetes.deploy("shop", shop::restart);
    }

    /** A world with servers of its own, and a shop with so many orders. */
    public static World start(int orders) {
        Servers servers = new Servers();
        World world = new World(servers, servers.r2(), servers.b2(), servers::close);
        world.createShop(orders);
        return world;
    }

    /** A world with buckets, ports and a shop of its own on servers that others use before and after; it has no database. */
    public static World on(Servers servers) {
        String bucket = "world-" + WORLDS.incrementAndGet();
        S3Server r2 = servers.r2().withBucket(bucket);
        S3Server b2 = servers.b2().withBucket(bucket);
        return new World(servers, r2, b2, () -> {
            r2.close();
            b2.close();
            servers.postgres().clear();
        });
    }

    /** Settings that hold the key with which the service checks manifests. */
    public DrSettings encryption() {
        return new Binder(new MapConfigurationPropertySource(Map.of("dr.encryption.manifest-key", MANIFEST_KEY)))
                .bindOrCreate("dr", DrSettings.class);
    }

    public Path directory() {
        return directory;
    }

    /** A service for this world that protects the shop. */
    public ServiceProcess service(String name) {
        return service(name, application("shop", "kubernetes", shop.healthUrl(), 30), "");
    }

    /** A service for this world, which ends with it; {@code more} is YAML that goes on top. */
    public ServiceProcess service(String name, String applications, String more) {
        Path home = directory.resolve(name);
        String settings = """
                dr:
                  work-directory: %1$s/data/work
                  admin-password: %2$s
                  encryption: {passphrase: %3$s, manifest-key: %16$s, fernet-keys: [%15$s]}
                  download: {stall-timeout: 2s, connect-timeout: 2s, minimum-rate: 20KB}
                  rollout: {interval: 100}
                  drill: {schedule: "-", prove-within: 0}
                  backup: {schedule: "-"}
                  audit: {schedule: "0 0 0 1 1 ? 2099", repair-delay: 1h}
                  retention: {schedule: "0 0 0 1 1 ? 2099"}
                  stores:
                    r2: {endpoint: "%4$s", bucket: %5$s, prefix: dr, access-key: %6$s, secret-key: %7$s}
                    b2: {endpoint: "%8$s", bucket: %9$s, prefix: dr, access-key: %10$s, secret-key: %11$s}
                    local: {directory: %12$s}
                  applications:
                %13$s
                spring.datasource.url: jdbc:h2:file:%1$s/data/journal;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;WRITE_DELAY=0;LOCK_TIMEOUT=20000;DB_CLOSE_ON_EXIT=FALSE
                ---
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
                        applications.indent(4),
                        more,
                        FERNET_KEY,
                        MANIFEST_KEY);
        ServiceProcess service = new ServiceProcess(home, settings);
        services.add(service);
        return service.with(
                "KUBECONFIG", kubernetes.kubeconfig(home.resolve("kubeconfig")).toString());
    }

    /** The settings of an application whose database is the shop's. */
    public String application(String name, String restart, String healthUrl, int attempts) {
        return application(name, restart, healthUrl, attempts, postgres.username(), postgres.password());
    }

    /** The same with the role of the operating guide, which is no superuser; the shop goes to an owner who is none either. */
    public String applicationWithLeastRole(String name, String restart, String healthUrl, int attempts) {
        postgres.giveTo("shop_owner", DATABASE);
        String password = postgres.leastRole("dr_runbook", "shop_owner");
        return application(name, restart, healthUrl, attempts, "dr_runbook", password);
    }

    private String application(
            String name, String restart, String healthUrl, int attempts, String username, String password) {
        return """
                %s:
                  database: {host: 127.0.0.1, port: %d, name: %s, username: %s, password: %s}
                  restart: {method: %s, namespace: %s, deployments: [shop], timeout: 6s}
                  health: {url: "%s", attempts: %d, interval: 200ms, timeout: 2s}
                """.formatted(
                        name,
                        postgres.port(),
                        DATABASE,
                        username,
                        password,
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
        kubernetes.permitting(true);
        r2.clear();
        b2.clear();
        for (Path file : localFiles()) {
            FileUtils.deleteQuietly(file.toFile());
        }
        postgres.databases().stream().filter(name -> !name.equals(DATABASE)).forEach(postgres::drop);
    }

    /** The shop's database anew: what real schemas have, and always the same for the same number of orders. */
    public void createShop(int orders) {
        postgres.drop(DATABASE);
        postgres.createFrom("shop_with_" + orders + "_orders", DATABASE, shop(orders));
    }

    private static List<String> shop(int orders) {
        return List.of(
                "CREATE SCHEMA accounting",
                "CREATE TABLE customers (id serial PRIMARY KEY, name text NOT NULL, profile jsonb, photo bytea)",
                "CREATE TABLE orders (id bigserial PRIMARY KEY, customer int NOT NULL REFERENCES customers,"
                        + " placed timestamptz NOT NULL, note text)",
                "CREATE TABLE order_lines (order_id bigint REFERENCES orders, line int, article text, price"
                        + " numeric(10,2), PRIMARY KEY (order_id, line))",
                "CREATE TABLE accounting.bookings (id uuid PRIMARY KEY, amount numeric, booked date)",
                "CREATE INDEX orders_placed ON orders (placed)",
                "CREATE VIEW big_orders AS SELECT order_id, sum(price) AS total FROM order_lines GROUP BY 1"
                        + " HAVING sum(price) > 100",
                "CREATE FUNCTION total(bigint) RETURNS numeric LANGUAGE sql AS"
                        + " $$ SELECT sum(price) FROM order_lines WHERE order_id = $1 $$",
                "INSERT INTO customers (name, profile, photo) SELECT 'customer ' || i || ' é \\ \"quoted\"',"
                        + " jsonb_build_object('n', i), decode(md5(i::text), 'hex') FROM generate_series(1, 200) i",
                "INSERT INTO orders (customer, placed, note) SELECT 1 + i % 200, timestamptz '2026-01-01 00:00Z' + i *"
                        + " interval '1 minute', CASE WHEN i % 7 = 0 THEN NULL ELSE md5(i::text) || E'\\n' ||"
                        + " md5((i * 31)::text) END FROM generate_series(1, " + orders + ") i",
                "INSERT INTO order_lines SELECT o, l, md5((o * l)::text), (o * 37 + l) % 9000 / 100.0 FROM"
                        + " generate_series(1, " + orders + ") o, generate_series(1, 3) l",
                "INSERT INTO accounting.bookings SELECT md5(i::text)::uuid, i * 1.5, date '2026-01-01' + i % 300"
                        + " FROM generate_series(1, 500) i");
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
        services.forEach(ServiceProcess::close);
        shop.close();
        r2Proxy.close();
        b2Proxy.close();
        kubernetes.close();
        end.run();
        FileUtils.deleteQuietly(directory.toFile());
    }
}
