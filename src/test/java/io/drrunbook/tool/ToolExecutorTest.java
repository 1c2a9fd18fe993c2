package io.drrunbook.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.world.StartedProcesses;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("quick")
class ToolExecutorTest {

    private final ToolExecutor executor = new ToolExecutor();
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final AtomicBoolean cancelled = new AtomicBoolean();

    private final StartedProcesses started = StartedProcesses.sinceNow();

    @TempDir
    Path directory;

    private ToolCall shell(String script) {
        return shell(script, lines::add);
    }

    private ToolCall shell(String script, Consumer<String> onLine) {
        return new ToolCall("sh", List.of("-c", script), Map.of("SECRET", "s3cret"), directory, onLine, cancelled::get);
    }

    @Test
    void outputAndErrorOutputComeLineByLineAndTheEnvironmentIsPassed() {
        executor.run(shell("echo one; echo two >&2; pwd; printf \"$SECRET\""));
        assertThat(lines).containsExactly("one", "two", directory.toString(), "s3cret");
    }

    @Test
    void anExitCodeOtherThanZeroIsAFailureWithTheLastTwentyLines() {
        assertThatThrownBy(() -> executor.run(shell("seq 100; exit 3")))
                .isInstanceOfSatisfying(ToolFailedException.class, e -> {
                    assertThat(e.exitCode()).isEqualTo(3);
                    assertThat(e.code()).isEqualTo("tool_failed");
                })
                .hasMessageContaining("exit code 3: 81 | 82")
                .hasMessageEndingWith("100")
                .hasMessageNotContaining("80 |");
    }

    @Test
    void aComplaintStaysInTheMessageHoweverMuchIsPrintedBehindIt() {
        assertThatThrownBy(() -> executor.run(shell("echo 'tool: error: the cause'; seq 100; exit 1")))
                .hasMessageContaining("exit code 1: tool: error: the cause | 81 | 82")
                .hasMessageEndingWith("100");
    }

    @Test
    void aProgramThatPrintsWithoutEndIsNotHeldInMemory() {
        AtomicLong characters = new AtomicLong();
        executor.run(shell(
                "yes | head -c 100000000; head -c 100000000 /dev/zero", line -> characters.addAndGet(line.length())));
        assertThat(characters.get()).isEqualTo(150_000_000);
    }

    @Test
    void aProgramThatDoesNotExistIsNamedTogetherWithWhatToInstall() {
        ToolCall call = new ToolCall("/no/pg_restore", List.of(), Map.of(), directory, lines::add, () -> false);
        assertThatThrownBy(() -> executor.run(call))
                .isInstanceOfSatisfying(
                        RunbookException.class, e -> assertThat(e.code()).isEqualTo("tool_missing"))
                .hasMessageContaining("install postgresql-client");
    }

    @Test
    void cancellingEndsTheProgramAndAllItStartedEvenOneThatIgnoresTheFirstSignal() {
        var running = CompletableFuture.runAsync(() -> executor.run(
                shell("(trap '' TERM; echo $$; while :; do sleep 1; done) & sleep 1000 & echo started; wait")));
        await().until(() -> lines.contains("started") && lines.size() == 2);
        List<ProcessHandle> family = started.alive();
        assertThat(family).hasSizeGreaterThanOrEqualTo(3);

        cancelled.set(true);

        assertThatThrownBy(running::join)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        RunbookException.class, e -> assertThat(e.code()).isEqualTo("cancelled"));
        await().atMost(Duration.ofSeconds(20)).until(() -> family.stream().noneMatch(ProcessHandle::isAlive));
    }

    @Test
    void aFailureOfTheOneWhoReadsTheLinesEndsTheProgram() {
        assertThatThrownBy(() -> executor.run(shell("echo one; exec sleep 1000", line -> {
                    throw new IllegalStateException("journal is full");
                })))
                .hasMessage("journal is full");
        assertThat(started.alive()).isEmpty();
    }

    @Test
    void aBackgroundProcessThatHoldsTheOutputOpenIsNotWaitedFor() {
        executor.run(shell("sleep 1000 & echo $!"));
        ProcessHandle background =
                ProcessHandle.of(Long.parseLong(lines.get(0))).orElseThrow();
        assertThat(background.isAlive()).isTrue();
        background.destroy();
    }

    @Test
    void aProgramGetsAnEnvironmentMadeForItAndNothingOfOurs() {
        assertThat(System.getenv()).hasSizeGreaterThan(2);
        executor.run(new ToolCall("env", List.of(), Map.of("PGHOST", "db"), directory, lines::add, cancelled::get));
        assertThat(lines)
                .allMatch(line -> line.matches("(PATH|LC_ALL|PGHOST)=.*"))
                .contains("PGHOST=db", "LC_ALL=C.UTF-8")
                .hasSize(3);
    }

    @Test
    void whatAProgramReadsIsWrittenWhileItRuns() {
        executor.run(reading("tr a-z A-Z", in -> {
            for (int line = 0; line < 50_000; line++) {
                in.write("line\n".getBytes(StandardCharsets.US_ASCII));
            }
        }));
        assertThat(lines).hasSize(50_000).containsOnly("LINE");
    }

    @Test
    void aProgramThatSeesOnlyAPartOfItsInputIsEndedBeforeItTakesThatForTheWhole() {
        Path proof = directory.resolve("proof");
        assertThatThrownBy(() -> executor.run(reading("cat > /dev/null && touch " + proof, in -> {
                    in.write(new byte[100_000]);
                    throw new IllegalStateException("not what it was");
                })))
                .hasMessage("not what it was");
        assertThat(proof).doesNotExist();
        assertThat(started.alive()).isEmpty();
    }

    @Test
    void aProgramThatEndsBeforeItHasReadEverythingHasFailed() {
        ToolInput endless = in -> {
            while (true) {
                in.write(new byte[100_000]);
            }
        };
        assertThatThrownBy(() -> executor.run(reading("exit 0", endless)))
                .isInstanceOfSatisfying(
                        RunbookException.class, e -> assertThat(e.code()).isEqualTo("tool_input_unread"));
        assertThatThrownBy(() -> executor.run(reading("echo why; exit 3", endless)))
                .isInstanceOf(ToolFailedException.class)
                .hasMessageContaining("why");
    }

    private ToolCall reading(String script, ToolInput input) {
        return new ToolCall("sh", List.of("-c", script), Map.of(), directory, input, lines::add, cancelled::get);
    }
}
