package io.drrunbook.world;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A server's certificate for loopback that only those trust who were given it.
 *
 * @param keyStore PKCS 12, with the key
 * @param pem the certificate alone
 */
public record Certificate(Path keyStore, Path pem) {

    public static final String PASSWORD = "changeit";

    public static Certificate make(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Path keyStore = directory.resolve("service.p12");
        Path pem = directory.resolve("service.pem");
        String keytool = "'" + Path.of(System.getProperty("java.home"), "bin", "keytool") + "'";
        String store = " -keystore '" + keyStore + "' -storetype PKCS12 -storepass " + PASSWORD + " -alias service";
        Shell.sh(keytool + " -genkeypair -keyalg EC -groupname secp256r1 -dname CN=localhost -validity 2"
                + " -ext san=ip:127.0.0.1,dns:localhost" + store);
        Shell.sh(keytool + " -exportcert -rfc -file '" + pem + "'" + store);
        return new Certificate(keyStore, pem);
    }

    /** Trusts this certificate and nothing else. */
    public SSLContext trust() {
        try (InputStream in = Files.newInputStream(keyStore)) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, PASSWORD.toCharArray());
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("service", keys.getCertificate("service"));
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("the certificate cannot be read back", e);
        }
    }
}
