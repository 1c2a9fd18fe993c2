package io.drrunbook.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The message of a tool's failure begins with the tool's own error. */
@Tag("quick")
class LineFeedTest {

    private static final String ERROR = "pg_restore: error: could not execute query: ERROR:  no such extension";

    @ParameterizedTest(name = "{0} lines of progress behind it")
    @ValueSource(ints = {0, 1, 5, 12, 19, 20, 21, 500})
    void theErrorComesFirstHoweverMuchIsSaidBehindIt(int lines) throws IOException {
        String progress = IntStream.range(0, lines)
                .mapToObj(n -> "pg_restore: launching item " + n + " TABLE DATA t" + n)
                .collect(Collectors.joining("\n"));

        LineFeed feed = feed("pg_restore: connecting to database for restore\n" + ERROR
                + "\nCommand was: CREATE EXTENSION x\n" + progress);

        assertThat(feed.lastLines()).first().isEqualTo(ERROR);
        assertThat(feed.lastLines()).noneMatch(line -> line.contains("launching item") || line.contains("connecting"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"pg_restore: launching item 3 TABLE t", "Killed", "pg_restore: finished main parallel loop"})
    void withoutAnErrorTheLastLinesAreAllThereIs(String line) throws IOException {
        assertThat(feed("one\n" + line).lastLines()).containsExactly("one", line);
    }

    private static LineFeed feed(String output) throws IOException {
        LineFeed feed = new LineFeed(new ByteArrayInputStream(output.getBytes(StandardCharsets.UTF_8)), line -> {});
        feed.call();
        return feed;
    }
}
