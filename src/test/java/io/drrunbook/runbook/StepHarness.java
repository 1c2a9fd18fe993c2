package io.drrunbook.runbook;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.platform.Surroundings;
import io.drrunbook.postgres.PreviousDatabases;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.run.Mode;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.world.PostgresCluster;
import io.drrunbook.world.RecordedRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.model.Model;
import org.apache.camel.model.RouteConfigurationDefinition;
import org.apache.camel.spi.Resource;
import org.apache.camel.spring.boot.CamelAutoConfiguration;
import org.apache.camel.support.PluginHelper;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.autoconfigure.ImportAutoConfiguration;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Import;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Single routes of the runbook: the files as they are, with {@code application.yml} and the real beans behind them, but
 * without a journal, a queue and a server. What a test begins ends what the one before it has begun.
 */
final class StepHarness {

    private static final String SETTINGS = "drSettings";

    private final DefaultListableBeanFactory beans;
    private final ConfigurableEnvironment environment;
    private final CamelContext camel;
    private final Set<String> begun = new HashSet<>();
    private RecordingStepGate gate = new RecordingStepGate();
    private RecordedRun run = newRun();

    private StepHarness(
            ConfigurableListableBeanFactory beans, ConfigurableEnvironment environment, CamelContext camel) {
        this.beans = (DefaultListableBeanFactory) beans;
        this.environment = environment;
        this.camel = camel;
    }

    /** Settings of the application {@code shop}, by their full names. */
    static Map<String, Object> shop(Map<String, ?> settings) {
        return settings.entrySet().stream()
                .collect(Collectors.toMap(each -> "dr.applications.shop." + each.getKey(), Map.Entry::getValue));
    }

    /** The database {@code shop} on that server, with these settings beside. */
    static Map<String, Object> shopOn(PostgresCluster cluster, Map<String, ?> more) {
        Map<String, Object> settings = new HashMap<>(shop(Map.of(
                "database.host", cluster.host(),
                "database.port", cluster.port(),
                "database.name", "shop",
                "database.username", cluster.username(),
                "database.password", cluster.password())));
        settings.put("dr.restore.jobs", 2);
        settings.putAll(more);
        return settings;
    }

    /** A machine that has nothing of a platform. */
    static Surroundings nothingAround() {
        return new Surroundings(Map.of(), Path.of("/nonexistent"));
    }

    /** With {@link #nothingAround} and nothing else that stands in. */
    void begin(Map<String, ?> settings, String... routes) throws Exception {
        begin(settings, Map.of(), routes);
    }

    /**
     * The routes are loaded anew, and with them the beans behind them, as in a service that was restarted with these
     * settings.
     *
     * @param settings by their full names; all others are those of {@code application.yml}
     * @param standIns what stands at the place of the bean of that name
     * @param routes files below {@code routes}
     */
    void begin(Map<String, ?> settings, Map<String, ?> standIns, String... routes) throws Exception {
        end();
        gate = new RecordingStepGate();
        run = newRun();
        Map<String, Object> given = new HashMap<>(Map.of(
                SETTINGS,
                bind(settings),
                "stepGate",
                gate,
                "surroundings",
                nothingAround(),
                "downloadBackup",
                new NoStores(),
                "takeBackup",
                new NoStores()));
        given.putAll(standIns);
        given.forEach((name, bean) -> {
            beans.destroySingleton(name);
            beans.registerSingleton(name, bean);
        });
        begun.addAll(given.keySet());
        List<Resource> files = new ArrayList<>(List.of(file("failures.camel.yaml")));
        for (String route : routes) {
            files.add(file(route));
        }
        PluginHelper.getRoutesLoader(camel).loadRoutes(files);
    }

    /** No bean of ours is kept, since it would have the settings of another test. */
    private void end() throws Exception {
        camel.getRouteController().stopAllRoutes();
        camel.getRouteController().removeAllRoutes();
        Model model = camel.getCamelContextExtension().getContextPlugin(Model.class);
        for (RouteConfigurationDefinition each : List.copyOf(model.getRouteConfigurationDefinitions())) {
            model.removeRouteConfiguration(each);
        }
        camel.getEndpointRegistry().clear();
        List.copyOf(camel.getComponentNames()).forEach(camel::removeComponent);
        for (String name : beans.getSingletonNames()) {
            if (begun.contains(name) || isOurs(beans.getSingleton(name))) {
                beans.destroySingleton(name);
            }
        }
        // The service's own client is made by one of ours, but is none.
        beans.destroySingleton("kubernetesClient");
        begun.clear();
    }

