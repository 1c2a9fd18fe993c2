package io.drrunbook.tool;

import io.drrunbook.failure.RunbookException;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.LoggingLevel;
import org.apache.camel.component.exec.ExecBinding;
import org.apache.camel.component.exec.ExecCommand;
import org.apache.camel.component.exec.ExecEndpoint;
import org.apache.camel.component.exec.ExecResult;
import org.springframework.stereotype.Component;

/**
 * What camel-exec runs is the {@link ToolCall} in the message's body; headers, which anybody can set who can send a
 * message, have no power over it.
 */
@Component("toolBinding")
class ToolBinding implements ExecBinding {

    @Override
    public ExecCommand readInput(Exchange exchange, ExecEndpoint endpoint) {
        if (exchange.getMessage().getBody() instanceof ToolCall call) {
            return new ToolCommand(call);
        }
        throw new RunbookException(
                "not_admitted", "programs are only started by the runbook's own steps, not by a message");
    }

    @Override
    public void writeOutput(Exchange exchange, ExecResult result) {
        exchange.getMessage().setBody(result.getExitValue());
    }

    /** The call as camel-exec passes it on. */
    static final class ToolCommand extends ExecCommand {

        private static final long serialVersionUID = 1L;

        private final ToolCall call;

        ToolCommand(ToolCall call) {
            super(
                    call.program(),
                    call.arguments(),
                    call.workingDirectory().toString(),
                    0L,
                    Set.of(),
                    null,
                    null,
                    false,
                    LoggingLevel.DEBUG);
            this.call = call;
        }

        ToolCall call() {
            return call;
        }
    }
}
