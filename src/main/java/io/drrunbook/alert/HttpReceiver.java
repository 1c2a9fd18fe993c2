package io.drrunbook.alert;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.figures.Figures;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.apache.camel.Body;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.Header;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** What a receiver that is called over HTTP has answered. */
@Component("alertReceiver")
class HttpReceiver {

    private static final int SUCCESS_FROM = 200;
    private static final int SUCCESS_BELOW = 300;
    private static final int SHOWN_BYTES = 400;

    /**
     * Lets only deliveries of alerts through: whoever sends a message into the route could name any URL.
     *
     * @throws RunbookException ({@code not_a_delivery})
     */
    public void requireDelivery(@ExchangeProperty(Due.PROPERTY) @Nullable Due due) {
        if (due == null) {
            throw new RunbookException(
                    "not_a_delivery", "only alerts are sent here; POST /api/v1/alerts/test sends one");
        }
    }

    /**
     * Status and the beginning of the body.
     *
     * @throws RunbookException ({@code alert_refused}) when the status is not 2xx
     */
    public String requireSuccess(@Header(Exchange.HTTP_RESPONSE_CODE) int status, @Body @Nullable InputStream body)
            throws IOException {
        String beginning = body == null ? "" : new String(body.readNBytes(SHOWN_BYTES), StandardCharsets.UTF_8);
        String answer = ("HTTP " + status + " " + Figures.plain(beginning)).strip();
        if (status < SUCCESS_FROM || status >= SUCCESS_BELOW) {
            throw new RunbookException("alert_refused", "the receiver answered " + answer);
        }
        return answer;
    }
}
