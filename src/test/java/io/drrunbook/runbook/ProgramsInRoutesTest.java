package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import io.drrunbook.tool.ToolCall;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.Exchange;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.builder.RouteBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;

/** How the routes run programs: by {@code exec:} with the binding and the executor of the service. */
@Tag("quick")
@InHarness
class ProgramsInRoutesTest {

    @Autowired
    private StepHarness step;

    @Autowired
    private ProducerTemplate producer;

    @Test
    void headersOfTheMessageCannotChangeWhatIsRun(@TempDir Path directory) throws Exception {
        List<String> lines = new CopyOnWriteArrayList<>();
        step.begin(Map.of());
        step.camel().addRoutes(new RouteBuilder() {
            @Override
            public void configure() {
                from("direct:run").to("exec:tool?binding=#toolBinding&commandExecutor=#toolExecutor");
            }
        });

        Exchange done = producer.request("direct:run", exchange -> {
            exchange.getMessage().setHeader("CamelExecCommandExecutable", "touch");
            exchange.getMessage()
                    .setHeader(
                            "CamelExecCommandArgs",
                            List.of(directory.resolve("proof").toString()));
            exchange.getMessage()
                    .setBody(new ToolCall(
                            "sh", List.of("-c", "echo fine"), Map.of(), directory, lines::add, () -> false));
        });
        assertThat(done.getException()).isNull();
        assertThat(lines).containsExactly("fine");
        assertThat(directory).isEmptyDirectory();

        Exchange refused =
                producer.request("direct:run", exchange -> exchange.getMessage().setBody("rm -rf /"));
        assertThat(refused.getException()).hasMessageContaining("no ToolCall");
    }
}
