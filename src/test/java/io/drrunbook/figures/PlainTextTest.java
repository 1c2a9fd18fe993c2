package io.drrunbook.figures;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nothing that a terminal or the reader of a log would obey is left in a text. */
@Tag("quick")
class PlainTextTest {

    @ParameterizedTest
    @ValueSource(
            ints = {
                0x00, 0x07, 0x08, 0x09, 0x0a, 0x0d, 0x1b, 0x7f, 0x85, 0x90, 0x9b, 0x9d, 0x9f, 0x00ad, 0x061c, 0x180e,
                0x200b, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2066, 0x2067,
                0x2068, 0x2069, 0xd800, 0xdfff, 0xfeff, 0xfff9, 0xe0001, 0xe0041
            })
    void aCharacterThatIsNotSeenBecomesASpace(int character) {
        String unseen = new String(Character.toChars(character));
        assertThat(Figures.plain("before" + unseen + unseen + "after")).isEqualTo("before after");
    }

    @Test
    void whatPeopleWriteStays() {
        String text = "Bestellung № 7: größer, 日本語, עברית, 👍 – „fertig“";
        assertThat(Figures.plain(text)).isEqualTo(text);
    }
}
