package io.drrunbook.bench;

import com.fasterxml.jackson.databind.JsonNode;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.Shell;
import io.drrunbook.world.World;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.logging.LogManager;

/**
 * {@code ./dr bench [ROUNDS]}: makes a database of about 1 GB and prints, side by side, {@code pg_dump | gzip -9 | gpg} into
 * one local file and a backup into three stores, bare {@code pg_restore -j 4} of a local plain archive,
 * {@code gpg -d | gunzip}, and the whole recovery with its steps; the median of the rounds.
 */
public final class Bench {

    private static final int TABLES = 8;
    private static final int ROWS = 450_000;

    private Bench() {}

    public static void main(String[] arguments) throws Exception {
        // The stand-in for Kubernetes logs every request.
        LogManager.getLogManager().reset();
        int rounds = arguments.length == 0 ? 3 : Integer.parseInt(arguments[0]);
        try (World world = World.start(100);
                ServiceProcess service = world.service("bench")
                        .withJvm("-Xmx256m", "-XX:+UseSerialGC")
                        .start()) {
            fill(world.postgres);
            say("database: " + world.postgres.value("postgres", "SELECT pg_size_pretty(pg_database_size('shop'))"));
            Path plain = world.directory().resolve("plain.dump");
            world.postgres.dumpCustom("shop", plain, "--compress=0");
            Map<String, List<Double>> figures = new LinkedHashMap<>();
            for (int round = 1; round <= rounds; round++) {
                say("round " + round + " of " + rounds);
                measure(world, service, plain, figures);
            }
            print(figures, service);
        }
    }

    private static void fill(PostgresCluster postgres) {
        for (int table = 1; table <= TABLES; table++) {
            postgres.execute(
                    World.DATABASE,
                    "CREATE TABLE measured_" + table
                            + " AS SELECT i AS id, i % 1000 AS customer, now() + i * interval '1"
                            + " second' AS at, md5(i::text) AS hash, 'order no. ' || i || ' of customer ' || i % 1000 ||"
                            + " ', ' || repeat(md5((i / 7)::text) || ' ', 4) AS note FROM generate_series(1, " + ROWS
                            + ") i",
                    "ALTER TABLE measured_" + table + " ADD PRIMARY KEY (id)",
                    "CREATE INDEX ON measured_" + table + " (customer, at)");
        }
    }

    private static void measure(World world, ServiceProcess service, Path plain, Map<String, List<Double>> figures)
            throws Exception {
        backUp(world, service, figures);
        world.postgres.drop("bare");
        world.postgres.execute("postgres", "CREATE DATABASE bare TEMPLATE template0");
        Instant bare = Instant.now();
        Shell.sh("PGPASSWORD='" + world.postgres.password() + "' pg_restore -j 4 --exit-on-error -h 127.0.0.1 -p "
                + world.postgres.port() + " -U postgres -d bare '" + plain + "'");
        add(figures, "bare pg_restore -j 4", bare);
        world.postgres.drop("bare");

        Path sealed = world.localFiles().stream()
                .filter(file -> file.toString().endsWith(".dump.gz.gpg"))
                .findFirst()
                .orElseThrow();
        Path home = Files.createDirectories(world.directory().resolve("gnupg"));
        Instant tools = Instant.now();
        Shell.sh("chmod 700 '" + home + "'; export GNUPGHOME='" + home
                + "'; gpg --batch --quiet --pinentry-mode loopback --passphrase '" + World.PASSPHRASE + "' -d '"
                + sealed
                + "' | gunzip > '" + home.resolve("out") + "'");
        add(figures, "gpg -d | gunzip", tools);
        Files.delete(home.resolve("out"));

        JsonNode run = service.await(service.recover("shop"), Duration.ofMinutes(15));
        if (!run.get("status").asText().equals("succeeded")) {
            throw new IllegalStateException(run.toPrettyString());
        }
        add(figures, "whole recovery", run.get("duration_seconds").asDouble());
        for (JsonNode step : run.get("steps")) {
            add(
                    figures,
                    "  step " + step.get("step").asInt() + " "
                            + step.get("name").asText(),
                    step.get("duration_seconds").asDouble());
        }
        world.postgres.drop(run.get("previous_database").asText());
    }

