package io.drrunbook.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * Where a command reads and writes.
 *
 * @param columns width of the terminal; 0 when standard output is a pipe or file
 * @param asks whether a person can answer: both ends are a terminal
 */
record Terminal(BufferedReader in, PrintWriter out, PrintWriter err, int columns, boolean asks, boolean colours) {

    private static final int NARROWEST = 40;

    /**
     * As {@code ./dr} has found it: only a shell can tell whether standard output alone is a terminal, so it says so in
     * the system properties {@code dr.columns} and {@code dr.asks}.
     */
    static Terminal of(BufferedReader in, PrintWriter out, PrintWriter err, Map<String, String> environment) {
        boolean dumb = "dumb".equals(environment.get("TERM"));
        int columns = dumb ? 0 : Integer.getInteger("dr.columns", 0);
        return new Terminal(
                in,
                out,
                err,
                columns > 0 ? Math.max(NARROWEST, columns) : 0,
                Boolean.getBoolean("dr.asks"),
                !environment.containsKey("NO_COLOR"));
    }

    RunView view() {
        return columns > 0 ? new TerminalView(out, columns, colours) : new PlainView(out);
    }

    /** What the person typed, without space around it; empty at the end of the input. */
    String ask(String question) {
        out.print(question + " ");
        out.flush();
        try {
            String answer = in.readLine();
            return answer == null ? "" : answer.strip();
        } catch (IOException e) {
            throw new UncheckedIOException("the answer cannot be read", e);
        }
    }
}
