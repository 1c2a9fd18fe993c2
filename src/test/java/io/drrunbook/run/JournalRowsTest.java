package io.drrunbook.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drrunbook.failure.RunbookException;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One bad row of the journal costs that row, and is named. */
@Tag("quick")
class JournalRowsTest {

    private static final Instant START = Instant.parse("2026-11-01T10:00:00Z");

    private final JournalInMemory place = new JournalInMemory();
    private final Journal journal = place.journal();

    @ParameterizedTest
    @ValueSource(
            strings = {
                "UPDATE runs SET mode = 'REHEARSAL'",
                "UPDATE runs SET status = 'odd'",
                "UPDATE steps SET status = 'odd' WHERE step = 3 AND run_id IN (SELECT id FROM runs)",
                "UPDATE steps SET detail = '{cut' WHERE step = 3 AND run_id IN (SELECT id FROM runs)",
                "UPDATE steps SET detail = '[]' WHERE step = 3 AND run_id IN (SELECT id FROM runs)",
                "UPDATE steps SET step = 8 WHERE step = 7 AND run_id IN (SELECT id FROM runs)",
                "DELETE FROM steps WHERE step = 7 AND run_id IN (SELECT id FROM runs)"
            })
    void costsThatRow(String change) {
        UUID good = place.ended(Mode.DRILL, "shop", RunStatus.SUCCEEDED, START, 1);
        UUID bad = place.ended(Mode.DRILL, "shop", RunStatus.SUCCEEDED, START.plusSeconds(10), 1);
        UUID other = place.ended(Mode.DRILL, "crm", RunStatus.SUCCEEDED, START.plusSeconds(20), 1);
        String where = change.contains("SELECT id FROM runs")
                ? change.replace("SELECT id FROM runs", "SELECT id FROM runs WHERE id = '" + bad + "'")
                : change + " WHERE id = '" + bad + "'";
        place.jdbc().sql(where).update();

        assertThat(journal.list(10, 0)).extracting(Run::id).containsExactly(other, good);
        assertThat(journal.list("shop", Mode.DRILL, null, 10, 0))
                .extracting(Run::id)
                .containsExactly(good);
        assertThat(journal.active("shop")).isEmpty();
        assertThat(journal.unfinished()).isEmpty();
        assertThat(journal.withExpiredDatabase()).isEmpty();
        assertThat(journal.unreadable()).singleElement().asString().contains(bad.toString(), "run ");
        assertThatThrownBy(() -> journal.find(bad))
                .isInstanceOfSatisfying(
                        RunbookException.class,
                        failure -> assertThat(failure.code()).isEqualTo("journal_row_unreadable"));
    }

    @Test
    void doesNotEndAListBeforeItsEnd() {
        for (int i = 0; i < 6; i++) {
            UUID run = place.ended(Mode.DRILL, "shop", RunStatus.SUCCEEDED, START.plusSeconds(i), 1);
            if (i % 2 == 0) {
                place.jdbc()
                        .sql("UPDATE runs SET mode = 'ODD' WHERE id = ?")
                        .param(run)
                        .update();
            }
        }

        assertThat(journal.list(3, 0)).hasSize(3);
        assertThat(journal.list(10, 0)).hasSize(3);
    }

    @Test
    void isNoLongerNamedOnceItCanBeRead() {
        UUID run = place.ended(Mode.DRILL, "shop", RunStatus.SUCCEEDED, START, 1);
        place.jdbc().sql("UPDATE runs SET mode = 'ODD'").update();
        journal.list(10, 0);
        assertThat(journal.unreadable()).hasSize(1);

        place.jdbc().sql("UPDATE runs SET mode = 'DRILL'").update();

        assertThat(journal.find(run)).isPresent();
        assertThat(journal.unreadable()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{cut", "", "[1]", "\"text\"", "nothing", "null"})
    void ofEventsIsStillJsonForWhoeverReadsIt(String content) {
        Event event = new Event(1, null, "2026-11-01T10:00:00Z", "log", content, "hash");

        assertThat(event.json()).startsWith("{\"unreadable\":");
        assertThat(List.of("{}", "{\"a\":1}"))
                .allSatisfy(good -> assertThat(new Event(1, null, "", "log", good, "").json())
                        .isEqualTo(good));
    }
}
