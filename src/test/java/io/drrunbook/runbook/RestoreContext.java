package io.drrunbook.runbook;

import io.drrunbook.backup.Manifest;
import io.drrunbook.postgres.PreviousDatabases;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.tool.ToolExecutor;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.RecordedRun;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.camel.Exchange;
import org.apache.camel.builder.RouteConfigurationBuilder;
import org.apache.camel.component.exec.ExecBinding;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** The routes of step 4 and of the rollback in a Camel of their own, against the database {@code shop}. */
final class RestoreContext implements AutoCloseable {

    private final AnnotationConfigApplicationContext beans = new AnnotationConfigApplicationContext();
    private final DefaultCamelContext camel = new DefaultCamelContext();
    private final List<String> gate = new ArrayList<>();

    RestoreContext(PostgresCluster cluster, Map<String, Object> more, String... routes) throws Exception {
        this(cluster, more, new HousekeepingRouteTest.Journal(List.of(), List.of()), routes);
    }

    RestoreContext(PostgresCluster cluster, Map<String, Object> more, ExpiredDatabases expired, String... routes)
            throws Exception {
        DrSettings settings = settings(cluster, more);
        beans.registerBean(DrSettings.class, () -> settings);
        beans.register(
                RestoreDatabase.class,
                RestoreInPasses.class,
                ProveDatabase.class,
                RollBack.class,
                PreviousDatabases.class);
        beans.scan("io.drrunbook.tool");
        beans.refresh();
        camel.getRegistry().bind("restoreDatabase", beans.getBean(RestoreDatabase.class));
        camel.getRegistry().bind("restoreInPasses", beans.getBean(RestoreInPasses.class));
        camel.getRegistry().bind("proveDatabase", beans.getBean(ProveDatabase.class));
        camel.getRegistry().bind("rollBack", beans.getBean(RollBack.class));
        camel.getRegistry().bind("previousDatabases", beans.getBean(PreviousDatabases.class));
        camel.getRegistry().bind("toolExecutor", beans.getBean(ToolExecutor.class));
        camel.getRegistry().bind("toolBinding", beans.getBean("toolBinding", ExecBinding.class));
        camel.getRegistry().bind("expiredDatabases", expired);
        camel.getRegistry().bind("stepGate", new Gate(gate));
        camel.addRoutesConfigurations(new RouteConfigurationBuilder() {
            @Override
            public void configuration() {
                routeConfiguration("step").onException(Exception.class).handled(false);
            }
        });
        camel.getPropertiesComponent().addInitialProperty("dr.housekeeping.schedule", "0 0 4 1 1 ? 2099");
        for (String route : routes) {
            PluginHelper.getRoutesLoader(camel)
                    .loadRoutes(PluginHelper.getResourceLoader(camel).resolveResource("file:routes/" + route));
        }
        camel.start();
    }

    static DrSettings settings(PostgresCluster cluster, Map<String, Object> more) {
        Map<String, Object> values = new HashMap<>(Map.of(
                "dr.applications.shop.database.host",
                cluster.host(),
                "dr.applications.shop.database.port",
                cluster.port(),
                "dr.applications.shop.database.name",
                "shop",
                "dr.applications.shop.database.username",
                cluster.username(),
                "dr.applications.shop.database.password",
                cluster.password(),
                "dr.applications.shop.health.url",
                "http://127.0.0.1/health",
                "dr.stores.local.directory",
                "/nowhere",
                "dr.restore.jobs",
                2));
        values.putAll(more);
        return new Binder(new MapConfigurationPropertySource(values)).bindOrCreate("dr", DrSettings.class);
    }

    DefaultCamelContext camel() {
        return camel;
    }

    RestoreDatabase restoreDatabase() {
        return beans.getBean(RestoreDatabase.class);
    }

    /** What the gate saw, in order. */
    List<String> gate() {
        return gate;
    }

    /** Runs the route with that run, and throws what it throws. */
    void send(String endpoint, RecordedRun run) throws Exception {
        Exchange exchange = camel.createProducerTemplate()
                .request(endpoint, message -> message.setProperty(ActiveRun.PROPERTY, run));
        if (exchange.getException() != null) {
            throw exchange.getException();
        }
    }

    static Manifest manifest(long originalSize, Manifest.TableRows... tables) {
        return new Manifest(
                UUID.randomUUID(),
                "shop",
                Manifest.FULL_DATABASE,
                "backup_full_database_20250101_000000.dump",
                1,
                List.of(),
                originalSize,
                Manifest.Status.COMPLETED,
                Instant.EPOCH,
                null,
                "shop",
                null,
                null,
                null,
                null,
                null,
                List.of(tables),
                null,
                null);
    }

    @Override
    public void close() {
        camel.stop();
        beans.close();
    }

    /** Stands where the journal stands in the service. */
    public record Gate(List<String> calls) {

        public void begin(Exchange exchange, int step) {
            calls.add("begin " + step);
        }

        public void complete(Exchange exchange, int step) {
            calls.add("complete " + step);
        }

        public void requireAdmitted(Exchange exchange) {
            calls.add("admitted");
        }

        public void end(Exchange exchange) {
            calls.add("end");
        }
    }
}
