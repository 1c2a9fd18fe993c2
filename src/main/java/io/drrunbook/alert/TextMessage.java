package io.drrunbook.alert;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.drrunbook.settings.DrSettings;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.Message;
import org.springframework.stereotype.Component;

/** An alert as a text message, in the form of Twilio's API. */
@Component("alertTextMessage")
class TextMessage {

    private static final int LONGEST = 320;

    private final AlertBook book;
    private final AlertText text;
    private final ObjectMapper json;
    private final DrSettings.Sms settings;

    TextMessage(AlertBook book, AlertText text, ObjectMapper json, DrSettings settings) {
        this.book = book;
        this.text = text;
        this.json = json;
        this.settings = settings.alerts().sms();
    }

    /** Makes the message the call of the gateway. */
    public void write(@ExchangeProperty(Due.PROPERTY) Due due, Exchange exchange) {
        Alert alert = book.find(due.alert()).orElseThrow();
        Message call = exchange.getMessage();
        call.setHeader(Exchange.HTTP_URI, settings.url().replace("{account}", settings.account()));
        call.setHeader(Exchange.HTTP_METHOD, "POST");
        call.setHeader(Exchange.CONTENT_TYPE, "application/x-www-form-urlencoded");
        call.setHeader("Authorization", "Basic " + Secrets.basic(settings));
        call.setBody(form(Map.of("From", settings.from(), "To", due.recipient(), "Body", body(alert))));
    }

    /** The gateway's id of the message when it names one, else its whole answer. */
    public String receipt(@Body String answer) {
        int brace = answer.indexOf('{');
        try {
            String sid = brace < 0
                    ? ""
                    : json.readTree(answer.substring(brace)).path("sid").asText("");
            return sid.isEmpty() ? answer : answer.substring(0, brace) + "sid " + sid;
        } catch (JsonProcessingException e) {
            return answer;
        }
    }

    /** The link is kept whole, the message is cut. */
    private String body(Alert alert) {
        String link = text.link(alert)
                .map(url -> " " + url)
                .orElse(alert.runId() == null ? "" : " (run " + alert.runId() + ")");
        String line = AlertText.line(alert);
        int room = LONGEST - link.length();
        return room < LONGEST / 2 || line.length() <= room
                ? cut(line + (room < LONGEST / 2 ? "" : link), LONGEST)
                : cut(line, room) + link;
    }

    /** Three dots instead of the one character for them, which makes a message twice as long. */
    private static String cut(String line, int length) {
        return line.length() <= length ? line : line.substring(0, length - 3) + "...";
    }

    private static String form(Map<String, String> fields) {
        return fields.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }
}
