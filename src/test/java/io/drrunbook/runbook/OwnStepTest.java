package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The example of a step that is put in the place of the image's. */
@Tag("quick")
class OwnStepTest {

    @Test
    void theExampleInDeployWaitsForAPersonAndSaysWhatToDo() throws Exception {
        try (StepOnItsOwn step = new StepOnItsOwn(
                "../../deploy/kubernetes-own-step/7-reroute-traffic.camel.yaml",
                Map.of(),
                StepOnItsOwn.nothingAround(),
                null)) {
            assertThat(step.send("direct:reroute-traffic").getException()).isNull();

            assertThat(step.gate.passed).hasSize(2);
            assertThat(step.gate.passed.get(0)).isEqualTo("begin 7");
            assertThat(step.gate.passed.get(1))
                    .isEqualTo("wait 7: Point shop.example.org to the recovered site, then" + " acknowledge: ./dr ack "
                            + step.run.id() + " 7 --note \"DNS changed\"");
        }
    }
}
