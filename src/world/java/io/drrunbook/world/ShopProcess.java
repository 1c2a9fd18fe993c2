package io.drrunbook.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.postgresql.Driver;

/** The shop as a process that can be restarted. */
public final class ShopProcess implements AutoCloseable {

    private final PostgresCluster cluster;
    private final String database;
    private final int port = Ports.free();
    private final HttpClient http = HttpClient.newHttpClient();
    private Process process;

    private ShopProcess(PostgresCluster cluster, String database) {
        this.cluster = cluster;
        this.database = database;
    }

    public static ShopProcess start(PostgresCluster cluster, String database) {
        ShopProcess shop = new ShopProcess(cluster, database);
        shop.start();
        return shop;
    }

    public String healthUrl() {
        return "http://127.0.0.1:" + port + "/health";
    }

    /** The health page's status, 0 when nobody answers. */
    public int health() {
        try {
            return http.send(
                            HttpRequest.newBuilder(URI.create(healthUrl()))
                                    .timeout(Duration.ofSeconds(5))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .statusCode();
        } catch (IOException e) {
            return 0;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public long pid() {
        return process.pid();
    }

    public void restart() {
        close();
        start();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        process.onExit().join();
    }

    /** Where a class comes from: the whole class path would take a second to open. */
    private static String place(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private void start() {
        try {
            ProcessBuilder builder = new ProcessBuilder(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx64m",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    place(ShopApplication.class) + ":" + place(Driver.class),
                    ShopApplication.class.getName(),
                    Integer.toString(port),
                    "jdbc:postgresql://127.0.0.1:" + cluster.port() + "/" + database + "?loginTimeout=3",
                    cluster.username());
            builder.environment().put("SHOP_PASSWORD", cluster.password());
            process = builder.redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> health() != 0);
    }
}
