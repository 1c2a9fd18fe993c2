package io.drrunbook.settings;

import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at the secrets that seal and vouch: one that anybody could have read somewhere is none. */
final class SecretStrength {

    private static final Logger LOG = LoggerFactory.getLogger(SecretStrength.class);

    /** Found in this project's own examples, in those of others, and at the top of every list of passwords. */
    private static final Set<String> PUBLISHED = Set.of(
            "changeme",
            "change-me",
            "change_me",
            "changeit",
            "change-it",
            "change this",
            "password",
            "passphrase",
            "password1",
            "password123",
            "secret",
            "my secret",
            "mysecret",
            "supersecret",
            "letmein",
            "admin",
            "postgres",
            "test",
            "example",
            "default",
            "12345678",
            "123456789",
            "1234567890",
            "qwerty",
            "qwertyuiop",
            "hunter2",
            "correct horse battery staple",
            "correcthorsebatterystaple",
            "...",
            "xxx",
            "todo",
            "dr_passphrase",
            "your-passphrase",
            "your passphrase",
            "yourpassphrase",
            "passphrase here");

    private static final int SHORT = 16;
    private static final int FEW = 6;
    private static final int FERNET_BYTES = 32;

    private SecretStrength() {}

    /** Those that must not be used; a weak one is only told, because a backup sealed with it is better than none. */
    static List<WrongSettingException> published(DrSettings settings) {
        List<WrongSettingException> wrong = new ArrayList<>();
        secrets(settings).forEach((key, secret) -> {
            if (PUBLISHED.contains(secret.strip().toLowerCase(Locale.ROOT)) || secret.startsWith("${")) {
                wrong.add(new WrongSettingException(
                        key, "is a published one", "take one of your own: openssl rand -base64 33"));
            } else if (secret.length() < SHORT || secret.chars().distinct().count() < FEW) {
                LOG.warn(
                        "{} is weak: it has {} characters, {} of them different; anybody who holds a backup can try to"
                                + " guess it. Take a longer one (openssl rand -base64 33), and keep this one in the former"
                                + " ones",
                        key,
                        secret.length(),
                        secret.chars().distinct().count());
            }
        });
        return wrong;
    }

    /** What the original's keys are not, but must be. */
    static List<WrongSettingException> malformed(DrSettings settings) {
        List<WrongSettingException> wrong = new ArrayList<>();
        List<String> keys = settings.encryption().fernetKeys();
        for (int i = 0; i < keys.size(); i++) {
            if (!keys.get(i).isBlank() && !isFernetKey(keys.get(i))) {
                wrong.add(new WrongSettingException(
                        "dr.encryption.fernet-keys[" + i + "]",
                        "is no Fernet key",
                        "the URL-safe base64 of 32 bytes, 44 characters"));
            }
        }
        return wrong;
    }

    private static boolean isFernetKey(String text) {
        try {
            return Base64.getUrlDecoder().decode(text.strip()).length == FERNET_BYTES;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static Map<String, String> secrets(DrSettings settings) {
        Map<String, String> secrets = new LinkedHashMap<>();
        secrets.put("dr.encryption.passphrase", settings.encryption().passphrase());
        secrets.put("dr.encryption.manifest-key", settings.encryption().manifestKey());
        secrets.values().removeIf(String::isBlank);
        return secrets;
    }
}
