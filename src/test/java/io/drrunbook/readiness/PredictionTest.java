package io.drrunbook.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import io.drrunbook.readiness.Prediction.Size;
import io.drrunbook.readiness.Prediction.StepPrediction;
import io.drrunbook.run.Mode;
import io.drrunbook.run.Run;
import io.drrunbook.run.RunStatus;
import io.drrunbook.run.Step;
import io.drrunbook.run.StepStatus;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A prediction says what it knows, for the backup that there is, and what it does not know. */
@Tag("quick")
class PredictionTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @ParameterizedTest(name = "sealed {0}, plain {1}")
    @CsvSource({
        // sealed, plain, seconds of steps 1 to 7; the run was of 1000 sealed and 4000 plain bytes, 10 s a step
        "1000, 4000, 10 10 10 10 10 10 10",
        "2000, 4000, 10 20 10 10 10 10 10",
        "1000, 40000, 10 10 100 100 10 10 10",
        "500, 1000, 10 5 2.5 2.5 10 10 10",
        "3000, 0, 10 30 30 30 10 10 10",
        "0, 0, 10 10 10 10 10 10 10"
    })
    void stepsThatMoveTheBackupScaleWithItsSizeAndTheOthersDoNot(long sealed, long plain, String seconds) {
        List<StepPrediction> steps = Prediction.steps(List.of(run(7)), new Size(sealed, plain));

        assertThat(steps.stream().map(StepPrediction::seconds))
                .containsExactly(java.util.Arrays.stream(seconds.split(" "))
                        .map(Double::valueOf)
                        .toArray(Double[]::new));
    }

    @ParameterizedTest
    @CsvSource({"7, 70, ''", "4, 40, 5 6 7", "6, 60, 7"})
    void stepsThatNoRunHasDoneAreNamedAndNotCountedAsNothing(int done, double seconds, String without) {
        assertThat(Prediction.total(Prediction.steps(List.of(run(done)), new Size(1000, 4000))))
                .hasValueSatisfying(total -> {
                    assertThat(total.seconds()).isEqualTo(seconds);
                    assertThat(total.without().stream().map(String::valueOf).toList())
                            .isEqualTo(without.isEmpty() ? List.of() : List.of(without.split(" ")));
                });
    }

    @Test
    void withoutARestoreThereIsNoPrediction() {
        assertThat(Prediction.total(Prediction.steps(List.of(run(3)), new Size(1000, 4000))))
                .isEmpty();
    }

    /** A run that has done the first steps in 10 s each. */
    private static Run run(int done) {
        List<Step> steps = IntStream.rangeClosed(1, 7)
                .mapToObj(number -> new Step(
                        number,
                        "a step",
                        number <= done ? StepStatus.COMPLETED : StepStatus.SKIPPED,
                        START,
                        START.plusSeconds(10),
                        null,
                        number == 2
                                ? Map.of("size_bytes", 1000)
                                : number == 3 ? Map.of("size_bytes", 4000L) : Map.of()))
                .toList();
        return new Run(
                UUID.randomUUID(),
                Mode.RECOVERY,
                "shop",
                RunStatus.SUCCEEDED,
                null,
                null,
                "a reason",
                "admin",
                "http",
                START,
                START.plusSeconds(100),
                null,
                null,
                3600,
                900,
                null,
                null,
                false,
                steps);
    }
}
