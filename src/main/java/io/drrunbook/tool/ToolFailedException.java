package io.drrunbook.tool;

import java.util.List;

/** A program that could not be started, or ended with an exit code other than 0. */
public class ToolFailedException extends RuntimeException {

    private final int exitCode;

    /** @param lastLines the last lines it printed, for the message */
    public ToolFailedException(String program, int exitCode, List<String> lastLines) {
        super(program + " ended with exit code " + exitCode
                + (lastLines.isEmpty() ? " and printed nothing" : ": " + String.join(" | ", lastLines)));
        this.exitCode = exitCode;
    }

    public int exitCode() {
        return exitCode;
    }
}
