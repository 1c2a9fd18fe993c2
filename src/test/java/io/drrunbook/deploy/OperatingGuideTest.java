package io.drrunbook.deploy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.drrunbook.world.InWorld;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.ServiceProcess;
import io.drrunbook.world.Shell;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an operator reads at night must be true. */
@InWorld
class OperatingGuideTest {

    private static final Path GUIDE = Path.of("docs/operating.md");
    private static final Path CODE = Path.of("src/main/java/io/drrunbook");

    /** What a run, a backup or a person's request may end with. */
    private static final List<String> PACKAGES =
            List.of("backup", "crypto", "platform", "postgres", "run", "runbook", "tool", "failure");

    private static final Pattern FAILURE = Pattern.compile(
            "(?:RunbookException|RefusedException|Explained|super|conflict)\\(\\s*(?:(?:RefusedException\\.)?Reason\\.\\w+,\\s*)?\"(\\w+)\"");

    @TempDir
    private Path directory;

    @Test
    void everyCodeThatAStepEndsWithIsExplained() throws IOException {
        String guide = Files.readString(GUIDE);
        Set<String> codes = codes();
        assertThat(codes).hasSizeGreaterThan(60).contains("no_store_left", "swap_failed", "run_active", "tool_failed");
        assertThat(codes).allSatisfy(code -> assertThat(guide).contains("`" + code + "`"));
    }

    @Test
    void noCodeIsExplainedThatDoesNotExist() throws IOException {
        String table = Files.readString(GUIDE);
        table = table.substring(table.indexOf("## When a step fails"), table.indexOf("## Rollback"));
        Set<String> explained = new TreeSet<>();
        Matcher matcher = Pattern.compile("(?m)^\\| `(\\w+)`").matcher(table);
        while (matcher.find()) {
            explained.add(matcher.group(1));
        }
        Set<String> existing = codes();
        existing.add("unexpected");
        // What a store did in step 2.
        existing.addAll(
                Set.of("not_found", "unreachable", "refused", "server_error", "stalled", "not_configured", "other"));
        assertThat(explained).isSubsetOf(existing);
    }

    @Test
    void theTableOfContentsLeadsToEverySection() throws IOException {
        String guide = Files.readString(GUIDE);
        Matcher heading = Pattern.compile("(?m)^## (.+)$").matcher(guide);
        while (heading.find()) {
            if (!heading.group(1).equals("Contents")) {
                String anchor = heading.group(1)
                        .toLowerCase()
                        .replaceAll("[^\\w\\- ]", "")
                        .replace(' ', '-');
                assertThat(guide).contains("[" + heading.group(1) + "](#" + anchor + ")");
            }
        }
    }

    @Test
    void everyDocumentThatIsLinkedExists() throws IOException {
        for (String document : List.of("README.md", "docs/operating.md", "docs/threat-model.md")) {
            Path file = Path.of(document);
            Matcher link = Pattern.compile("\\]\\(([^)#:]+)(?:#[^)]*)?\\)").matcher(Files.readString(file));
            while (link.find()) {
                assertThat(file.resolveSibling(link.group(1))).as(document).exists();
            }
        }
    }

