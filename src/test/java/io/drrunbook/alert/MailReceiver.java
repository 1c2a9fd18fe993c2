package io.drrunbook.alert;

import io.drrunbook.world.Ports;
import jakarta.mail.MessagingException;
import jakarta.mail.Session;
import jakarta.mail.internet.MimeMessage;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import org.subethamail.smtp.auth.EasyAuthenticationHandlerFactory;
import org.subethamail.smtp.auth.LoginFailedException;
import org.subethamail.smtp.server.SMTPServer;

/** A real mail server on loopback that keeps what it gets. */
final class MailReceiver implements AutoCloseable {

    static final String USER = "dr-alerts";

    private final List<Letter> letters = new CopyOnWriteArrayList<>();
    private final List<Boolean> overTls = new CopyOnWriteArrayList<>();
    private final int port = Ports.free();
    private SMTPServer server;

    /** Takes mail from anybody, without TLS. */
    MailReceiver open() {
        return start(builder());
    }

    /** Takes mail only over STARTTLS, from those who log in. */
    MailReceiver startTls(SSLContext tls, String password) {
        return start(login(builder(), password)
                .startTlsSocketFactory(tls)
                .enableTLS()
                .requireTLS());
    }

    /** Speaks TLS from the first byte, and wants a login. */
    MailReceiver tls(SSLContext tls, String password) {
        return start(login(builder(), password).serverSocketFactory(tls));
    }

    int port() {
        return port;
    }

    List<Letter> letters() {
        return letters;
    }

    /** For each letter, whether it came encrypted after STARTTLS. */
    List<Boolean> overTls() {
        return overTls;
    }

    @Override
    public void close() {
        server.stop();
    }

    private MailReceiver start(SMTPServer.Builder builder) {
        server = builder.build();
        server.start();
        return this;
    }

    private SMTPServer.Builder builder() {
        return SMTPServer.port(port)
                .bindAddress(InetAddress.getLoopbackAddress())
                .messageHandler((context, from, to, content) -> {
                    overTls.add(((org.subethamail.smtp.server.Session) context).isTLSStarted());
                    letters.add(new Letter(from, to, content));
                });
    }

    private static SMTPServer.Builder login(SMTPServer.Builder builder, String password) {
        return builder.authenticationHandlerFactory(new EasyAuthenticationHandlerFactory((user, given, context) -> {
                    if (!user.equals(USER) || !given.equals(password)) {
                        throw new LoginFailedException("wrong");
                    }
                }))
                .requireAuth();
    }

    /** One letter as it came. */
    record Letter(String from, String to, byte[] content) {

        MimeMessage message() {
            try {
                return new MimeMessage(Session.getInstance(new Properties()), new ByteArrayInputStream(content));
            } catch (MessagingException e) {
                throw new IllegalStateException(e);
            }
        }

        String text() {
            try {
                return message().getContent().toString().replace("\r\n", "\n");
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        String subject() {
            try {
                return message().getSubject();
            } catch (MessagingException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
