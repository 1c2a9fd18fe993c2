package io.drrunbook.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Whose certificates are believed when the service speaks TLS. */
final class Trust {

    private Trust() {}

    /**
     * Believes the certificates of that file only.
     *
     * @param pem one or more certificates in PEM, e.g. of a company's own authority
     * @throws ClientException ({@code ca_file_wrong})
     */
    static SSLContext in(Path pem) {
        try (InputStream in = Files.newInputStream(pem)) {
            Collection<? extends Certificate> certificates =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int n = 0;
            for (Certificate certificate : certificates) {
                trusted.setCertificateEntry("authority-" + n++, certificate);
            }
            if (n == 0) {
                throw ClientException.refused("ca_file_wrong", "DR_CA_FILE " + pem + " holds no certificate");
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw ClientException.refused(
                    "ca_file_wrong",
                    "DR_CA_FILE " + pem + " cannot be used (" + e + "): give a file of certificates in PEM");
        }
    }
}
