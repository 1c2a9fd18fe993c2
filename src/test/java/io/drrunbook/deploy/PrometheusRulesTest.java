package io.drrunbook.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Alert rules and dashboard: as Prometheus understands them, and about metrics that the service has. */
@InWorld
@Tag("deploy")
class PrometheusRulesTest {

    private static final Path RULES = Path.of("deploy/prometheus/rules.yml");
    private static final Path DASHBOARD = Path.of("deploy/grafana/dr-runbook.json");

    /** Made by Prometheus for every target. */
    private static final String UP = "up";

    private static final Set<String> WORDS = Set.of(
            "absent",
            "and",
            "by",
            "group_left",
            "increase",
            "instance",
            "job",
            "label_values",
            "max",
            "max_over_time",
            "offset",
            "on",
            "or",
            "rate",
            "sum",
            "sum_over_time",
            "time",
            "unless");

    private static final Pattern NAME = Pattern.compile("(?<![\\w$.])[a-z][a-z0-9_]*(?!\\w)");

    @TempDir
    private Path directory;

    @Test
    void promtoolAcceptsTheRulesAndTheConfiguration() {
        Shell.run(List.of("promtool", "check", "rules", "--lint=all", "--lint-fatal", RULES.toString()));
        Shell.run(List.of("promtool", "check", "config", "--syntax-only", "deploy/prometheus/prometheus.yml"));
    }

    @Test
    void eachRuleFiresWhenItShouldAndNotBefore() throws IOException {
        Shell.run(List.of("promtool", "test", "rules", "deploy/prometheus/rules-test.yml"));
        String tests = Files.readString(Path.of("deploy/prometheus/rules-test.yml"));
        for (JsonNode rule : rules()) {
            assertThat(tests).contains("alertname: " + rule.get("alert").asText() + "\n        exp_alerts:");
        }
    }

    @Test
    void everyRuleSaysHowBadItIsAndWhatToDo() {
        for (JsonNode rule : rules()) {
            assertThat(rule.at("/labels/severity").asText()).isIn("warning", "critical");
            assertThat(rule.at("/annotations/summary").asText()).isNotBlank();
            assertThat(rule.at("/annotations/description").asText()).hasSizeGreaterThan(20);
        }
    }

    @Test
    void promtoolAcceptsEveryQueryOfTheDashboard() throws IOException {
        List<String> queries = queries();
        String group = queries.stream()
                .map(query -> "      - record: query:number" + queries.indexOf(query) + "\n        expr: "
                        + new ObjectMapper().valueToTree(query.replace("$__rate_interval", "5m")))
                .collect(Collectors.joining("\n"));
        Path file = Files.writeString(
                directory.resolve("queries.yml"), "groups:\n  - name: dashboard\n    rules:\n" + group + "\n");

        assertThat(queries).hasSizeGreaterThan(15);
        Shell.run(List.of("promtool", "check", "rules", file.toString()));
    }

    @Test
    void everyPanelHasAPlaceOfItsOwnATitleAndADescription() throws IOException {
        Set<String> places = new TreeSet<>();
        Set<Integer> ids = new TreeSet<>();
        for (JsonNode panel : dashboard().get("panels")) {
            assertThat(panel.get("title").asText()).isNotBlank();
            assertThat(ids.add(panel.get("id").asInt()))
                    .as("id of " + panel.get("title"))
                    .isTrue();
            JsonNode place = panel.get("gridPos");
            for (int x = place.get("x").asInt();
                    x < place.get("x").asInt() + place.get("w").asInt();
                    x++) {
                for (int y = place.get("y").asInt();
                        y < place.get("y").asInt() + place.get("h").asInt();
                        y++) {
                    assertThat(places.add(x + "/" + y))
                            .as(panel.get("title") + " overlaps")
                            .isTrue();
                    assertThat(x).isLessThan(24);
                }
            }
            if (!panel.get("type").asText().equals("row")) {
                assertThat(panel.get("description").asText()).isNotBlank();
                assertThat(panel.at("/datasource/uid").asText()).isEqualTo("${datasource}");
            }
        }
    }

