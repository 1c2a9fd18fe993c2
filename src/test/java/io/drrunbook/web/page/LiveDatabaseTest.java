package io.drrunbook.web.page;

import static org.assertj.core.api.Assertions.assertThat;

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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** After a run a person reads which data is live, and objectives are met only by what has succeeded. */
@Tag("quick")
class LiveDatabaseTest {

    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            RECOVERY | SUCCEEDED   | COMPLETED | shop__before_1 | Live is the recovered data; the database as it was before is kept, closed, as shop__before_1.
            RECOVERY | FAILED      | COMPLETED | shop__before_1 | Live is the recovered data; the database as it was before is kept, closed, as shop__before_1.
            RECOVERY | SUCCEEDED   | COMPLETED |                | Live is the recovered data; no database of before is kept.
            RECOVERY | ROLLED_BACK | COMPLETED | shop__dr_1     | Live is the data of before the recovery again; the recovered data is kept, closed, as shop__dr_1.
            RECOVERY | ROLLED_BACK | COMPLETED |                | Live is the data of before the recovery again.
            RECOVERY | FAILED      | PENDING   |                | Live is the data as it was: the run did not come to the database.
            RECOVERY | FAILED      | FAILED    |                |
            RECOVERY | RUNNING     | COMPLETED | shop__before_1 |
            DRILL    | SUCCEEDED   | COMPLETED |                |
            """)
    void whichDataIsLiveIsSaidOnceTheRunIsOver(
            Mode mode, RunStatus status, StepStatus restore, @Nullable String kept, @Nullable String sentence) {
        assertThat(LiveDatabase.after(run(mode, status, restore, kept, 10, 10)).orElse(null))
                .isEqualTo(sentence);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            RECOVERY | SUCCEEDED   | 3600 | 900 | true  | true
            RECOVERY | SUCCEEDED   | 3601 | 901 | false | false
            RECOVERY | FAILED      | 10   | 10  |       |
            RECOVERY | FAILED      | 3601 | 901 | false | false
            RECOVERY | ROLLED_BACK | 10   | 10  |       |
            RECOVERY | ROLLED_BACK | 3601 | 901 |       |
            RECOVERY | CANCELLED   | 10   | 10  |       |
            RECOVERY | CANCELLED   | 3601 | 901 |       |
            RECOVERY | RUNNING     | 10   | 10  |       |
            RECOVERY | RUNNING     | 3601 | 10  | false |
            RECOVERY | WAITING     | 10   | 10  |       |
            DRILL    | SUCCEEDED   | 10   | 10  | true  | true
            DRILL    | FAILED      | 10   | 10  |       |
            PLAN     | SUCCEEDED   | 10   | 10  |       | true
            """)
    void anObjectiveIsMetOnlyByARunThatSucceeded(
            Mode mode, RunStatus status, long seconds, long lost, @Nullable Boolean rto, @Nullable Boolean rpo) {
        Run run = run(mode, status, StepStatus.COMPLETED, null, seconds, lost);

        assertThat(run.rtoMet(START.plusSeconds(seconds))).isEqualTo(rto);
        assertThat(run.rpoMet()).isEqualTo(rpo);
        assertThat(RunRow.of(run).rto())
                .isEqualTo(rto == null ? Mark.metOrOpen(run.rtoMet(Instant.now())) : Mark.met(rto));
    }

    private static Run run(
            Mode mode, RunStatus status, StepStatus restore, @Nullable String kept, long seconds, long lost) {
        List<Step> steps = IntStream.rangeClosed(1, 7)
                .mapToObj(number -> new Step(
                        number, "a step", number == 4 ? restore : StepStatus.COMPLETED, null, null, null, Map.of()))
                .toList();
        return new Run(
                UUID.randomUUID(),
                mode,
                "shop",
                status,
                null,
                null,
                "a reason",
                "admin",
                "http",
                START,
                status.active() ? null : START.plusSeconds(seconds),
                null,
                null,
                3600,
                900,
                lost,
                kept,
                false,
                steps);
    }
}
