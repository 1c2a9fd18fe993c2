package io.drrunbook.world;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
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

    /** For this machine's loopback, by address and by name. */
    public static Certificate make(Path directory) {
        return make(directory, "ip:127.0.0.1,dns:localhost");
    }

    /** For these names, as {@code keytool -ext san=} takes them. */
    public static Certificate make(Path directory, String subjectAlternativeNames) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String name = subjectAlternativeNames.replaceAll("[^a-z0-9.]", "-");
        Path keyStore = directory.resolve(name + ".p12");
        Path pem = directory.resolve(name + ".pem");
        String keytool = "'" + Path.of(System.getProperty("java.home"), "bin", "keytool") + "'";
        String store = " -keystore '" + keyStore + "' -storetype PKCS12 -storepass " + PASSWORD + " -alias service";
        Shell.sh(keytool + " -genkeypair -keyalg EC -groupname secp256r1 -dname CN=localhost -validity 2" + " -ext san="
                + subjectAlternativeNames + store);
        Shell.sh(keytool + " -exportcert -rfc -file '" + pem + "'" + store);
        return new Certificate(keyStore, pem);
    }

    /** For a server that shows it, and for a client that trusts it and nothing else. */
    public SSLContext context() {
        try (InputStream in = Files.newInputStream(keyStore)) {
            KeyStore keys = KeyStore.getInstance("PKCS12");
            keys.load(in, PASSWORD.toCharArray());
            KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            own.init(keys, PASSWORD.toCharArray());
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("service", keys.getCertificate("service"));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("the certificate cannot be read back", e);
        }
    }
}