    @Test
    void everyMetricOfRulesAndDashboardIsOneThatTheServiceHas(PostgresCluster postgres) throws IOException {
        Set<String> exposed = namesOfAServiceThatHasDoneADrill(postgres);
        exposed.add(UP);
        Set<String> used = new TreeSet<>();
        rules().forEach(rule -> used.addAll(metrics(rule.get("expr").asText())));
        queries().forEach(query -> used.addAll(metrics(query)));

        assertThat(exposed).containsAll(used);
        assertThat(used)
                .contains(
                        "dr_run_duration_seconds_count",
                        "dr_step_duration_seconds_sum",
                        "dr_rto_target_seconds",
                        "dr_rpo_target_seconds",
                        "dr_backup_age_seconds",
                        "dr_store_up",
                        "dr_store_failovers_total",
                        "dr_download_bytes_total",
                        "dr_last_drill_success_timestamp_seconds",
                        "dr_run_active");
    }

    /** Counters and timers are there when something has happened: a backup, a failover from R2, a drill. */
    private Set<String> namesOfAServiceThatHasDoneADrill(PostgresCluster postgres) throws IOException {
        Path store = Files.createDirectories(directory.resolve("store"));
        try (ServiceProcess service = new ServiceProcess(directory.resolve("service"), """
                        dr:
                          work-directory: %1$s/service/data/work
                          admin-password: %2$s
                          encryption: {passphrase: a passphrase}
                          stores:
                            r2: {endpoint: "http://127.0.0.1:1", bucket: away, access-key: a, secret-key: b}
                            local: {directory: %3$s}
                          applications:
                            shop:
                              database: {host: %4$s, port: %5$d, name: shop, username: %6$s, password: "%7$s"}
                              restart: {method: manual}
                              health: {url: "http://127.0.0.1:1/"}
                        spring.datasource.url: jdbc:h2:file:%1$s/service/data/journal;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE
                        """.formatted(
                        directory,
                        ServiceProcess.PASSWORD,
                        store,
                        postgres.host(),
                        postgres.port(),
                        postgres.username(),
                        postgres.password()))) {
            postgres.execute("postgres", "CREATE DATABASE shop");
            postgres.execute("shop", "CREATE TABLE orders AS SELECT generate_series(1, 100) AS id");
            service.start();
            assertThat(service.takeBackup("shop").status()).isEqualTo(201);
            JsonNode drill = service.await(service.start("drill", "shop", null));
            assertThat(drill.get("status").asText()).as(drill.toString()).isEqualTo("succeeded");
            String metrics = service.get("/actuator/prometheus").body();
            assertThat(metrics).contains("dr_store_failovers_total{from=\"r2\",to=\"local\"} 1.0");
            return metrics.lines()
                    .filter(line -> !line.startsWith("#"))
                    .map(line -> line.replaceFirst("[{ ].*", ""))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** The metrics that an expression is about: what is left of it without labels, ranges and PromQL's own words. */
    private static Set<String> metrics(String expression) {
        String bare = expression
                .replaceAll("\"[^\"]*\"", "")
                .replaceAll("\\{[^}]*}", "")
                .replaceAll("\\[[^]]*]", "")
                .replaceAll("\\b(by|on|group_left)\\s*\\([^)]*\\)", "")
                .replaceAll("\\boffset\\s+\\w+", "");
        Set<String> names = new TreeSet<>();
        var matcher = NAME.matcher(bare);
        while (matcher.find()) {
            if (!WORDS.contains(matcher.group())) {
                names.add(matcher.group());
            }
        }
        return names;
    }

    private static List<JsonNode> rules() {
        return Manifests.elements(Manifests.documents(RULES).get(0).at("/groups/0/rules"))
                .toList();
    }

    private static List<String> queries() throws IOException {
        List<String> queries = new ArrayList<>();
        for (JsonNode panel : dashboard().get("panels")) {
            panel.path("targets")
                    .forEach(target -> queries.add(target.get("expr").asText()));
        }
        return queries;
    }

    private static JsonNode dashboard() throws IOException {
        return new ObjectMapper().readTree(DASHBOARD.toFile());
    }
}
