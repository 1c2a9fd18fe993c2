package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

/** The example of a step that is put in the place of the image's. */
@Tag("quick")
@InHarness
class OwnStepTest {

    @Autowired
    private StepHarness step;

    @Test
    void theExampleInDeployWaitsForAPersonAndSaysWhatToDo() throws Exception {
        step.begin(Map.of(), "../deploy/kubernetes-own-step/7-reroute-traffic.camel.yaml");

        assertThat(step.send("direct:reroute-traffic").getException()).isNull();

        assertThat(step.passed())
                .containsExactly(
                        "begin 7",
                        "wait 7: Point shop.example.org to the recovered site, then acknowledge: ./dr ack "
                                + step.run().id() + " 7 --note \"DNS changed\"");
    }
}
