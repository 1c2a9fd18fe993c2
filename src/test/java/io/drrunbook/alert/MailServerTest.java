package io.drrunbook.alert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.drrunbook.settings.DrSettings;
import io.drrunbook.world.Certificate;
import jakarta.mail.Message;
import jakarta.mail.MessagingException;
import jakarta.mail.internet.InternetAddress;
import jakarta.mail.internet.MimeMessage;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import org.apache.camel.component.mail.JavaMailSender;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** The connection to a mail server, against real ones. */
@Tag("quick")
class MailServerTest {

    private static final String PASSWORD = "s3cret-of-the-mail-server";

    @TempDir
    static Path directory;

    private static SSLContext usual;
    private static Certificate trusted;
    private static Certificate ofAnotherHost;

    private MailReceiver receiver = new MailReceiver();

    @BeforeAll
    static void trustOneCertificate() throws Exception {
        usual = SSLContext.getDefault();
        trusted = Certificate.make(directory, "ip:127.0.0.1");
        ofAnotherHost = Certificate.make(directory, "dns:elsewhere.example");
    }

    @AfterAll
    static void trustWhatWasTrusted() {
        SSLContext.setDefault(usual);
    }

    @AfterEach
    void stop() {
        receiver.close();
    }

    @Test
    void aLetterGoesOverStartTlsWithALogin() throws Exception {
        SSLContext.setDefault(trusted.context());
        receiver.startTls(trusted.context(), PASSWORD);

        send("starttls", PASSWORD);

        assertThat(receiver.letters())
                .singleElement()
                .satisfies(letter -> assertThat(letter.subject()).isEqualTo("a test"));
        assertThat(receiver.overTls()).containsExactly(true);
    }

    @Test
    void aLetterGoesOverTlsFromTheFirstByte() throws Exception {
        SSLContext.setDefault(trusted.context());
        receiver.tls(trusted.context(), PASSWORD);

        send("tls", PASSWORD);

        assertThat(receiver.letters()).hasSize(1);
    }

    @Test
    void aWrongPasswordIsNamedAndNotShown() throws Exception {
        SSLContext.setDefault(trusted.context());
        receiver.startTls(trusted.context(), PASSWORD);

        Throwable failure = catchThrowable(() -> send("starttls", "wr0ng-password"));

        assertThat(DeliveryFailure.words(failure)).contains("535").doesNotContain("wr0ng-password");
        assertThat(receiver.letters()).isEmpty();
    }

    @Test
    void aServerWithoutStartTlsGetsNeitherPasswordNorLetter() {
        receiver.open();

        assertThatThrownBy(() -> send("starttls", PASSWORD))
                .isInstanceOf(MessagingException.class)
                .hasMessageContaining("STARTTLS");
        assertThat(receiver.letters()).isEmpty();
    }

    @Test
    void aCertificateThatNobodyTrustsIsRefused() throws Exception {
        SSLContext.setDefault(usual);
        receiver.startTls(trusted.context(), PASSWORD);

        assertThat(DeliveryFailure.words(catchThrowable(() -> send("starttls", PASSWORD))))
                .startsWith("TLS:");
        assertThat(receiver.letters()).isEmpty();
    }

    @Test
    void aTrustedCertificateOfAnotherHostIsRefused() throws Exception {
        for (String tls : new String[] {"starttls", "tls"}) {
            SSLContext.setDefault(ofAnotherHost.context());
            receiver = tls.equals("tls")
                    ? new MailReceiver().tls(ofAnotherHost.context(), PASSWORD)
                    : new MailReceiver().startTls(ofAnotherHost.context(), PASSWORD);

            assertThat(catchThrowable(() -> send(tls, PASSWORD))).as(tls).isInstanceOf(MessagingException.class);

            assertThat(receiver.letters()).isEmpty();
            if (tls.equals("starttls")) {
                receiver.close();
            }
        }
    }

    @Test
    void aServerThatDripsIsCutOffAtTheLimit() throws Exception {
        receiver.open();
        try (ServerSocket dripping = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread server = new Thread(() -> drip(dripping));
            server.start();
            Instant began = Instant.now();

            assertThatThrownBy(() -> sender(dripping.getLocalPort(), "none", "").send(letter(dripping.getLocalPort())))
                    .isInstanceOf(MessagingException.class);

            assertThat(Duration.between(began, Instant.now())).isLessThan(Duration.ofSeconds(5));
            server.join();
        }
    }

    /** Sends a line of a greeting that never ends, often enough for no time-out of a single read. */
    private static void drip(ServerSocket server) {
        try (Socket socket = server.accept();
                OutputStream out = socket.getOutputStream()) {
            while (true) {
                out.write("220-still greeting\r\n".getBytes(StandardCharsets.US_ASCII));
                out.flush();
                LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
            }
        } catch (java.io.IOException e) {
            // The client has gone: that is what the test is about.
        }
    }

    private void send(String tls, String password) throws MessagingException {
        sender(receiver.port(), tls, password).send(letter(receiver.port()));
    }

    private static MimeMessage letter(int port) throws MessagingException {
        MimeMessage letter = new MimeMessage(sender(port, "none", "").getSession());
        letter.setFrom(new InternetAddress("dr@example.org"));
        letter.setRecipient(Message.RecipientType.TO, new InternetAddress("ops@example.org"));
        letter.setSubject("a test");
        letter.setText("text");
        return letter;
    }

    private static JavaMailSender sender(int port, String tls, String password) {
        Map<String, Object> email = new HashMap<>();
        email.put("dr.alerts.timeout", 1000);
        email.put("dr.alerts.email.host", "127.0.0.1");
        email.put("dr.alerts.email.port", port);
        email.put("dr.alerts.email.tls", tls);
        email.put("dr.alerts.email.username", password.isEmpty() ? "" : MailReceiver.USER);
        email.put("dr.alerts.email.password", password);
        return new MailServer()
                .alertMailSender(
                        new Binder(new MapConfigurationPropertySource(email)).bindOrCreate("dr", DrSettings.class));
    }
}
