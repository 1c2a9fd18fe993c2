package io.drrunbook.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How databases are made, and what of it counts as a difference. */
@Tag("quick")
class DatabaseMakeTest {

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "ENCODING = 'UTF8' LOCALE = 'C.UTF-8' | ENCODING = 'UTF8' LOCALE = 'C.UTF-8' | ~~",
                "ENCODING = 'UTF8' LOCALE = 'de_DE.utf8' | ENCODING = 'UTF8' LOCALE = 'de_DE.UTF-8' | ~~",
                "ENCODING = 'UTF8' LOCALE = 'C' | ENCODING = 'UTF8' LC_COLLATE = 'C' LC_CTYPE = 'C' | ~~",
                "ENCODING = 'UTF8' LOCALE = 'C' | ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C' | ~~",
                "ENCODING = 'SQL_ASCII' LOCALE = 'C' | ENCODING = 'UTF8' LOCALE = 'C' | encoding SQL_ASCII instead of UTF8",
                "ENCODING = 'UTF8' LOCALE = 'C' | ENCODING = 'UTF8' LC_COLLATE = 'C' LC_CTYPE = 'de' | LC_CTYPE C instead of de",
                "ENCODING = 'UTF8' LOCALE = 'C' | ENCODING = 'UTF8' LOCALE_PROVIDER = icu LOCALE = 'C' ICU_LOCALE = 'de' |"
                        + " locale provider libc instead of icu",
                "LOCALE_PROVIDER = icu LOCALE = 'C' ICU_LOCALE = 'fr' | LOCALE_PROVIDER = icu LOCALE = 'C' ICU_LOCALE = 'de' |"
                        + " locale fr instead of de",
                "LOCALE_PROVIDER = builtin LOCALE = 'C.UTF-8' | LOCALE_PROVIDER = builtin LOCALE = 'C.UTF-8' | ~~"
            })
    void onlyWhatARestoreCannotChangeIsADifference(String live, String backedUp, String difference) {
        assertThat(String.join(", ", make(live, null).differences(make(backedUp, null))))
                .isEqualTo(difference);
    }

    @ParameterizedTest
    @CsvSource({"shop_owner,shop_owner,''", "postgres,shop_owner,owner postgres instead of shop_owner", "postgres,,''"})
    void theOwnerIsComparedWhenTheBackupNamesOne(String live, String backedUp, String difference) {
        assertThat(String.join(", ", make("ENCODING = 'UTF8'", live).differences(make("ENCODING = 'UTF8'", backedUp))))
                .isEqualTo(difference);
    }

    /** As an archive says it. */
    private static DatabaseMake make(String options, String owner) {
        String sql = "CREATE DATABASE shop WITH TEMPLATE = template0 " + options + ";";
        TocEntry database = new TocEntry(
                1,
                false,
                0,
                0,
                "shop",
                "DATABASE",
                TocEntry.Section.PRE_DATA,
                sql,
                null,
                null,
                "",
                "",
                "",
                owner == null ? "" : owner,
                List.of(),
                TocEntry.DataState.NO_DATA,
                0);
        return new DumpedDatabase(database, true).make();
    }
}
