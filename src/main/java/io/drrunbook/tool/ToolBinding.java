package io.drrunbook.tool;

import io.drrunbook.failure.RunbookException;
import org.apache.camel.Exchange;
import org.apache.camel.component.exec.ExecBinding;
import org.apache.camel.component.exec.ExecCommand;
import org.apache.camel.component.exec.ExecEndpoint;
import org.apache.camel.component.exec.ExecResult;
import org.springframework.stereotype.Component;

/**
 * Takes the command from the {@link ToolCall} in the body and from nowhere else: {@code CamelExec*} headers, which
 * would replace the program in the component's own binding, are thrown away.
 */
@Component("toolBinding")
class ToolBinding implements ExecBinding {

    @Override
    public ExecCommand readInput(Exchange exchange, ExecEndpoint endpoint) {
        exchange.getMessage().removeHeaders("CamelExec*");
        if (exchange.getMessage().getBody() instanceof ToolCall call) {
            return new ToolCommand(call);
        }
        throw new RunbookException(
                "no_tool_call",
                "the body sent to exec: in route " + exchange.getFromRouteId() + " is no ToolCall; make one first");
    }

    @Override
    public void writeOutput(Exchange exchange, ExecResult result) {
        exchange.getMessage().setBody(null);
    }
}
