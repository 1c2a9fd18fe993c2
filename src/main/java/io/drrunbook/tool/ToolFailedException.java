package io.drrunbook.tool;

import io.drrunbook.failure.RunbookException;
import java.util.List;

/** A program that ended with an exit code other than 0. */
public class ToolFailedException extends RunbookException {

    private final int exitCode;

    /** @param lastLines the last lines it printed, for the message */
    public ToolFailedException(String program, int exitCode, List<String> lastLines) {
        super(
                "tool_failed",
                program + " ended with exit code " + exitCode
                        + (lastLines.isEmpty() ? " and printed nothing" : ": " + String.join(" | ", lastLines)));
        this.exitCode = exitCode;
    }

    public int exitCode() {
        return exitCode;
    }
}
