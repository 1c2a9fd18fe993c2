package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.springframework.util.FileSystemUtils;

/**
 * A Docker of its own, without networks and firewall rules, so that it leaves nothing behind on the machine. Needs root,
 * and Debian's docker.io, docker-compose and busybox-static; no image is pulled.
 */
final class DockerDaemon implements AutoCloseable {

    static final String IMAGE = "busybox-of-this-machine:1";

    private final Path directory;
    private final Process process;

    private DockerDaemon(Path directory, Process process) {
        this.directory = directory;
        this.process = process;
    }

    static DockerDaemon start() throws Exception {
        // Not below target: the path of a socket has at most 107 characters.
        Path directory = Files.createTempDirectory("dr-docker");
        Process process = new ProcessBuilder(
                        "dockerd",
                        "--host=unix://" + directory.resolve("docker.sock"),
                        "--data-root=" + directory.resolve("data"),
                        "--exec-root=" + directory.resolve("exec"),
                        "--pidfile=" + directory.resolve("pid"),
                        "--storage-driver=vfs",
                        "--bridge=none",
                        "--iptables=false",
                        "--ip6tables=false")
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
        DockerDaemon daemon = new DockerDaemon(directory, process);
        try {
            await("dockerd answers, see " + directory.resolve("log"))
                    .atMost(Duration.ofMinutes(2))
                    .pollInterval(Duration.ofMillis(50))
                    .until(() -> daemon.client("docker", "version").exitCode() == 0);
            daemon.importImage();
        } catch (Exception | AssertionError e) {
            daemon.close();
            throw e;
        }
        return daemon;
    }

    /** Value of {@code DOCKER_HOST}. */
    String host() {
        return "unix://" + directory.resolve("docker.sock");
    }

    /** Where {@code docker.sock} and what else belongs to it lies. */
    Path directory() {
        return directory;
    }

    /** What a client program printed, which must have succeeded. */
    String run(String... command) throws Exception {
        Output output = client(command);
        assertThat(output.exitCode())
                .as("%s: %s", List.of(command), output.text())
                .isZero();
        return output.text().strip();
    }

    @Override
    public void close() throws Exception {
        Output left = client("docker", "ps", "--all", "--quiet");
        if (left.exitCode() == 0 && !left.text().isBlank()) {
            run(Stream.concat(Stream.of("docker", "rm", "--force"), left.text().lines())
                    .toArray(String[]::new));
        }
        process.destroy();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
        FileSystemUtils.deleteRecursively(directory);
    }

    private void importImage() throws Exception {
        Path bin = Files.createDirectories(directory.resolve("root/bin"));
        Files.copy(Path.of("/bin/busybox"), bin.resolve("busybox"));
        assertThat(bin.resolve("busybox").toFile().setExecutable(true, false)).isTrue();
        Files.createSymbolicLink(bin.resolve("sleep"), Path.of("busybox"));
        String archive = directory.resolve("root.tar").toString();
        run("tar", "--directory", directory.resolve("root").toString(), "--create", "--file", archive, ".");
        run("docker", "import", archive, IMAGE);
    }

    private record Output(int exitCode, String text) {}

    private Output client(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("DOCKER_HOST", host());
        Process client = builder.start();
        String text = new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Output(client.waitFor(), text);
    }
}
