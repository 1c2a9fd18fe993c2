package io.drrunbook.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.validation.SimpleErrors;

/** A wrong setting of the alerts stops the service with its key, before anybody relies on being told. */
@Tag("quick")
class AlertSettingsTest {

    @Test
    void withoutAChannelThereIsNothingToSet() {
        assertThatCode(() -> check(Map.of())).doesNotThrowAnyException();
    }

    @Test
    void allChannelsAreFineAsTheyShouldBe() {
        assertThatCode(() -> check(Map.of(
                        "public-url", "https://dr.example.org",
                        "alerts.email.host", "mail.example.org",
                        "alerts.email.from", "dr@example.org",
                        "alerts.email.to", "a@example.org,b@example.org",
                        "alerts.webhook.url", "https://hooks.example.org/x",
                        "alerts.sms.account", "AC1",
                        "alerts.sms.token", "t",
                        "alerts.sms.from", "+1500",
                        "alerts.sms.to", "+1501")))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
                    dr.alerts.interval            | alerts.interval=0
                    dr.alerts.timeout             | alerts.timeout=-1
                    dr.alerts.attempts            | alerts.attempts=0
                    dr.alerts.fold                | alerts.fold=0s
                    dr.alerts.rto-warning         | alerts.rto-warning=1.1
                    dr.public-url                 | public-url=dr.example.org
                    dr.alerts.email.from          | alerts.email.host=mail alerts.email.to=a@b
                    dr.alerts.email.to            | alerts.email.host=mail alerts.email.from=a@b
                    dr.alerts.email.to            | alerts.email.host=mail alerts.email.from=a@b alerts.email.to=nobody
                    dr.alerts.email.to            | alerts.email.host=mail alerts.email.from=a@b alerts.email.to=c@d,c@d
                    dr.alerts.email.port          | alerts.email.host=mail alerts.email.port=70000
                    dr.alerts.email.password      | alerts.email.host=mail alerts.email.from=a@b alerts.email.to=c@d alerts.email.username=u
                    dr.alerts.email.severity      | alerts.email.severity=loud
                    dr.alerts.webhook.url         | alerts.webhook.url=ftp://s3cret/
                    dr.alerts.webhook.url         | alerts.webhook.url=https://u:s3cret@host/
                    dr.alerts.webhook.severity    | alerts.webhook.severity=CRITICAL!
                    dr.alerts.sms.to              | alerts.sms.token=s3cret
                    dr.alerts.sms.token           | alerts.sms.to=1 alerts.sms.account=a alerts.sms.from=2
                    dr.alerts.sms.account         | alerts.sms.to=1 alerts.sms.account=a/b alerts.sms.from=2 alerts.sms.token=s3cret
                    dr.alerts.sms.url             | alerts.sms.to=1 alerts.sms.account=a alerts.sms.from=2 alerts.sms.token=s3cret alerts.sms.url=gateway
                    """)
    void aWrongOneIsNamedByItsKeyAndShowsNoSecret(String key, String settings) {
        Map<String, String> properties = new HashMap<>();
        Stream.of(settings.split(" "))
                .map(setting -> setting.split("=", 2))
                .forEach(setting -> properties.put(setting[0], setting[1]));

        Throwable refusal = catchThrowable(() -> check(properties));

        assertThat(refusal)
                .isInstanceOf(WrongSettingException.class)
                .hasMessageStartingWith(key + " ")
                .hasMessageNotContaining("s3cret");
    }

    @Test
    void noSecretIsInWhatALogWouldShow() {
        DrSettings settings = bound(Map.of(
                "alerts.email.password", "s3cret",
                "alerts.webhook.url", "https://host/s3cret",
                "alerts.webhook.secret", "s3cret",
                "alerts.webhook.headers.Authorization", "s3cret",
                "alerts.sms.token", "s3cret"));

        assertThat(settings.alerts()).asString().doesNotContain("s3cret");
    }

    private static void check(Map<String, String> settings) {
        DrSettings bound = bound(settings);
        new SettingsCheck().validate(bound, new SimpleErrors(bound));
    }

    private static DrSettings bound(Map<String, String> settings) {
        Map<String, String> properties = new HashMap<>();
        settings.forEach((key, value) -> properties.put("dr." + key, value));
        return new Binder(new MapConfigurationPropertySource(properties)).bindOrCreate("dr", DrSettings.class);
    }
}
