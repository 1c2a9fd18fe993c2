package io.drrunbook.runbook;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.platform.Surroundings;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.settings.DrSettings;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Path;
import java.util.Map;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.spring.SpringCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;

/** One of the last three steps, with its real route file and the beans behind it, but without a journal and a queue. */
final class StepOnItsOwn implements AutoCloseable {

    private static final String CONFIGURATION = """
            - routeConfiguration:
                id: step
                onException:
                  - onException:
                      exception: [java.lang.Exception]
                      handled:
                        constant: "false"
                      steps:
                        - to: direct:note-step-failure
            - route:
                id: note-step-failure
                from:
                  uri: direct:note-step-failure
                  steps:
                    - log: "${exception.message}"
            """;

    final RecordedRun run = new RecordedRun();
    final RecordingStepGate gate = new RecordingStepGate();
    private final AnnotationConfigApplicationContext spring = new AnnotationConfigApplicationContext();
    private final CamelContext camel;

    /**
     * @param file route file of the step
     * @param application settings of the application {@code shop}, e.g. {@code health.url}
     */
    StepOnItsOwn(
            String file, Map<String, ?> application, Surroundings surroundings, @Nullable KubernetesClient kubernetes)
            throws Exception {
        var properties = new MapConfigurationPropertySource();
        application.forEach((key, value) -> properties.put("dr.applications.shop." + key, value));
        DrSettings settings = new Binder(properties).bindOrCreate("dr", DrSettings.class);
        spring.registerBean(DrSettings.class, () -> settings);
        spring.registerBean("stepGate", RecordingStepGate.class, () -> gate);
        spring.registerBean("surroundings", Surroundings.class, () -> surroundings);
        if (kubernetes != null) {
            spring.registerBean(
                    "kubernetesClient",
                    KubernetesClient.class,
                    () -> kubernetes,
                    bean -> bean.setDestroyMethodName(""));
        }
        spring.scan("io.drrunbook.tool", "io.drrunbook.platform");
        spring.register(RestartApplication.class, VerifyHealth.class, RerouteTraffic.class);
        spring.refresh();
        camel = new SpringCamelContext(spring);
        camel.getPropertiesComponent().addInitialProperty("dr.rollout.interval", "20");
        camel.start();
        PluginHelper.getRoutesLoader(camel).loadRoutes(ResourceHelper.fromString("stand-in.camel.yaml", CONFIGURATION));
        PluginHelper.getRoutesLoader(camel)
                .loadRoutes(PluginHelper.getResourceLoader(camel).resolveResource("file:routes/steps/" + file));
    }

    /** A machine that has nothing of a platform. */
    static Surroundings nothingAround() {
        return new Surroundings(Map.of(), Path.of("/nonexistent"));
    }

    CamelContext camel() {
        return camel;
    }

    /** Sends the run into a route, as the runbook does. */
    Exchange send(String route) {
        return camel.createProducerTemplate().send(route, exchange -> {
            exchange.setProperty(ActiveRun.PROPERTY, run);
            exchange.getMessage().setHeader("X-Left-By-An-Earlier-Step", "secret");
        });
    }

    /** What the route ended with, as the queue of runs finds it. */
    RunbookException failure(String route) {
        for (Throwable cause = send(route).getException(); cause != null; cause = cause.getCause()) {
            if (cause instanceof RunbookException known) {
                return known;
            }
        }
        throw new AssertionError(route + " did not fail with a code; passed " + gate.passed + ", log " + run.log);
    }

    @Override
    public void close() throws Exception {
        camel.stop();
        spring.close();
    }
}
