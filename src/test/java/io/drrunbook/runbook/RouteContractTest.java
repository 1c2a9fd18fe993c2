package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import io.drrunbook.run.ActiveRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the contract says of Java is what Java's sources do. */
@Tag("quick")
class RouteContractTest {

    private static final Pattern CALL = Pattern.compile("\"direct:([a-z0-9-]+)\"");
    private static final Pattern SET =
            Pattern.compile("xchange\\.setProperty\\(\\s*(?:\"(\\w+)\"|([A-Z_]+)\\b|ActiveRun\\.([A-Z]+))");

    @Test
    void everyRouteThatJavaCallsIsInTheContract() throws IOException {
        Set<String> called = sources()
                .flatMap(source -> CALL.matcher(source).results().map(found -> found.group(1)))
                .collect(Collectors.toCollection(TreeSet::new));

        Pattern.compile("static final String \\w+ = \"(\\w+)\"")
                .matcher(read(Path.of("src/main/java/io/drrunbook/alert/Channels.java")))
                .results()
                .forEach(channel -> called.add("send-by-" + channel.group(1)));

        assertThat(called).hasSizeGreaterThan(10);
        assertThat(Stream.concat(
                        RouteContract.CALLED_BY_JAVA.stream(), RouteContract.CALLED_BY_JAVA_FOR_EACH_STORE.stream()))
                .containsExactlyInAnyOrderElementsOf(called);
    }

    @Test
    void everyExchangePropertyThatJavaSetsIsInTheContract() throws IOException {
        Set<String> set = sources()
                .flatMap(source -> SET.matcher(source).results().map(found -> name(found, source)))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(RouteContract.SET_BY_JAVA).containsExactlyInAnyOrderElementsOf(set);
    }

    private static String name(MatchResult found, String source) {
        if (found.group(1) != null) {
            return found.group(1);
        }
        if (found.group(3) != null) {
            return found.group(3).equals("ENDED") ? ActiveRun.ENDED : ActiveRun.PROPERTY;
        }
        return Pattern.compile("String " + found.group(2) + " = \"(\\w+)\"")
                .matcher(source)
                .results()
                .findFirst()
                .map(constant -> constant.group(1))
                .orElseThrow(() -> new AssertionError("where is " + found.group(2) + "?"));
    }

    private static Stream<String> sources() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
            return files
                    .filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.endsWith("RouteContract.java"))
                    .map(RouteContractTest::read)
                    .toList()
                    .stream();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
