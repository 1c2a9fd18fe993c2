package io.drrunbook.runbook;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("quick")
class WaitingLineTest {

    private final WaitingLine line = new WaitingLine(2);

    @Test
    void soManyBeginAndTheNextOneWaits() {
        assertThat(line.enter("a")).isTrue();
        assertThat(line.enter("b")).isTrue();
        assertThat(line.enter("c")).isFalse();
        assertThat(line.next()).isEmpty();
    }

    @Test
    void whoWaitsLongestBeginsFirstAlthoughOthersAskBefore() {
        line.enter("a");
        line.enter("b");
        line.enter("c");
        line.enter("d");
        line.enter("c");

        line.leave();

        assertThat(line.next()).containsExactly("c");
        assertThat(line.enter("a")).isFalse();
        assertThat(line.enter("d")).isFalse();
        assertThat(line.enter("c")).isTrue();
        line.leave();
        assertThat(line.next()).containsExactly("d");
    }

    @Test
    void whoDoesNotComeStandsInNobodysWay() {
        line.enter("a");
        line.enter("b");
        line.enter("gone");
        line.enter("d");
        line.leave();

        line.forget("gone");

        assertThat(line.next()).containsExactly("d");
        assertThat(line.enter("d")).isTrue();
    }
}
