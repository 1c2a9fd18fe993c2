package io.drrunbook.settings;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.env.EnvironmentPostProcessor;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Believes a company's own certificate authorities beside those of the JVM, for whatever the service calls over TLS: stores,
 * alert receivers, health pages, reroute calls, OpenID Connect providers. The JVM has one place for that, which its libraries
 * read when the first of them connects, so it is set before anything else starts.
 */
public final class OwnAuthorities implements EnvironmentPostProcessor, Ordered {

    private static final String KEY = "dr.authorities-file";
    private static final String TYPE = "JKS";

    @Override
    public int getOrder() {
        return LOWEST_PRECEDENCE;
    }

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        String file = environment.getProperty(KEY, "").strip();
        if (file.isEmpty()) {
            return;
        }
        try {
            List<Certificate> believed = new ArrayList<>(ofTheJvm());
            believed.addAll(read(Path.of(file)));
            System.setProperty("javax.net.ssl.trustStore", store(believed).toString());
            System.setProperty("javax.net.ssl.trustStoreType", TYPE);
            System.clearProperty("javax.net.ssl.trustStorePassword");
        } catch (IOException | GeneralSecurityException e) {
            throw new WrongSettingException(
                    KEY,
                    "is " + file + ", which cannot be used (" + e + ")",
                    "a readable file of certificates in PEM, or empty for the JVM's own authorities only");
        }
    }

    private static List<? extends Certificate> ofTheJvm() throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        return Arrays.stream(factory.getTrustManagers())
                .filter(X509TrustManager.class::isInstance)
                .flatMap(manager -> Arrays.stream(((X509TrustManager) manager).getAcceptedIssuers()))
                .toList();
    }

    private static List<? extends Certificate> read(Path pem) throws IOException, GeneralSecurityException {
        try (InputStream in = Files.newInputStream(pem)) {
            List<Certificate> own =
                    List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(in));
            if (own.isEmpty()) {
                throw new GeneralSecurityException("it holds no certificate");
            }
            return own;
        }
    }

    /** Nothing in it is secret, so it needs no password to be read. */
    private static Path store(List<Certificate> believed) throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(TYPE);
        store.load(null, null);
        for (int n = 0; n < believed.size(); n++) {
            store.setCertificateEntry("authority-" + n, believed.get(n));
        }
        Path file = Files.createTempFile("dr-authorities", ".jks");
        file.toFile().deleteOnExit();
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, "authorities".toCharArray());
        }
        return file;
    }
}
