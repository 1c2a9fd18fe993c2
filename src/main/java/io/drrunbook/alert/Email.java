package io.drrunbook.alert;

import io.drrunbook.settings.DrSettings;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.Header;
import org.apache.camel.Message;
import org.apache.camel.component.mail.MailConstants;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** An alert as an e-mail. */
@Component("alertEmail")
class Email {

    private final AlertBook book;
    private final AlertText text;
    private final DrSettings.Email settings;

    Email(AlertBook book, AlertText text, DrSettings settings) {
        this.book = book;
        this.text = text;
        this.settings = settings.alerts().email();
    }

    /** Makes the message an e-mail. */
    public void write(@ExchangeProperty(Due.PROPERTY) Due due, Exchange exchange) {
        Alert alert = book.find(due.alert()).orElseThrow();
        Message mail = exchange.getMessage();
        mail.setHeader(MailConstants.MAIL_FROM, settings.from());
        mail.setHeader(MailConstants.MAIL_TO, due.recipient());
        mail.setHeader(MailConstants.MAIL_SUBJECT, AlertText.subject(alert));
        mail.setHeader(MailConstants.MAIL_CONTENT_TYPE, "text/plain; charset=UTF-8");
        // Keeps holiday notices from being sent back.
        mail.setHeader("Auto-Submitted", "auto-generated");
        mail.setBody(text.letter(alert));
    }

    /** What proves that the server has taken it. */
    public String receipt(@Header(MailConstants.MAIL_MESSAGE_ID) @Nullable String messageId) {
        return "taken by " + settings.host() + ":" + settings.port() + ", message id " + messageId;
    }
}
