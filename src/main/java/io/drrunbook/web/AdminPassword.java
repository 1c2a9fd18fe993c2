package io.drrunbook.web;

import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;

/** The administrator's password: from the settings, else made at first start and left in a file for its owner. */
final class AdminPassword {

    private static final int BYTES = 18;

    private AdminPassword() {}

    static String of(DrSettings settings) throws IOException {
        return settings.adminPassword().isBlank() ? fromFile(file(settings)) : settings.adminPassword();
    }

    /** Where the password lies that was made at first start; beside the work directory. */
    static Path file(DrSettings settings) {
        return settings.workDirectory().toAbsolutePath().normalize().resolveSibling("initial-admin-password");
    }

    private static String fromFile(Path file) throws IOException {
        if (!Files.exists(file)) {
            Files.createDirectories(file.getParent());
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            byte[] random = new byte[BYTES];
            new SecureRandom().nextBytes(random);
            Files.writeString(file, Base64.getUrlEncoder().withoutPadding().encodeToString(random) + "\n");
        }
        return Files.readString(file).strip();
    }
}
