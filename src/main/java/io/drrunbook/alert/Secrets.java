package io.drrunbook.alert;

import io.drrunbook.settings.DrSettings;
import io.drrunbook.settings.DrSettings.Alerts;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.springframework.stereotype.Component;

/** Takes the channels' secrets out of what receivers answer, which may repeat what it was sent. */
@Component
class Secrets {

    private static final int SHORTEST = 4;
    private static final int SHORTEST_PART = 8;
    private static final int SHORTEST_SEGMENT = 16;

    private final List<String> known;

    Secrets(DrSettings settings) {
        Alerts alerts = settings.alerts();
        Optional<URI> url = Optional.ofNullable(alerts.webhook().url());
        this.known = Stream.of(
                        Stream.of(
                                alerts.email().password(),
                                alerts.webhook().secret(),
                                alerts.sms().token(),
                                basic(alerts.sms()),
                                base64(alerts.email().password()),
                                base64("\0" + alerts.email().username() + "\0"
                                        + alerts.email().password())),
                        alerts.webhook().headers().values().stream(),
                        alerts.webhook().headers().values().stream()
                                .flatMap(value -> Stream.of(value.split("\\s+")))
                                .filter(part -> part.length() >= SHORTEST_PART),
                        url.map(URI::toString).stream(),
                        url.map(URI::getRawPath).stream(),
                        url.map(URI::getRawPath).stream()
                                .flatMap(path -> Stream.of(path.split("/")))
                                .filter(segment -> segment.length() >= SHORTEST_SEGMENT),
                        url.map(URI::getRawQuery).stream())
                .flatMap(texts -> texts)
                // Anything shorter would take words apart and hide nothing.
                .filter(text -> text != null && text.length() >= SHORTEST)
                .sorted(Comparator.comparing(String::length).reversed())
                .toList();
    }

    /** The text with *** for each secret in it. */
    String hide(String text) {
        String hidden = text;
        for (String secret : known) {
            hidden = hidden.replace(secret, "***");
        }
        return hidden;
    }

    /** What stands behind {@code Basic} in the header for the text message gateway. */
    static String basic(DrSettings.Sms sms) {
        return base64(sms.account() + ":" + sms.token());
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