    /** All stores are on this machine too, so their work is in the backup's time. */
    private static void backUp(World world, ServiceProcess service, Map<String, List<Double>> figures)
            throws Exception {
        world.reset();
        Path home = Files.createDirectories(world.directory().resolve("gnupg"));
        Instant tools = Instant.now();
        Shell.sh("chmod 700 '" + home + "'; export GNUPGHOME='" + home + "'; export PGPASSWORD='"
                + world.postgres.password() + "'; pg_dump -Fc -Z0 -h 127.0.0.1 -p " + world.postgres.port()
                + " -U postgres " + World.DATABASE
                + " | gzip -9 | gpg --batch --quiet --pinentry-mode loopback --passphrase '"
                + World.PASSPHRASE + "' --symmetric --cipher-algo AES256 --compress-algo none -o '"
                + home.resolve("sealed") + "'");
        add(figures, "pg_dump | gzip -9 | gpg", tools);
        long bare = Files.size(home.resolve("sealed"));
        Files.delete(home.resolve("sealed"));

        double cpu = cpuSeconds(service);
        Instant start = Instant.now();
        ServiceProcess.Answer backup = service.takeBackup("shop");
        add(figures, "backup into three stores", start);
        add(figures, "  CPU of the service", cpuSeconds(service) - cpu);
        if (backup.status() != 201 || backup.json().get("stores").size() != 3) {
            throw new IllegalStateException(backup.body());
        }
        say("sealed: " + backup.json().get("size_bytes").asLong() / 1024 / 1024 + " MiB, by the tools "
                + bare / 1024 / 1024 + " MiB");
    }

    private static void print(Map<String, List<Double>> figures, ServiceProcess service) {
        say("");
        figures.forEach(
                (name, values) -> say(String.format(Locale.ROOT, "%-30s %8.1f s   %s", name, median(values), values)));
        double bare = median(figures.get("bare pg_restore -j 4"));
        double opened = median(figures.get("  step 3 Decrypt and decompress"));
        say(String.format(
                Locale.ROOT,
                "whole recovery / bare pg_restore: %.2f (goal: at most 1.35)",
                median(figures.get("whole recovery")) / bare));
        say(String.format(
                Locale.ROOT,
                "step 3 / gpg -d | gunzip: %.2f (goal: at most 0.70)",
                opened / median(figures.get("gpg -d | gunzip"))));
        say(String.format(
                Locale.ROOT,
                "backup / pg_dump | gzip -9 | gpg: %.2f (goal: at most 0.70)",
                median(figures.get("backup into three stores")) / median(figures.get("pg_dump | gzip -9 | gpg"))));
        say("peak resident memory of the service (-Xmx256m): " + service.peakMemory() / 1024 + " MiB");
    }

    private static void add(Map<String, List<Double>> figures, String name, Instant start) {
        add(figures, name, Double.parseDouble(seconds(start)));
    }

    private static void add(Map<String, List<Double>> figures, String name, double value) {
        figures.computeIfAbsent(name, key -> new ArrayList<>()).add(Math.round(value * 10) / 10.0);
    }

    private static double cpuSeconds(ServiceProcess service) {
        return ProcessHandle.of(service.pid())
                        .flatMap(process -> process.info().totalCpuDuration())
                        .orElseThrow()
                        .toMillis()
                / 1000.0;
    }

    private static double median(List<Double> values) {
        double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static String seconds(Instant start) {
        return String.format(
                Locale.ROOT, "%.1f", Duration.between(start, Instant.now()).toMillis() / 1000.0);
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}
