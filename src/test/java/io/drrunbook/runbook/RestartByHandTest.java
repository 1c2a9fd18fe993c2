package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.camel.builder.AdviceWith;
import org.apache.camel.component.mock.MockEndpoint;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;

/** Step 5 where a person must restart, and the way the route chooses. */
@Tag("quick")
@InHarness
class RestartByHandTest {

    private static final String STEP = "direct:restart-application";

    @Autowired
    private StepHarness step;

    @Test
    void thePersonIsToldWhatToRestartAndTheStepIsNotCalledDone() throws Exception {
        begin(Map.of("restart.method", "manual", "restart.services", "web,worker"));

        assertThat(step.send(STEP).getException()).isNull();

        assertThat(step.passed())
                .hasSize(2)
                .startsWith("begin 5")
                .last()
                .asString()
                .startsWith("wait 5: Restart shop (web, worker) by hand")
                .contains("./dr ack " + step.run().id() + " 5");
    }

    @Test
    void autoWithNothingAroundAsksAPersonAndSaysWhy() throws Exception {
        begin(Map.of("restart.method", "auto", "restart.deployments", "web"));

        step.send(STEP);

        assertThat(step.run().details()).containsEntry("method", "manual");
        assertThat(step.run().details().get("reason").toString())
                .contains("no pod and no kubeconfig", "no Docker socket");
        assertThat(step.run().logged()).anyMatch(line -> line.startsWith("restart by manual: neither Kubernetes"));
    }

    @ParameterizedTest
    @CsvSource({"kubernetes, restart-on-kubernetes", "compose, restart-with-compose", "manual, ask-for-restart"})
    void theMethodPicksTheRoute(String method, String route) throws Exception {
        begin(Map.of("restart.method", method));
        AdviceWith.adviceWith(
                step.camel(),
                "restart-application",
                advice -> advice.weaveByToUri("direct:" + route).replace().to("mock:called"));
        MockEndpoint called = step.camel().getEndpoint("mock:called", MockEndpoint.class);
        called.expectedMessageCount(1);

        assertThat(step.send(STEP).getException()).isNull();

        called.assertIsSatisfied();
    }

    private void begin(Map<String, String> settings) throws Exception {
        step.begin(StepHarness.shop(settings), "steps/5-restart-application.camel.yaml");
    }
}
