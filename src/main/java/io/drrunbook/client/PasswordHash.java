package io.drrunbook.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.springframework.security.crypto.factory.PasswordEncoderFactories;

/** Hashes the password on standard input the way {@code dr.users} takes it. */
final class PasswordHash {

    private static final int SHORTEST = 12;

    private PasswordHash() {}

    public static void main(String[] arguments) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        String password = in.readLine();
        if (password == null || password.length() < SHORTEST) {
            System.err.println("a password has at least " + SHORTEST + " characters; nothing was hashed");
            System.exit(ExitCode.REFUSED);
        }
        System.out.println(
                PasswordEncoderFactories.createDelegatingPasswordEncoder().encode(password));
    }
}
