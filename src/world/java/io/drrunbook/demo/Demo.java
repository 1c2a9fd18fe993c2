package io.drrunbook.demo;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.fasterxml.jackson.databind.JsonNode;
import io.drrunbook.client.DrClient;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.ServiceProcess.Answer;
import io.drrunbook.world.World;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.LogManager;
import org.awaitility.Awaitility;
import org.slf4j.LoggerFactory;

/**
 * Destroys a shop's database and brings it back, on real parts on loopback: a PostgreSQL server, two S3 servers, a local
 * store, the shop and the service, each a process of its own. Only the Kubernetes API is played by this program; a
 * rollout there restarts the shop's real process.
 *
 * <p>Exits with 0 only if all content is back and the shop's health page is green. {@code --keep} leaves everything
 * running until it is stopped.
 */
public final class Demo {

    private static final int ORDERS = 20_000;
    private static final Duration HEALTH_LIMIT = Duration.ofSeconds(10);
    private static final String ROWS =
            "SELECT sum((xpath('/row/c/text()', query_to_xml(format('SELECT count(*) AS c FROM"
                    + " %I.%I', schemaname, tablename), false, true, '')))[1]::text::bigint) FROM pg_tables WHERE schemaname NOT"
                    + " IN ('pg_catalog', 'information_schema')";

    private final World world;
    private final ServiceProcess service;

    private Demo(World world, ServiceProcess service) {
        this.world = world;
        this.service = service;
    }

    public static void main(String[] arguments) throws InterruptedException {
        List<String> options = List.of(arguments);
        if (!options.isEmpty() && !options.equals(List.of("--keep"))) {
            System.err.println("usage: ./dr demo [--keep]");
            System.exit(2);
        }
        quieten();
        Stage stage = new Stage();
        Runtime.getRuntime().addShutdownHook(new Thread(stage::close));
        System.exit(play(stage, !options.isEmpty()) ? 0 : 1);
    }

    private static boolean play(Stage stage, boolean keep) throws InterruptedException {
        try {
            headline("The world: PostgreSQL with a shop, two S3 servers, a local store, the service");
            World world = stage.add(() -> World.start(ORDERS));
            ServiceProcess service = stage.add(() -> world.service(
                    "service", world.applicationWithLeastRole("shop", "kubernetes", world.shop.healthUrl(), 30), ""));
            service.start();
            Demo demo = new Demo(world, service);
            boolean back = demo.recover();
            if (keep) {
                demo.stay();
            }
            return back;
        } catch (RuntimeException e) {
            if (!stage.closing()) {
                System.err.println("the demo cannot go on: " + e.getMessage());
            }
            return false;
        }
    }

    private boolean recover() {
        say("the shop answers %s at %s", health(), world.shop.healthUrl());
        headline("A backup: pg_dump, gzip and OpenPGP, into all three stores");
        Instant taken = takeBackup();
        PostgresCluster.Content before = world.postgres.content(World.DATABASE);
        String rows = rows();

        headline("The disaster: the database is dropped, and R2 does not answer any more");
        world.postgres.drop(World.DATABASE);
        world.r2.stop();
        world.r2Proxy.refuse();
        say("the shop answers %s", health());

        headline("The recovery: ./dr recover --application shop --reason demo --yes");
        long oldProcess = world.shop.pid();
        int exitCode = DrClient.run(client(), "recover", "--application", "shop", "--reason", "demo", "--yes");

        headline("The proof");
        boolean succeeded = check("the recovery succeeded", exitCode == 0);
        boolean same = check(
                rows + " rows compared by content, with sequences and schema: " + (succeeded ? rows() : "0")
                        + " are back",
                succeeded && world.postgres.content(World.DATABASE).equals(before));
        boolean restarted = check(
                "the shop was restarted: process " + oldProcess + " is now " + world.shop.pid(),
                oldProcess != world.shop.pid());
        boolean green = check("the shop answers " + health(), world.shop.health() == 200);
        say("the backup was taken at %s", taken);
        return succeeded && same && restarted && green;
    }

    private Instant takeBackup() {
        Answer answer = service.takeBackup("shop");
        if (answer.status() != 201) {
            throw new IllegalStateException("no backup could be taken: " + answer);
        }
        JsonNode backup = answer.json();
        say(
                "%s, %d bytes, in %s",
                backup.path("filename").asText(), backup.path("size_bytes").asLong(), backup.path("stores"));
        return Instant.parse(backup.path("created_at").asText());
    }

    private String rows() {
        return world.postgres.value(World.DATABASE, ROWS);
    }

    /** Stays until the process is told to end. */
    private void stay() throws InterruptedException {
        headline("Everything stays as it is; Ctrl-C stops and removes it");
        say("service   %s  (console: %s/actuator/hawtio)", service.url(), service.url());
        say("user      admin");
        say("password  %s", ServiceProcess.PASSWORD);
        say("shop      %s", world.shop.healthUrl());
        say("stop      Ctrl-C, or: kill %d", ProcessHandle.current().pid());
        Thread.currentThread().join();
    }

    private Map<String, String> client() {
        Map<String, String> environment = new TreeMap<>(System.getenv());
        environment.remove("DR_TOKEN");
        environment.put("DR_URL", service.url());
        environment.put("DR_USER", "admin");
        environment.put("DR_PASSWORD", ServiceProcess.PASSWORD);
        return environment;
    }

    /** The health page's status once it has one: the shop may be busy finding out that its database is gone. */
    private String health() {
        int status = Awaitility.await().atMost(HEALTH_LIMIT).until(world.shop::health, answer -> answer != 0);
        return status + (status == 200 ? " (green)" : " (red)");
    }

    private static boolean check(String what, boolean holds) {
        say("%s  %s", holds ? "ok    " : "FAILED", what);
        return holds;
    }

    private static void headline(String text) {
        System.out.println();
        System.out.println("== " + text);
    }

    private static void say(String text, Object... values) {
        System.out.println(text.formatted(values));
    }

    /** The parts' own logs would drown what is to be seen. */
    private static void quieten() {
        LogManager.getLogManager().reset();
        if (LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME) instanceof Logger root) {
            root.setLevel(Level.OFF);
        }
    }
}
