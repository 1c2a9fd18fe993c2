package io.drrunbook.settings;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.validation.SimpleErrors;

/** A database's name that the server would cut stops the service before a recovery looks for it in vain. */
@Tag("quick")
class DatabaseNameSettingsTest {

    @ParameterizedTest
    @CsvSource({
        "name, nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn, 64 bytes",
        "name, 日本日本日本日本日本日本日本日本日本日本日本, 66 bytes",
        "maintenance-database, nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn, 64 bytes"
    })
    void aNameOfMoreThan63BytesIsRefused(String key, String name, String bytes) {
        assertThatThrownBy(() -> check(key, name))
                .isInstanceOf(WrongSettingException.class)
                .hasMessageStartingWith("dr.applications.shop.database." + key + " ")
                .hasMessageContaining(bytes)
                .hasMessageContaining("pg_database");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn",
                "日本日本日本日本日本日本日本日本日本日本日",
                "we=ird",
                "postgresql://x"
            })
    void anyOtherNameIsTaken(String name) {
        assertThatCode(() -> check("name", name)).doesNotThrowAnyException();
    }

    private static void check(String key, String name) {
        Map<String, Object> values = new HashMap<>(Map.of(
                "dr.applications.shop.database.host", "localhost",
                "dr.applications.shop.database.name", "shop",
                "dr.applications.shop.database.username", "dr",
                "dr.applications.shop.database.password", "secret",
                "dr.applications.shop.health.url", "http://localhost/health",
                "dr.stores.local.directory", "/backups"));
        values.put("dr.applications.shop.database." + key, name);
        DrSettings settings =
                new Binder(new MapConfigurationPropertySource(values)).bindOrCreate("dr", DrSettings.class);
        new SettingsCheck().validate(settings, new SimpleErrors(settings));
    }
}
