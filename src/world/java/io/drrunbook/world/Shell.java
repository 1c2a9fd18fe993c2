package io.drrunbook.world;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Real programs, run to their end; one that fails fails the test with what it printed. */
public final class Shell {

    private static final long MINUTES = 5;

    private Shell() {}

    public static void run(List<String> command) {
        output(Map.of(), command);
    }

    public static boolean succeeds(String... command) {
        try {
            return new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What the command writes to its standard output. */
    public static byte[] output(Map<String, String> environment, List<String> command) {
        try {
            Path out = Files.createTempFile("dr-shell", ".out");
            Path err = Files.createTempFile("dr-shell", ".err");
            try {
                ProcessBuilder builder =
                        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
                builder.environment().putAll(environment);
                Process process = builder.start();
                if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
                    process.destroyForcibly();
                    throw new IllegalStateException(command + " does not end");
                }
                if (process.exitValue() != 0) {
                    throw new IllegalStateException(command + " ended with " + process.exitValue() + ": "
                            + Files.readString(err, StandardCharsets.ISO_8859_1));
                }
                return Files.readAllBytes(out);
            } finally {
                Files.deleteIfExists(out);
                Files.deleteIfExists(err);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public static byte[] sh(String script) {
        return output(Map.of(), List.of("bash", "-euo", "pipefail", "-c", script));
    }
}
