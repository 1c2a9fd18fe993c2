package io.drrunbook.alert;

import io.drrunbook.settings.DrSettings;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** The ways to people that are configured, and who wants which alerts. */
@Component
class Channels {

    static final String EMAIL = "email";
    static final String WEBHOOK = "webhook";
    static final String SMS = "sms";

    private final List<Target> targets = new ArrayList<>();

    Channels(DrSettings settings) {
        DrSettings.Email email = settings.alerts().email();
        if (email.configured()) {
            email.to().forEach(address -> add(EMAIL, address, email.severity()));
        }
        DrSettings.Webhook webhook = settings.alerts().webhook();
        if (webhook.configured()) {
            // The host only: the rest of the URL may be a secret.
            add(WEBHOOK, Optional.ofNullable(webhook.url()).map(URI::getHost).orElseThrow(), webhook.severity());
        }
        DrSettings.Sms sms = settings.alerts().sms();
        if (sms.configured()) {
            sms.to().forEach(number -> add(SMS, number, sms.severity()));
        }
    }

    /** Who is told of an alert of that severity. */
    List<Target> wanting(Severity severity) {
        return targets.stream()
                .filter(target -> severity.compareTo(target.minimum()) >= 0)
                .toList();
    }

    /** Everybody. */
    List<Target> all() {
        return List.copyOf(targets);
    }

    boolean configured(String channel) {
        return targets.stream().anyMatch(target -> target.channel().equals(channel));
    }

    private void add(String channel, String recipient, String severity) {
        targets.add(new Target(channel, recipient, Severity.of(severity)));
    }

    /** A recipient. */
    record Target(String channel, String recipient, Severity minimum) {}
}
