package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.camel.builder.RouteBuilder;
import org.apache.camel.impl.DefaultCamelContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@Tag("quick")
@ExtendWith(OutputCaptureExtension.class)
class FailureLogTest {

    @Test
    void aRouteThatFailsWritesOneLineOfWarningWithoutAStackTrace(CapturedOutput output) throws Exception {
        try (DefaultCamelContext camel = new DefaultCamelContext()) {
            new FailureLog().beforeApplicationStart(camel);
            camel.addRoutes(new RouteBuilder() {
                @Override
                public void configure() {
                    from("direct:fail").throwException(new IllegalStateException("the store is away"));
                }
            });
            camel.start();

            camel.createProducerTemplate().send("direct:fail", exchange -> {});
        }
        assertThat(output.getAll().lines().filter(line -> line.contains("the store is away")))
                .singleElement()
                .asString()
                .contains("WARN");
        assertThat(output.getAll()).doesNotContain("ERROR", "\tat ");
    }
}
