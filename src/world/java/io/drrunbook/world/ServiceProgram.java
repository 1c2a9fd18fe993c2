package io.drrunbook.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/**
 * What a {@link ServiceProcess} runs: the classes of this build as a jar, and an archive of those that are loaded at start
 * (AppCDS, which takes no folders), made once for each build by the same script that makes the one of {@code ./dr serve}.
 */
final class ServiceProgram {

    private static final Path CLASSES = Path.of("target/classes").toAbsolutePath();
    private static final Path WORLD = Path.of("target/world").toAbsolutePath();
    private static final Path JAR = WORLD.resolve("service.jar");
    private static final Path ARCHIVE = WORLD.resolve("service.jsa");

    /** Set by whoever starts the service once: the archive takes longer than it saves then. */
    private static final boolean ONE_START_ONLY = Boolean.getBoolean("dr.world.once");

    static final String JAVA =
            Path.of(System.getProperty("java.home"), "bin", "java").toString();

    private ServiceProgram() {}

    /** The command that starts the service with these options of the JVM, as far as its class. */
    static List<String> command(List<String> options) {
        makeOnce();
        List<String> command = new ArrayList<>();
        command.add(JAVA);
        if (Files.exists(ARCHIVE)) {
            command.add("-XX:SharedArchiveFile=" + ARCHIVE);
        }
        command.addAll(options);
        command.addAll(classes());
        return command;
    }

    /** Two forks of the tests may come at the same time: one makes it, the other waits. */
    private static synchronized void makeOnce() {
        try (FileChannel lock = FileChannel.open(
                        WORLD.resolve("service.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                var held = lock.lock()) {
            if (!held.isValid() || !stale()) {
                return;
            }
            Files.deleteIfExists(ARCHIVE);
            ToolProvider.findFirst("jar")
                    .orElseThrow()
                    .run(System.out, System.err, "--create", "--file", JAR.toString(), "-C", CLASSES.toString(), ".");
            if (ONE_START_ONLY) {
                return;
            }
            List<String> make =
                    new ArrayList<>(List.of("src/main/sh/archive-classes", ARCHIVE.toString(), JAVA, "-Xmx256m"));
            make.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
            make.addAll(classes());
            Shell.run(make);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean stale() throws IOException {
        if (!Files.exists(JAR) || !ONE_START_ONLY && !Files.exists(ARCHIVE)) {
            return true;
        }
        var made = Files.getLastModifiedTime(JAR);
        try (Stream<Path> classes = Files.walk(CLASSES)) {
            for (Path file : classes.toList()) {
                if (Files.getLastModifiedTime(file).compareTo(made) > 0) {
                    return true;
                }
            }
        }
        return false;
    }

    private static List<String> classes() {
        try {
            String libraries =
                    Files.readString(WORLD.resolve("runtime.classpath")).strip();
            return List.of("-cp", JAR + ":" + libraries, "io.drrunbook.DrRunbook");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