    @Test
    void theThreatModelNamesTestsThatExist() throws IOException {
        Set<String> tests;
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            tests = files.map(file -> file.getFileName().toString().replace(".java", ""))
                    .collect(Collectors.toSet());
        }
        Matcher named = Pattern.compile("`(\\w+Test)`").matcher(Files.readString(Path.of("docs/threat-model.md")));
        while (named.find()) {
            assertThat(tests).contains(named.group(1));
        }
    }

    /** The role that the guide makes, which is no superuser, on a server where the application's roles are others. */
    @Test
    void theRoleOfTheGuideMayDoAllThatABackupAndARecoveryNeed(PostgresCluster postgres) throws Exception {
        postgres.execute(
                "postgres",
                "CREATE ROLE shop_owner",
                "CREATE ROLE shop_app LOGIN PASSWORD 'app'",
                "CREATE DATABASE shop OWNER shop_owner CONNECTION LIMIT 50",
                "COMMENT ON DATABASE shop IS 'the shop'",
                "ALTER DATABASE shop SET work_mem = '7MB'",
                "GRANT CONNECT ON DATABASE shop TO shop_app");
        postgres.execute(
                "shop",
                "CREATE SCHEMA sales AUTHORIZATION shop_owner",
                "SET ROLE shop_owner",
                "CREATE TABLE sales.orders (id int PRIMARY KEY)",
                "INSERT INTO sales.orders SELECT generate_series(1, 500)",
                "GRANT USAGE ON SCHEMA sales TO shop_app",
                "GRANT SELECT, INSERT, DELETE ON sales.orders TO shop_app");
        postgres.execute("postgres", sqlOfTheGuide());
        try (ServiceProcess service = service(postgres).start();
                Connection application = DriverManager.getConnection(postgres.jdbcUrl("shop"), "shop_app", "app")) {
            assertThat(service.takeBackup("shop").status()).isEqualTo(201);
            postgres.execute("postgres", "ALTER ROLE dr_runbook NOCREATEDB");
            JsonNode refused = service.await(service.start("drill", "shop", null));
            assertThat(refused.get("code").asText()).as(refused.toString()).isEqualTo("restore_not_possible");
            assertThat(refused.get("error").asText()).contains("role dr_runbook", "CREATEDB");
            postgres.execute("postgres", "ALTER ROLE dr_runbook CREATEDB");
            postgres.execute("shop", "DELETE FROM sales.orders");

            String run = service.recover("shop");
            JsonNode waiting = service.await(run);
            assertThat(waiting.get("status").asText()).as(service.log()).isEqualTo("waiting");

            assertThat(postgres.value("shop", "SELECT count(*) FROM sales.orders"))
                    .isEqualTo("500");
            assertThat(application.isValid(1)).isFalse();
            assertThat(postgres.value(
                            "postgres",
                            "SELECT pg_get_userbyid(datdba) || datconnlimit || shobj_description(oid, 'pg_database')"
                                    + " FROM pg_database WHERE datname = 'shop'"))
                    .isEqualTo("shop_owner50the shop");
            assertThat(postgres.value("shop", "SHOW work_mem")).isEqualTo("7MB");
            service.post("/api/v1/runs/" + run + "/cancel", "");
            assertThat(service.post("/api/v1/runs/" + run + "/rollback", "").status())
                    .isEqualTo(202);
            assertThat(service.await(run).get("status").asText()).isEqualTo("rolled_back");
            assertThat(postgres.value("shop", "SELECT count(*) FROM sales.orders"))
                    .isEqualTo("0");
        }
    }

    /** As the image of PostgreSQL sources it: once, as the superuser that it has made. */
    @Test
    void theComposeExampleHasTheRoleOfTheGuideAndASuperuserThatNobodyOutsideIs(PostgresCluster postgres) {
        for (String role : List.of("dr_runbook", "shop_owner")) {
            postgres.query("postgres", "SELECT rolname FROM pg_roles WHERE rolname = '" + role + "'")
                    .forEach(taken -> postgres.execute(
                            "postgres", "ALTER ROLE " + taken + " RENAME TO " + taken + "_of_another_test"));
        }
        postgres.execute("postgres", "CREATE ROLE made SUPERUSER LOGIN PASSWORD 's3cret'", "CREATE DATABASE compose");

        Shell.output(
                Map.of(
                        "POSTGRES_USER", "made",
                        "POSTGRES_DB", "compose",
                        "POSTGRES_PASSWORD", "s3cret",
                        "PGPASSWORD", "s3cret",
                        "PGHOST", postgres.host(),
                        "PGPORT", String.valueOf(postgres.port())),
                List.of("sh", "deploy/compose/roles.sh"));

        assertThat(postgres.query(
                        "postgres",
                        "SELECT rolname || ' ' || rolsuper || ' ' || rolcreatedb || ' ' || (rolpassword IS NOT NULL)"
                                + " FROM pg_authid WHERE rolname IN ('made', 'dr_runbook', 'shop_owner') ORDER BY 1"))
                .containsExactly("dr_runbook false true true", "made true false false", "shop_owner false false false");
        assertThat(postgres.query(
                        "postgres",
                        "SELECT r.rolname::text FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid"
                                + " WHERE m.member = 'dr_runbook'::regrole ORDER BY 1"))
                .containsExactly("pg_monitor", "pg_read_all_data", "pg_signal_backend", "shop_owner");
        assertThat(postgres.value(
                        "postgres", "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'compose'"))
                .isEqualTo("shop_owner");
        postgres.execute(
                "postgres", "DROP DATABASE compose", "DROP ROLE dr_runbook", "DROP ROLE shop_owner", "DROP ROLE made");
    }

    private ServiceProcess service(PostgresCluster postgres) throws IOException {
        Path store = Files.createDirectories(directory.resolve("store"));
        return new ServiceProcess(directory.resolve("service"), """
                dr:
                  work-directory: %1$s/service/data/work
                  admin-password: %2$s
                  encryption: {passphrase: a passphrase}
                  stores: {local: {directory: %3$s}}
                  applications:
                    shop:
                      database: {host: %4$s, port: %5$d, name: shop, username: dr_runbook, password: secret}
                      restart: {method: manual}
                      health: {url: "http://127.0.0.1:1/"}
                spring.datasource.url: jdbc:h2:file:%1$s/service/data/journal;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE
                """.formatted(
                        directory, ServiceProcess.PASSWORD, store, postgres.host(), postgres.port()));
    }

    /** The statements of the guide's first block of SQL, without what stands behind -- in a line. */
    private static String[] sqlOfTheGuide() throws IOException {
        Matcher block = Pattern.compile("(?s)```sql\n(.*?)```").matcher(Files.readString(GUIDE));
        assertThat(block.find()).isTrue();
        return block.group(1)
                .replace("'...'", "'secret'")
                .replaceAll("--.*", "")
                .strip()
                .split(";\\s*");
    }

    private static Set<String> codes() throws IOException {
        Set<String> codes = new TreeSet<>();
        for (String part : PACKAGES) {
            try (Stream<Path> files = Files.list(CODE.resolve(part))) {
                for (Path file : files.toList()) {
                    Matcher matcher = FAILURE.matcher(Files.readString(file));
                    while (matcher.find()) {
                        codes.add(matcher.group(1));
                    }
                }
            }
        }
        return codes;
    }
}
