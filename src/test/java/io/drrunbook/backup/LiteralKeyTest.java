package io.drrunbook.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** An object's name is a name, and never an expression of Camel's. */
@Tag("quick")
class LiteralKeyTest {

    private final Stores stores =
            new Stores(new Binder(new MapConfigurationPropertySource(Map.of("dr.plan.first-bytes", "65536")))
                    .bindOrCreate("dr", DrSettings.class));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "dr/shop/${bean:rollBack?method=swapBack}.json",
                "dr/shop/$simple{sys.user.dir}",
                "${env:PATH}",
                "dr/a${",
            })
    void aKeyThatCamelWouldEvaluateIsRefused(String key) {
        assertThatThrownBy(() -> stores.literalKey(key))
                .isInstanceOfSatisfying(
                        RunbookException.class,
                        refusal -> assertThat(refusal.code()).isEqualTo("key_is_expression"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"dr/shop/backup_full_database_20260101_020000.dump.gz.gpg", "dr/shop/a$b{c}", "dr/$x/{y}"})
    void anyOtherIsHandedOnAsItIs(String key) {
        assertThat(stores.literalKey(key)).isEqualTo(key);
    }
}
