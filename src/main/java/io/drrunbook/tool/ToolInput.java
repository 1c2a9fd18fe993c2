package io.drrunbook.tool;

import java.io.IOException;
import java.io.OutputStream;

/** What a program reads from its standard input. */
@FunctionalInterface
public interface ToolInput {

    /** There is nothing to read. */
    ToolInput NONE = in -> {};

    /** Writes all of it; a failure ends the program. */
    void writeTo(OutputStream in) throws IOException;
}