    private boolean isOurs(@Nullable Object bean) {
        return bean != null && bean != this && bean.getClass().getName().startsWith("io.drrunbook.");
    }

    private DrSettings bind(Map<String, ?> settings) {
        List<ConfigurationPropertySource> sources =
                new ArrayList<>(List.of(new MapConfigurationPropertySource(settings)));
        ConfigurationPropertySources.get(environment).forEach(sources::add);
        return new Binder(sources, new PropertySourcesPlaceholdersResolver(environment))
                .bindOrCreate("dr", DrSettings.class);
    }

    private Resource file(String route) {
        return PluginHelper.getResourceLoader(camel).resolveResource("file:routes/" + route);
    }

    private static RecordedRun newRun() {
        return new RecordedRun(Mode.RECOVERY, "shop", Path.of("target"));
    }

    CamelContext camel() {
        return camel;
    }

    /** A bean behind the routes. */
    <T> T bean(Class<T> type) {
        return beans.getBean(type);
    }

    /** What the gate has seen since the beginning, in order. */
    List<String> passed() {
        return gate.passed();
    }

    /** The recovery of {@code shop} that is sent when a test names no other. */
    RecordedRun run() {
        return run;
    }

    /** Sends the run into a route, as the runbook does. */
    Exchange send(String route) {
        return send(route, run, Map.of());
    }

    private Exchange send(String route, RecordedRun sent, Map<String, ?> properties) {
        ProducerTemplate template = camel.createProducerTemplate();
        try {
            return template.send(route, exchange -> {
                properties.forEach(exchange::setProperty);
                exchange.setProperty(ActiveRun.PROPERTY, sent);
                exchange.getMessage().setHeader("X-Left-By-An-Earlier-Step", "secret");
            });
        } finally {
            template.stop();
        }
    }

    /** Sends that run, and throws what the route throws. */
    void complete(String route, RecordedRun sent) throws Exception {
        complete(route, sent, Map.of());
    }

    /** Sends that run into the middle of a step, with what earlier routes of the step have left. */
    void complete(String route, RecordedRun sent, Map<String, ?> properties) throws Exception {
        Exchange exchange = send(route, sent, properties);
        if (exchange.getException() != null) {
            throw exchange.getException();
        }
    }

    /** What the route ended with, as the queue of runs finds it. */
    RunbookException failure(String route) {
        for (Throwable cause = send(route).getException(); cause != null; cause = cause.getCause()) {
            if (cause instanceof RunbookException known) {
                return known;
            }
        }
        throw new AssertionError(route + " did not fail with a code; passed " + passed() + ", log " + run.logged());
    }

    /**
     * What Spring makes; the beans behind the routes by name, since their neighbours need the journal and the stores. No
     * {@code @Configuration}: the service, started in a test's own JVM, would find it.
     */
    @ImportAutoConfiguration(CamelAutoConfiguration.class)
    @ComponentScan({"io.drrunbook.tool", "io.drrunbook.platform"})
    @Import({
        FailureLog.class,
        RestoreDatabase.class,
        RestoreInPasses.class,
        ProveDatabase.class,
        RollBack.class,
        PreviousDatabases.class,
        RestartApplication.class,
        VerifyHealth.class,
        RerouteTraffic.class
    })
    static class Beans {

        @Bean
        StepHarness stepHarness(
                ConfigurableListableBeanFactory beans, ConfigurableEnvironment environment, CamelContext camel) {
            return new StepHarness(beans, environment, camel);
        }

        /** Until a test begins with others. */
        @Bean
        DrSettings drSettings(ConfigurableEnvironment environment) {
            return Binder.get(environment).bindOrCreate("dr", DrSettings.class);
        }
    }

    /** Stands at the place of what notes that a store has failed: without stores none does. */
    static final class NoStores {

        public void failed() {
            throw new IllegalStateException("there is no store in this test");
        }

        public void refused() {
            throw new IllegalStateException("there is no store in this test");
        }
    }
}
