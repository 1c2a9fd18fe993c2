package io.drrunbook.web;

import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The administrator's password: from the settings, else made at first start and left in a file for its owner. */
final class AdminPassword {

    private static final Logger LOG = LoggerFactory.getLogger(AdminPassword.class);
    private static final int BYTES = 18;

    private AdminPassword() {}

    static String of(DrSettings settings) throws IOException {
        return settings.adminPassword().isBlank() ? fromFile(settings.workDirectory()) : settings.adminPassword();
    }

    private static String fromFile(Path workDirectory) throws IOException {
        Path data = workDirectory.toAbsolutePath().getParent();
        Path file = data.resolve("initial-admin-password");
        if (!Files.exists(file)) {
            Files.createDirectories(data);
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            byte[] random = new byte[BYTES];
            new SecureRandom().nextBytes(random);
            Files.writeString(file, Base64.getUrlEncoder().withoutPadding().encodeToString(random) + "\n");
            LOG.info("made a password for the user admin: it is in {}", file);
        }
        return Files.readString(file).strip();
    }
}
