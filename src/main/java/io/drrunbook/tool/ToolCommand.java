package io.drrunbook.tool;

import java.util.Set;
import org.apache.camel.LoggingLevel;
import org.apache.camel.component.exec.ExecCommand;

/** Carries a {@link ToolCall} through {@code exec:}, whose own command knows neither environment nor cancelling. */
final class ToolCommand extends ExecCommand {

    private static final long NO_TIMEOUT = Long.MAX_VALUE;

    private final transient ToolCall call;

    ToolCommand(ToolCall call) {
        super(
                call.program(),
                call.arguments(),
                call.workingDirectory().toString(),
                NO_TIMEOUT,
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
