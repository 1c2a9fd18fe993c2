package io.drrunbook.alert;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.drrunbook.settings.DrSettings;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.Message;
import org.springframework.stereotype.Component;

/** An alert as a signed call with JSON, with a text that Slack and its kin show as it is. */
@Component("alertWebhook")
class Webhook {

    private static final String HMAC = "HmacSHA256";

    private final AlertBook book;
    private final AlertText text;
    private final ObjectMapper json;
    private final DrSettings.Webhook settings;

    Webhook(AlertBook book, AlertText text, ObjectMapper json, DrSettings settings) {
        this.book = book;
        this.text = text;
        this.json = json;
        this.settings = settings.alerts().webhook();
    }

    /** Makes the message the call. Its URL is a header, not an endpoint, because it is often a secret. */
    public void write(@ExchangeProperty(Due.PROPERTY) Due due, Exchange exchange) throws JsonProcessingException {
        byte[] body = json.writeValueAsBytes(content(book.find(due.alert()).orElseThrow()));
        Message call = exchange.getMessage();
        settings.headers().forEach(call::setHeader);
        call.setHeader(Exchange.HTTP_URI, String.valueOf(settings.url()));
        call.setHeader(Exchange.HTTP_METHOD, "POST");
        call.setHeader(Exchange.CONTENT_TYPE, "application/json");
        if (!settings.secret().isEmpty()) {
            String timestamp = Long.toString(Instant.now().getEpochSecond());
            call.setHeader("X-DR-Timestamp", timestamp);
            call.setHeader("X-DR-Signature", "sha256=" + signature(timestamp, body));
        }
        call.setBody(body);
    }

    private Map<String, Object> content(Alert alert) {
        Map<String, Object> content = new LinkedHashMap<>();
        content.put(
                "text",
                AlertText.line(alert)
                        + text.link(alert).map(link -> "\n" + link).orElse(""));
        content.put("id", alert.id());
        content.put("kind", alert.kind());
        content.put("severity", alert.severity().word());
        content.put("application", alert.application());
        content.put("run_id", alert.runId());
        content.put("message", alert.message());
        content.put("at", alert.at());
        content.put("last_at", alert.lastAt());
        content.put("count", alert.count());
        content.put("link", text.link(alert).orElse(null));
        content.put("run", text.run(alert).map(AlertText::log).orElse(null));
        return content;
    }

    private String signature(String timestamp, byte[] body) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(settings.secret().getBytes(StandardCharsets.UTF_8), HMAC));
            mac.update((timestamp + ".").getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(mac.doFinal(body));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + HMAC, e);
        }
    }
}
