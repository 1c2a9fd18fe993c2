package io.drrunbook.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.world.Shell;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Backups are opened and sealed against independent programs: gpg, gzip and Python's Fernet. */
@Tag("quick")
class BackupOpenerTest {

    private static final String PASSPHRASE = "a pass phrase";

    @TempDir
    private Path folder;

    private Path sealed;
    private Path plain;
    private byte[] content;

    @BeforeEach
    void givenContentThatIsNotTooEasy() throws IOException {
        sealed = folder.resolve("sealed");
        plain = folder.resolve("plain");
        content = new byte[300_000];
        new Random(7).nextBytes(content);
        Files.write(folder.resolve("content"), content);
    }

    @Test
    void whatGpgSealedWithAPassphraseIsOpened() throws IOException {
        gpg("gzip -c content | gpg --batch --pinentry-mode loopback --passphrase '" + PASSPHRASE
                + "' --symmetric > sealed");

        OpenedBackup opened = open(Map.of("dr.encryption.passphrase", PASSPHRASE));

        assertThat(opened).isEqualTo(new OpenedBackup("openpgp", "gzip", content.length));
        assertThat(plain).hasBinaryContent(content);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(plain)))
                .isEqualTo("rw-------");
    }

    @Test
    void anArmouredMessageIsOpened() throws IOException {
        gpg("gzip -c content | gpg --batch --armor --pinentry-mode loopback --passphrase '" + PASSPHRASE
                + "' --symmetric > sealed");

        open(Map.of("dr.encryption.passphrase", PASSPHRASE));

        assertThat(plain).hasBinaryContent(content);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa2048", "future-default"})
    void whatGpgSealedToAKeyIsOpenedAndWhatWeSealToItGpgOpens(String algorithm) throws IOException {
        gpg("gpg --batch --pinentry-mode loopback --passphrase secret --quick-generate-key dr@example.org " + algorithm
                + " default never"
                + " && (gpg --batch --list-keys --with-colons | grep -q ':e:' || gpg --batch --pinentry-mode loopback"
                + " --passphrase secret --quick-add-key $(gpg --list-keys --with-colons | awk -F: '/^fpr/{print $10;"
                + " exit}') rsa2048 encr never)"
                + " && gpg --batch --armor --export dr@example.org > public.asc"
                + " && gpg --batch --pinentry-mode loopback --passphrase secret --armor --export-secret-keys > private.asc"
                + " && gzip -c content | gpg --batch --trust-model always -e -r dr@example.org > sealed");
        Map<String, String> keys = Map.of(
                "dr.encryption.public-key-file", folder.resolve("public.asc").toString(),
                "dr.encryption.private-key-file", folder.resolve("private.asc").toString(),
                "dr.encryption.private-key-passphrase", "secret");

        open(keys);
        assertThat(plain).hasBinaryContent(content);

        seal(keys);
        gpg("gpg --batch --pinentry-mode loopback --passphrase secret -d sealed > by_gpg");
        assertThat(folder.resolve("by_gpg")).hasBinaryContent(content);
    }

    @Test
    void whatWeSealWithAPassphraseGpgOpensAndSoDoWe() throws IOException {
        Map<String, String> keys = Map.of("dr.encryption.passphrase", PASSPHRASE);
        seal(keys);

        gpg("gpg --batch --pinentry-mode loopback --passphrase '" + PASSPHRASE + "' -d sealed > by_gpg");

        assertThat(folder.resolve("by_gpg")).hasBinaryContent(content);
        assertThat(open(keys)).isEqualTo(new OpenedBackup("openpgp", "none", content.length));
        assertThat(plain).hasBinaryContent(content);
    }

    @Test
    void aFernetTokenOpensWithWhicheverKeyVouchesForIt() throws IOException {
        String[] keys = fernet();

        OpenedBackup opened = open(Map.of(
                "dr.encryption.fernet-keys[0]", keys[1],
                "dr.encryption.fernet-keys[1]", keys[0]));

        assertThat(opened).isEqualTo(new OpenedBackup("fernet", "gzip", content.length));
        assertThat(plain).hasBinaryContent(content);
    }

    @Test
    void aFernetTokenIsRefusedWithAnotherKeyAndWithNone() throws IOException {
        String[] keys = fernet();

        assertFails("wrong_key", () -> open(Map.of("dr.encryption.fernet-keys[0]", keys[1])));
        assertFails("no_key", () -> open(Map.of()));
    }

    @Test
    void aChangedFernetTokenIsRefusedBeforeAnythingIsDecrypted() throws IOException {
        String[] keys = fernet();
        byte[] token = Files.readAllBytes(sealed);
        token[token.length / 2] = (byte) (token[token.length / 2] == 'A' ? 'B' : 'A');
        Files.write(sealed, token);

        assertFails("wrong_key", () -> open(Map.of("dr.encryption.fernet-keys[0]", keys[0])));
    }

    @Test
    void aWrongPassphraseAndAFlippedBitAreToldApart() throws IOException {
        seal(Map.of("dr.encryption.passphrase", PASSPHRASE));
        assertFails("wrong_key", () -> open(Map.of("dr.encryption.passphrase", "another one")));

        flip(sealed, 150_000);
        assertFails("corrupt_backup", () -> open(Map.of("dr.encryption.passphrase", PASSPHRASE)));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.2, 0.6, 0.999})
    void aMessageThatIsCutShortIsRefused(double share) throws IOException {
        seal(Map.of("dr.encryption.passphrase", PASSPHRASE));
        cut(sealed, share);

        assertFails("corrupt_backup", () -> open(Map.of("dr.encryption.passphrase", PASSPHRASE)));
    }

    @Test
    void aMessageWithoutIntegrityProtectionIsRefused() {
        gpg("gpg --batch --rfc2440 --cipher-algo AES256 --disable-mdc --pinentry-mode loopback --passphrase '"
                + PASSPHRASE + "' --symmetric < content > sealed 2>/dev/null || true");
        assertThat(sealed).exists();
        byte[] mdcPacket = Shell.sh("cd '" + folder + "' && gpg --batch --list-packets --pinentry-mode loopback"
                + " --passphrase '" + PASSPHRASE + "' sealed 2>/dev/null || true");

        if (new String(mdcPacket, StandardCharsets.UTF_8).contains("mdc_method")) {
            throw new AssertionError("this gpg cannot make what the test is about");
        }
        assertFails("unsupported_encryption", () -> open(Map.of("dr.encryption.passphrase", PASSPHRASE)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 600, 65_535, 65_536, 65_537, 131_072})
    void gzipOfSeveralMembersIsReadToItsEnd(int size) throws IOException {
        ByteArrayOutputStream members = new ByteArrayOutputStream();
        for (int from = 0; from < 5 * size; from += size) {
            GZIPOutputStream gzip = new GZIPOutputStream(members);
            gzip.write(content, from % 100_000, size);
            gzip.finish();
        }
        Files.write(sealed, members.toByteArray());

        assertThat(open(Map.of())).isEqualTo(new OpenedBackup("none", "gzip", 5L * size));
    }

    @Test
    void aDamagedGzipIsRefusedWhereverItIsDamaged() throws IOException {
        byte[] whole = gzip(content);
        for (int at : List.of(20, whole.length / 2, whole.length - 6, whole.length - 2)) {
            Files.write(sealed, whole);
            flip(sealed, at);
            assertFails("corrupt_backup", () -> open(Map.of()));
        }
        Files.write(sealed, whole);
        cut(sealed, 0.6);
        assertFails("corrupt_backup", () -> open(Map.of()));
    }

    @Test
    void zstdIsOpenedAndRefusedWhenItIsCut() throws IOException {
        try (OutputStream out = new ZstdOutputStream(Files.newOutputStream(sealed))) {
            out.write(content);
        }
        assertThat(open(Map.of())).isEqualTo(new OpenedBackup("none", "zstd", content.length));
        assertThat(plain).hasBinaryContent(content);

        cut(sealed, 0.6);
        assertFails("corrupt_backup", () -> open(Map.of()));
    }

    private OpenedBackup open(Map<String, String> keys) throws IOException {
        return new BackupOpener(settings(keys))
                .open(sealed, plain, new Room(Long.MAX_VALUE, "no limit"), read -> {}, () -> false);
    }

    private void seal(Map<String, String> keys) throws IOException {
        try (OutputStream file = Files.newOutputStream(sealed);
                OutputStream message = new BackupSealer(settings(keys)).seal(file)) {
            message.write(content);
        }
    }

    private void assertFails(String code, ThrowingCallable opening) {
        assertThatThrownBy(opening)
                .isInstanceOfSatisfying(
                        RunbookException.class,
                        failure -> assertThat(failure.code())
                                .as(failure.getMessage())
                                .isEqualTo(code));
        assertThat(plain).doesNotExist();
    }

    /** Seals the content, gzipped, into a token; the first key is the token's, the second is another. */
    private String[] fernet() {
        String keys = new String(
                Shell.sh("cd '" + folder + "' && gzip -c content | /usr/bin/python3 -c '"
                        + "import sys; from cryptography.fernet import Fernet\n"
                        + "key = Fernet.generate_key()\n"
                        + "open(\"sealed\", \"wb\").write(Fernet(key).encrypt(sys.stdin.buffer.read()) + b\"\\n\")\n"
                        + "print(key.decode(), Fernet.generate_key().decode())'"),
                StandardCharsets.UTF_8);
        return keys.strip().split(" ");
    }

    private void gpg(String script) {
        Shell.sh("cd '" + folder + "' && export GNUPGHOME='" + folder + "' && chmod 700 . && " + script);
    }

    private static void flip(Path file, int at) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[at] ^= 1;
        Files.write(file, bytes);
    }

    private static void cut(Path file, double share) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, Arrays.copyOf(bytes, (int) (bytes.length * share)));
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }

    private static DrSettings settings(Map<String, String> keys) {
        return new Binder(new MapConfigurationPropertySource(keys)).bindOrCreate("dr", DrSettings.class);
    }
}
