package io.drrunbook.tool;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Hands on the output of a program line by line; only complaints and the last lines are
 * kept, for the message of a failure.
 */
final class LineFeed implements Callable<Void> {

    private static final int KEPT_LINES = 20;

    /** A longer line comes in pieces of this many characters: nobody limits what a program prints without a break. */
    private static final int LONGEST_LINE = 16_384;

    private static final int LONGEST_KEPT = 500;
    private static final int KEPT_COMPLAINTS = 5;
    private static final Pattern COMPLAINT = Pattern.compile("\\b(error|fatal|panic)\\b:", Pattern.CASE_INSENSITIVE);

    /** What PostgreSQL's tools say of their own progress with {@code --verbose}; no cause of anything. */
    private static final Pattern PROGRESS = Pattern.compile(
            "^pg_(?:restore|dump|dumpall): (?:launching|finished|processing|creating|executing|entering|dumping|reading"
                    + "|saving|connecting|implied|skipping|setting|disabling|enabling|finding|flagging|identifying)\\b");

    private final InputStream output;
    private final Consumer<String> onLine;
    private final Deque<String> last = new ArrayDeque<>();
    private final List<String> complaints = new ArrayList<>();

    LineFeed(InputStream output, Consumer<String> onLine) {
        this.output = output;
        this.onLine = onLine;
    }

    @Override
    public Void call() throws IOException {
        StringBuilder line = new StringBuilder();
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(output, StandardCharsets.UTF_8))) {
            for (int read = reader.read(); read != -1; read = reader.read()) {
                if (read != '\n') {
                    line.append((char) read);
                }
                if (read == '\n' || line.length() == LONGEST_LINE) {
                    handOn(line.toString());
                    line.setLength(0);
                }
            }
        }
        if (!line.isEmpty()) {
            handOn(line.toString());
        }
        return null;
    }

    private void handOn(String line) {
        keep(line);
        onLine.accept(line);
    }

    private synchronized void keep(String line) {
        if (last.size() == KEPT_LINES) {
            keepComplaint(last.removeFirst());
        }
        last.addLast(line.length() > LONGEST_KEPT ? line.substring(0, LONGEST_KEPT) + "..." : line);
    }

    /** What a parallel job complained of may be followed by any number of lines of the others. */
    private void keepComplaint(String line) {
        if (complaints.size() < KEPT_COMPLAINTS && COMPLAINT.matcher(line).find()) {
            complaints.add(line);
        }
    }

    /** The complaints first, in their order; behind them the last lines that say more than what was being done. */
    synchronized List<String> lastLines() {
        List<String> said = Stream.concat(
                        complaints.stream(),
                        last.stream().filter(line -> COMPLAINT.matcher(line).find()))
                .toList();
        if (said.isEmpty()) {
            return List.copyOf(last);
        }
        return Stream.concat(
                        said.stream(),
                        last.stream()
                                .filter(line -> !COMPLAINT.matcher(line).find()
                                        && !PROGRESS.matcher(line).find()))
                .toList();
    }
}
