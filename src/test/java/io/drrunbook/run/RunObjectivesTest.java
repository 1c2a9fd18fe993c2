package io.drrunbook.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An objective is met by what has succeeded, and by nothing else. */
@Tag("quick")
class RunObjectivesTest {

    private static final Instant START = Instant.parse("2026-11-01T10:00:00Z");

    @ParameterizedTest(name = "a {0} that is {1} after {2} s, with a backup {3} s old")
    @CsvSource({
        "RECOVERY, SUCCEEDED,   10,   60, true,  true",
        "RECOVERY, SUCCEEDED,   3601, 60, false, true",
        "RECOVERY, SUCCEEDED,   10,  901, true,  false",
        "RECOVERY, FAILED,      10,   60, ,",
        "RECOVERY, FAILED,      3601, 901, false, false",
        "RECOVERY, CANCELLED,   10,   60, ,",
        "RECOVERY, CANCELLED,   3601, 60, ,",
        "RECOVERY, ROLLED_BACK, 10,   60, ,",
        "RECOVERY, ROLLED_BACK, 3601, 60, ,",
        "RECOVERY, RUNNING,     10,   60, ,",
        "RECOVERY, RUNNING,     3601, 60, false,",
        "RECOVERY, WAITING,     10,   60, ,",
        "RECOVERY, QUEUED,      10,   60, ,",
        "DRILL,    SUCCEEDED,   10,   60, true,  true",
        "DRILL,    FAILED,      10,   60, ,",
        "PLAN,     SUCCEEDED,   10,   60, ,      true",
        "PLAN,     SUCCEEDED,   3601, 60, ,      true"
    })
    void theObjectivesAreNullUnlessTheRunSucceededAndMissedWhenItIsOverThem(
            Mode mode, RunStatus status, long seconds, long dataLoss, Boolean rtoMet, Boolean rpoMet) {
        Instant end = START.plusSeconds(seconds);
        Run run = run(mode, status, status.active() ? null : end, dataLoss, null, null, Map.of(), StepStatus.PENDING);

        assertThat(run.rtoMet(end)).isEqualTo(rtoMet);
        assertThat(run.rpoMet()).isEqualTo(rpoMet);
    }

    @Test
    void aRollbackDoesNotLetTheDurationOfTheRecoveryGrow() {
        Run.Rollback underWay = new Run.Rollback(START.plusSeconds(500), null, null);
        Run run = run(
                Mode.RECOVERY,
                RunStatus.RUNNING,
                START.plusSeconds(100),
                60,
                "shop__before_1",
                underWay,
                Map.of(),
                StepStatus.COMPLETED);

        assertThat(run.durationSeconds(START.plusSeconds(9000))).isEqualTo(100);
        assertThat(run.rtoMet(START.plusSeconds(9000))).isNull();
    }

    @ParameterizedTest(name = "{0}, {1}, step 4 {2}, {3}, before {4}, rollback {5}: {6}")
    @CsvSource(nullValues = "-", delimiter = '|', textBlock = """
            PLAN     | SUCCEEDED   | COMPLETED | swap  | -              | -    | live data is as it was.
            DRILL    | FAILED      | FAILED    | swap  | -              | -    | it is as it was.
            RECOVERY | QUEUED      | PENDING   | swap  | -              | -    | Live data is as it was before this run.
            RECOVERY | FAILED      | FAILED    | swap  | -              | -    | Live data is as it was before this run.
            RECOVERY | RUNNING     | RUNNING   | clean | -              | -    | it may hold a part of the data.
            RECOVERY | FAILED      | FAILED    | clean | -              | -    | not to the end: it may hold a part of the data.
            RECOVERY | FAILED      | PENDING   | clean | -              | -    | not to the end: it may hold a part of the data.
            RECOVERY | SUCCEEDED   | COMPLETED | swap  | shop__before_1 | -    | The restored data, as of 2026-11-01T09:59:00Z, is live and the application is healthy; the database from before is kept, closed, as shop__before_1.
            RECOVERY | SUCCEEDED   | COMPLETED | clean | -              | -    | is live and the application is healthy.
            RECOVERY | RUNNING     | COMPLETED | swap  | shop__before_1 | -    | is live; the application is being brought back;
            RECOVERY | WAITING     | COMPLETED | swap  | shop__before_1 | -    | the application waits for a person (step 5, Restart application);
            RECOVERY | FAILED      | COMPLETED | swap  | shop__before_1 | -    | is live, but the application was not proven to work (step 5, Restart application);
            RECOVERY | RUNNING     | COMPLETED | swap  | shop__before_1 | open | A rollback is under way
            RECOVERY | FAILED      | COMPLETED | swap  | shop__before_1 | open | The rollback has not come to its end: the restored data is live.
            RECOVERY | ROLLED_BACK | COMPLETED | swap  | -              | done | the data from before this recovery is live again; what it had restored is kept, closed, as shop__dr_1.
            """)
    void oneSentenceSaysWhichDataIsLive(
            Mode mode,
            RunStatus status,
            StepStatus restore,
            String restoreMode,
            String before,
            String rollback,
            String sentence) {
        Run.Rollback asked = rollback == null
                ? null
                : new Run.Rollback(
                        START, rollback.equals("done") ? START : null, rollback.equals("done") ? "shop__dr_1" : null);
        Run run = run(
                mode,
                status,
                status.active() ? null : START.plusSeconds(10),
                60,
                before,
                asked,
                restoreMode.equals("clean") ? Map.of("restore_mode", "clean") : Map.of(),
                restore);

        assertThat(Headline.of(run)).contains(sentence);
    }

    private static Run run(
            Mode mode,
            RunStatus status,
            Instant end,
            long dataLoss,
            String before,
            Run.Rollback rollback,
            Map<String, Object> detail,
            StepStatus restore) {
        List<Step> steps = IntStream.rangeClosed(1, 7)
                .mapToObj(n -> n == 4
                        ? new Step(n, Step.name(n), restore, START, null, null, detail)
                        : new Step(
                                n,
                                Step.name(n),
                                n < 4 ? StepStatus.COMPLETED : StepStatus.PENDING,
                                START,
                                null,
                                null,
                                Map.of()))
                .toList();
        return new Run(
                UUID.randomUUID(),
                mode,
                "shop",
                status,
                null,
                null,
                "a reason",
                "ada",
                "http",
                START,
                end,
                null,
                null,
                3600,
                900,
                dataLoss,
                before,
                false,
                rollback,
                steps);
    }
}
