package io.drrunbook.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("quick")
class DatabaseNamesTest {

    private static final UUID RUN = UUID.fromString("0a1b2c3d-0000-4000-8000-000000000000");

    @Test
    void namesAreMadeOfTheLiveNameAndTheRun() {
        assertThat(DatabaseNames.of("shop", RUN))
                .isEqualTo(new DatabaseNames("shop", "shop__dr_0a1b2c3d", "shop__before_0a1b2c3d"));
    }

    @Test
    void aLongNameIsCutBetweenCharactersSoThatTheSuffixAlwaysFits() {
        String live = "日".repeat(21);
        DatabaseNames names = DatabaseNames.of(live, RUN);
        assertThat(names.side()).isEqualTo("日".repeat(16) + "__dr_0a1b2c3d");
        assertThat(names.before()).isEqualTo("日".repeat(15) + "__before_0a1b2c3d");
        assertThat(names.before().getBytes(StandardCharsets.UTF_8)).hasSizeLessThanOrEqualTo(63);
        assertThat(DatabaseNames.belongsTo(live, names.before())).isTrue();
    }

    @Test
    void onlyNamesThatARunMadeForThatDatabaseBelongToIt() {
        assertThat(DatabaseNames.belongsTo("shop", "shop__before_0a1b2c3d")).isTrue();
        assertThat(DatabaseNames.belongsTo("shop", "shop__dr_0a1b2c3d")).isTrue();
        assertThat(DatabaseNames.belongsTo("shop", "shop")).isFalse();
        assertThat(DatabaseNames.belongsTo("shop", "workshop__dr_0a1b2c3d")).isFalse();
        assertThat(DatabaseNames.belongsTo("shop", "shop__dr_0a1b2c3d_copy")).isFalse();
        assertThat(DatabaseNames.belongsTo("shop", "shop__before_yesterday")).isFalse();
    }

    @Test
    void identifiersAndValuesAreQuotedSoThatNothingBreaksOut() {
        assertThat(Identifiers.identifier("a\"; DROP")).isEqualTo("\"a\"\"; DROP\"");
        assertThat(Identifiers.literal("it's")).isEqualTo("'it''s'");
        assertThat(Identifiers.literal("a\\'b")).isEqualTo(" E'a\\\\''b'");
        assertThat(Identifiers.connectionValue("x' host='evil")).isEqualTo("'x\\' host=\\'evil'");
        assertThat(DatabaseProperties.elements("\"$user\", \"a, \"\"b\"\"\", public"))
                .containsExactly("$user", "a, \"b\"", "public");
    }
}
