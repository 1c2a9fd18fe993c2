package io.drrunbook.alert;

import io.drrunbook.settings.DrSettings;
import jakarta.mail.Authenticator;
import jakarta.mail.PasswordAuthentication;
import jakarta.mail.Session;
import java.time.Duration;
import java.util.Properties;
import org.apache.camel.component.mail.DefaultJavaMailSender;
import org.apache.camel.component.mail.JavaMailSender;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The mail server of the settings. The route names it by its bean, so no endpoint shows a password. */
@Configuration(proxyBeanMethods = false)
class MailServer {

    private static final String SMTP = "mail.smtp.";

    @Bean
    JavaMailSender alertMailSender(DrSettings settings) {
        DrSettings.Email email = settings.alerts().email();
        DefaultJavaMailSender sender = new DefaultJavaMailSender();
        sender.setProtocol("smtp");
        sender.setHost(email.host());
        sender.setPort(email.port());
        sender.setSession(session(email, settings.alerts().timeout()));
        return sender;
    }

    private static Session session(DrSettings.Email email, long timeoutMillis) {
        String timeout = Long.toString(timeoutMillis);
        boolean login = !email.username().isBlank();
        Properties properties = new Properties();
        properties.put(SMTP + "auth", Boolean.toString(login));
        properties.put(SMTP + "connectiontimeout", timeout);
        properties.put(SMTP + "timeout", timeout);
        properties.put(SMTP + "writetimeout", timeout);
        properties.put(SMTP + "socketFactory", new TimedSockets(Duration.ofMillis(timeoutMillis)));
        // Else a connection that fails is tried again without the time limit.
        properties.put(SMTP + "socketFactory.fallback", "false");
        properties.put(SMTP + "ssl.enable", Boolean.toString(email.tls() == DrSettings.Email.Tls.TLS));
        properties.put(SMTP + "starttls.enable", Boolean.toString(email.tls() == DrSettings.Email.Tls.STARTTLS));
        // A server that does not offer it gets neither the password nor the alert.
        properties.put(SMTP + "starttls.required", Boolean.toString(email.tls() == DrSettings.Email.Tls.STARTTLS));
        properties.put(SMTP + "ssl.checkserveridentity", "true");
        if (login) {
            properties.put(SMTP + "user", email.username());
        }
        return Session.getInstance(properties, new Login(email));
    }

    /** Asked when the server wants a login. */
    private static final class Login extends Authenticator {

        private final DrSettings.Email email;

        Login(DrSettings.Email email) {
            this.email = email;
        }

        @Override
        protected PasswordAuthentication getPasswordAuthentication() {
            return new PasswordAuthentication(email.username(), email.password());
        }
    }
}
