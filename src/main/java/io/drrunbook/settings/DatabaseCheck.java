package io.drrunbook.settings;

import static io.drrunbook.settings.SettingsCheck.positive;
import static io.drrunbook.settings.SettingsCheck.readable;
import static io.drrunbook.settings.SettingsCheck.require;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Looks at how a database is connected to: driver and tools get the same files, so these must be what both read. */
record DatabaseCheck(String key, DrSettings.Database database) {

    private static final List<String> MODES =
            List.of("disable", "allow", "prefer", "require", "verify-ca", "verify-full");

    /** Shorter, and an answer that is merely slow counts as none. */
    private static final Duration SHORTEST_SILENCE = Duration.ofSeconds(2);

    void check() {
        positive(key + ".connect-timeout", database.connectTimeout());
        require(
                database.silenceTimeout().compareTo(SHORTEST_SILENCE) >= 0,
                key + ".silence-timeout",
                "is " + database.silenceTimeout(),
                "2s or longer, e.g. 1m");
        String sslmode = database.sslmode();
        require(
                MODES.contains(sslmode),
                key + ".sslmode",
                "is '" + sslmode + "'",
                "one of " + String.join(", ", MODES));
        readable(key + ".sslrootcert", database.sslrootcert());
        readable(key + ".sslcert", database.sslcert());
        readable(key + ".sslkey", database.sslkey());
        require(
                !sslmode.startsWith("verify") || database.sslrootcert() != null,
                key + ".sslrootcert",
                "is missing",
                "the file with the certificates that sslmode " + sslmode + " believes");
        require(
                (database.sslcert() == null) == (database.sslkey() == null),
                key + ".sslkey",
                "or sslcert is missing",
                "both for a server that asks for a certificate, neither for one that does not");
        Path file = database.sslkey();
        if (file != null) {
            String name = file.toString();
            require(
                    (name.endsWith(".key") || name.endsWith(".pem")) && isUnencryptedPkcs8(file),
                    key + ".sslkey",
                    "is " + file + ", which is no key that driver and tools both read",
                    "PKCS #8 in PEM without a passphrase, in a file *.key or *.pem: openssl pkcs8 -topk8 -nocrypt -in OLD -out"
                            + " NEW.key");
        }
    }

    private static boolean isUnencryptedPkcs8(Path file) {
        try {
            return Files.readString(file).contains("-----BEGIN PRIVATE KEY-----");
        } catch (IOException e) {
            return false;
        }
    }
}
