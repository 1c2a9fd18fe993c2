package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@Tag("quick")
@InHarness
@ExtendWith(OutputCaptureExtension.class)
class FailureLogTest {

    @Autowired
    private StepHarness step;

    @Test
    void aRouteThatFailsWritesOneLineOfWarningWithoutAStackTrace(CapturedOutput output) throws Exception {
        step.begin(Map.of());
        step.camel().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:fail").throwException(new IllegalStateException("the store is away"));
            }
        });

        step.send("direct:fail");

        assertThat(output.getAll().lines().filter(line -> line.contains("the store is away")))
                .singleElement()
                .asString()
                .contains("WARN");
        assertThat(output.getAll()).doesNotContain("ERROR", "\tat ");
    }
}
