package io.drrunbook.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.world.Shell;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Date;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bouncycastle.bcpg.AEADAlgorithmTags;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.SymmetricKeyAlgorithmTags;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openpgp.PGPEncryptedDataGenerator;
import org.bouncycastle.openpgp.PGPLiteralData;
import org.bouncycastle.openpgp.PGPLiteralDataGenerator;
import org.bouncycastle.openpgp.operator.jcajce.JcaPGPDigestCalculatorProviderBuilder;
import org.bouncycastle.openpgp.operator.jcajce.JcePBEKeyEncryptionMethodGenerator;
import org.bouncycastle.openpgp.operator.jcajce.JcePGPDataEncryptorBuilder;
import org.bouncycastle.openpgp.operator.jcajce.JcePublicKeyKeyEncryptionMethodGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** What {@code gpg} opens is opened here: each file of the tables is made by gpg, opened by gpg, and then by us. */
@Tag("quick")
class KeysAsPeopleHaveThemTest {

    private static final String PASSPHRASE = "correct horse battery";
    private static final byte[] CONTENT = new byte[200_000];

    /** With a key ring: rsa, curve, nist, elgamal, old (expired), gone (revoked), plain (no subkey) are ours. */
    @TempDir
    private static Path folder;

    private Path sealed;
    private Path plain;

    @BeforeAll
    static void givenKeys() throws IOException {
        new Random(11).nextBytes(CONTENT);
        Files.write(folder.resolve("content"), CONTENT);
        gpg("quick() { gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-generate-key \"$@\"; }\n"
                + "fingerprint() { gpg --list-keys --with-colons \"$1\" | awk -F: '/^fpr/{print $10; exit}'; }\n"
                + "add() { gpg --batch --quiet --pinentry-mode loopback --passphrase '' --quick-add-key $(fingerprint $1)"
                + " $2 $3 $4; }\n"
                + "quick rsa rsa2048 sign never; add rsa rsa2048 encr never\n"
                + "quick other rsa2048 sign never; add other rsa2048 encr never\n"
                + "quick curve ed25519 sign never; add curve cv25519 encr never\n"
                + "quick nist nistp256 sign never; add nist nistp384 encr never\n"
                + "quick plain rsa2048 sign,encr never\n"
                + "printf '%%no-protection\\nKey-Type: DSA\\nKey-Length: 1024\\nSubkey-Type: ELG-E\\nSubkey-Length: 1024\\n"
                + "Name-Real: elgamal\\nExpire-Date: 0\\n' | gpg --batch --quiet --generate-key\n"
                + "gpg --batch --quiet --faked-system-time 20200101T000000 --pinentry-mode loopback --passphrase ''"
                + " --quick-generate-key old rsa2048 sign,encr 1y\n"
                + "quick gone rsa2048 sign,encr never\n"
                + "gpg --batch --quiet --pinentry-mode loopback --passphrase secret --quick-generate-key locked rsa2048"
                + " sign,encr never\n"
                + "for key in rsa other curve nist plain elgamal old gone; do\n"
                + "  gpg --batch --armor --export-secret-keys $key > $key.asc; gpg --armor --export $key > $key.pub; done\n"
                + "gpg --batch --pinentry-mode loopback --passphrase secret --armor --export-secret-keys locked > locked.asc\n"
                + "gpg --batch --pinentry-mode loopback --passphrase secret --armor --export locked > locked.pub\n"
                + "cat rsa.asc curve.asc nist.asc plain.asc elgamal.asc old.asc gone.asc > ours.asc\n"
                + "gpg --batch --export-secret-keys rsa curve nist plain elgamal old gone > ours.gpg\n"
                + "(echo; echo 'two keys'; cat rsa.pub; sed 's/$/\\r/' rsa.asc; echo between; cat locked.asc) > mixed.asc\n"
                + "gpg --batch --armor --export-secret-subkeys rsa > subkey.asc\n"
                + "cat other.asc rsa.asc > other-first.asc");
    }

    @AfterAll
    static void endTheAgent() {
        gpg("gpgconf --kill all");
    }

    @BeforeEach
    void givenNames() throws IOException {
        sealed = folder.resolve("sealed");
        plain = folder.resolve("plain");
        Files.deleteIfExists(sealed);
        Files.deleteIfExists(plain);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "IDEA",
                "3DES",
                "CAST5",
                "BLOWFISH",
                "AES",
                "AES192",
                "AES256",
                "TWOFISH",
                "CAMELLIA128",
                "CAMELLIA192",
                "CAMELLIA256"
            })
    void everyCipherOfGpgIsOpenedWithPassphraseAndWithKey(String cipher) throws IOException {
        gpg("gpg $P -c --cipher-algo " + cipher + " < content > sealed");
        opensWithGpgAndWithUs(Map.of("passphrase", PASSPHRASE));

        gpg("gpg $P -e -r curve --cipher-algo " + cipher + " < content > sealed");
        opensWithGpgAndWithUs(Map.of("private-key-file", "ours.asc"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-c --s2k-mode 0",
                "-c --s2k-mode 1",
                "-c --s2k-mode 3 --s2k-count 65011712",
                "-c --s2k-mode 3 --s2k-count 1024 --s2k-digest-algo SHA512",
                "-c --s2k-digest-algo SHA1",
                "-c --s2k-digest-algo SHA224 --s2k-cipher-algo TWOFISH",
                "-c --s2k-digest-algo RIPEMD160",
                "-c --armor",
                "-c --armor --comment 'a comment' --emit-version",
                "-c -z 9 --compress-algo zip",
                "-c -z 1 --compress-algo zlib",
                "-c --compress-algo bzip2",
                "-c --compress-algo none",
                "-c --force-mdc --no-literal",
                "-c --set-filename 'a name with blanks'",
                "-s -c -u rsa",
                "-c -e -r other",
                "-c -e -r rsa -r other"
            })
    void whateverGpgSealsWithOurPassphraseIsOpened(String how) throws IOException {
        gpg("gpg $P " + how.replace(" --no-literal", "") + " < content > sealed");
        opensWithGpgAndWithUs(Map.of("passphrase", PASSPHRASE));
        opensWithGpgAndWithUs(Map.of("passphrase", "a newer one", "former-passphrases[0]", PASSPHRASE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-e -r rsa",
                "-e -r curve",
                "-e -r nist",
                "-e -r plain",
                "-e -r elgamal",
                "-e -r old --faked-system-time 20200601T000000",
                "-e -r gone",
                "-e -r other -r rsa",
                "-e -r other -r curve -r elgamal",
                "-e -R rsa",
                "-e -R curve",
                "-e -R elgamal",
                "-e -R other -R rsa",
                "-e -R other -R nist -R curve",
                "-e -r other -R rsa",
                "-e --throw-keyids -r other -r rsa",
                "-s -e -u rsa -r rsa",
                "-s -e -u rsa -u curve -r curve --compress-algo bzip2",
                "-c -e -r rsa",
                "-e -r rsa --armor --set-filename x",
                "-e -r rsa --rfc4880 --cipher-algo CAST5"
            })
    void whateverGpgSealsToOneOfOurKeysIsOpened(String how) throws IOException {
        gpg("gpg $P " + how + " < content > sealed");
        for (String file : new String[] {"ours.asc", "ours.gpg"}) {
            opensWithGpgAndWithUs(Map.of("private-key-file", file));
        }
        opensWithGpgAndWithUs(Map.of("private-key-file", "ours.asc", "passphrase", "for something else"));
    }

    @Test
    void whatWasSealedToAKeyBeforeItWasRevokedIsOpened() throws IOException {
        gpg("gpg $P -e -r gone < content > sealed");
        gpg("F=$(gpg --list-keys --with-colons gone | awk -F: '/^fpr/{print $10; exit}')\n"
                + "sed 's/^:-----/-----/' openpgp-revocs.d/$F.rev > revocation.asc\n"
                + "mkdir -p revoked && chmod 700 revoked\n"
                + "GNUPGHOME=$PWD/revoked gpg --batch --quiet --import gone.asc revocation.asc\n"
                + "GNUPGHOME=$PWD/revoked gpg --batch --armor --export-secret-keys gone > revoked.asc\n"
                + "GNUPGHOME=$PWD/revoked gpg --batch --armor --export gone > revoked.pub\n"
                + "GNUPGHOME=$PWD/revoked gpgconf --kill all");
        opensWithGpgAndWithUs(Map.of("private-key-file", "revoked.asc"));

        assertThatThrownBy(() -> Keys.publicKey(folder.resolve("revoked.pub")))
                .isInstanceOfSatisfying(
                        RunbookException.class, e -> assertThat(e.code()).isEqualTo("no_key"));
    }

    @ParameterizedTest
    @CsvSource({
        "rsa, mixed.asc, ''",
        "locked, mixed.asc, secret",
        "rsa, subkey.asc, ''",
        "rsa, other-first.asc, ''",
        "other, other-first.asc, ''",
        "rsa, rsa.asc, 'a passphrase that this key does not need'"
    })
    void everyKeyOfTheFileIsTriedWhateverElseIsInIt(String recipient, String file, String passphrase)
            throws IOException {
        gpg("gpg $P -e -r " + recipient + " < content > sealed");

        open(Map.of("private-key-file", file, "private-key-passphrase", passphrase));
        assertThat(plain).hasBinaryContent(CONTENT);

        open(Map.of(
                "private-key-file", file,
                "private-key-passphrase", "of a newer key",
                "former-private-key-passphrases[0]", passphrase));
        assertThat(plain).hasBinaryContent(CONTENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--sign -u rsa", "--sign -u rsa --compress-algo bzip2", "--sign -u rsa --armor", "--store"})
    void aMessageThatIsNotEncryptedIsOpenedAsItIs(String how) throws IOException {
        gpg("gpg $P " + how + " < content > sealed");

        assertThat(opensWithGpgAndWithUs(Map.of()).compression()).isEqualTo("none");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 6, 16})
    void theOcbPacketsOfNewerProgramsAreOpened(int chunk) throws Exception {
        seal(chunk, "passphrase");
        opensWithGpgAndWithUs(Map.of("passphrase", PASSPHRASE));

        seal(chunk, "curve");
        opensWithGpgAndWithUs(Map.of("private-key-file", "ours.asc"));
        byte[] whole = Files.readAllBytes(sealed);
        for (int cut : new int[] {1, 16, 40, whole.length / 2}) {
            Files.write(sealed, Arrays.copyOf(whole, whole.length - cut));
            assertFails("corrupt_backup", "", Map.of("private-key-file", "ours.asc"));
        }
    }

    static Stream<Arguments> refusals() {
        String argon = "8c16 04 09 04 00112233445566778899aabbccddeeff 01 04 ";
        String data = " d2 20 01" + " 5a".repeat(31);
        return Stream.of(
                Arguments.of("gpg:-c", "no_key", "set dr.encryption.passphrase", Map.of()),
                Arguments.of("gpg:-c", "wrong_key", "another", Map.of("passphrase", "another one")),
                Arguments.of("gpg:-e -r rsa", "no_key", "private-key-file", Map.of("passphrase", PASSPHRASE)),
                Arguments.of("gpg:-e -r rsa", "wrong_key", "not in", Map.of("private-key-file", "other.asc")),
                Arguments.of("gpg:-e -R rsa", "wrong_key", "hidden", Map.of("private-key-file", "other.asc")),
                Arguments.of(
                        "gpg:-e -r locked",
                        "wrong_key",
                        "does not unlock",
                        Map.of("private-key-file", "locked.asc", "private-key-passphrase", "wrong")),
                Arguments.of(
                        "gpg:-e -r rsa",
                        "no_key",
                        "holds no OpenPGP private key",
                        Map.of("private-key-file", "rsa.pub")),
                refused(argon + "1f" + data, "unsupported_encryption", "Argon2"),
                refused(argon + "1e" + data, "unsupported_encryption", "Argon2"),
                refused(argon + "fe" + data, "unsupported_encryption", "Argon2"),
                refused(
                        "8c16 04 09 04 00112233445566778899aabbccddeeff ff 04 10" + data,
                        "unsupported_encryption",
                        "Argon2"),
                refused("8c04 04 63 00 08" + data, "unsupported_encryption", "cipher 99"),
                refused("8c04 63 09 00 08" + data, "unsupported_encryption", "unknown kind"),
                refused("8c04 04 09 63 08" + data, "unsupported_encryption", "unknown kind"),
                refused("8c04 04 09 00 08 c9 10" + " 5a".repeat(16), "unsupported_encryption", "integrity protection"),
                refused("8c04 04 09 00 08 d4 20 01 09 02 19" + " 5a".repeat(28), "unsupported_encryption", "chunks"),
                refused("8c04 04 09 00 08 d4 20 01 09 02 38" + " 5a".repeat(28), "unsupported_encryption", "chunks"),
                refused("8c04 04 09 00 08 d2 20 02 09 02 38" + " 5a".repeat(28), "unsupported_encryption", ""),
                refused("8c04 04 09 00 08 d2 20 07" + " 5a".repeat(31), "unsupported_encryption", ""),
                refused("8eff ffff ff 04 09 00 08", "corrupt_backup", "cut"),
                refused("c3 ff 7fffffff 04 09 00 08", "corrupt_backup", "cut"),
                refused("8c04 04 09 00 08", "corrupt_backup", ""),
                refused("84 0d 03 0000000000000000 01 ffff 00", "corrupt_backup", ""),
                refused("cb ff ffffffff 62 00 00000000", "corrupt_backup", "cut"),
                refused("c8 02 09 00", "corrupt_backup", "not known"),
                refused("d2", "corrupt_backup", "cut"));
    }

    private static Arguments refused(String hexadecimal, String code, String words) {
        return Arguments.of(hexadecimal, code, words, Map.of("passphrase", PASSPHRASE));
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void wrongKeyUnsupportedAndCorruptAreToldApartAndNoneTakesTheMemory(
            String message, String code, String words, Map<String, String> settings) throws IOException {
        make(message);

        assertFails(code, words, settings);
    }

    @Test
    void aPacketThatIsNotSupportedDoesNotKeepAnotherFromOpeningTheMessage() throws IOException {
        gpg("gpg $P -c < content > sealed");
        byte[] argon = bytes("8c16 04 09 04 00112233445566778899aabbccddeeff 01 04 1f");
        byte[] whole = Files.readAllBytes(sealed);
        Files.write(
                sealed,
                ByteBuffer.allocate(argon.length + whole.length)
                        .put(argon)
                        .put(whole)
                        .array());

        open(Map.of("passphrase", PASSPHRASE));

        assertThat(plain).hasBinaryContent(CONTENT);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.3, 0.7, 0.99})
    void aFlippedBitAndAnotherMessageBehindAreCorruptForAKeyThatFits(double at) throws IOException {
        gpg("gpg $P -e -r rsa < content > sealed");
        byte[] whole = Files.readAllBytes(sealed);
        byte[] changed = whole.clone();
        changed[(int) (whole.length * at)] ^= 4;
        Files.write(sealed, changed);
        assertFails("corrupt_backup", "", Map.of("private-key-file", "ours.asc"));

        Files.write(
                sealed,
                ByteBuffer.allocate(2 * whole.length).put(whole).put(whole).array());
        assertFails("corrupt_backup", "behind its end", Map.of("private-key-file", "ours.asc"));
    }

    @ParameterizedTest
    @CsvSource({"rsa, rsa2048", "curve, cv25519", "plain, rsa2048"})
    void newBackupsAreSealedToTheKeyThatIsMadeForIt(String key, String algorithm) throws IOException {
        try (OutputStream file = Files.newOutputStream(sealed);
                OutputStream message = new BackupSealer(settings(Map.of("public-key-file", key + ".pub"))).seal(file)) {
            message.write(CONTENT);
        }

        opensWithGpgAndWithUs(Map.of("private-key-file", "ours.asc"));
        assertThat(new String(
                        gpg("gpg --list-keys --with-colons " + key + " | awk -F: '$12 ~ /e/ {print $5}'; gpg --batch"
                                + " --list-packets --list-only sealed"),
                        StandardCharsets.UTF_8))
                .as(algorithm)
                .containsPattern("(?s)^([0-9A-F]{16})\\n.*keyid \\1");
    }

    /** One in some hundred makes something of the data that looks like a packet. */
    @Test
    void noneOfThousandsOfWrongPassphrasesIsTakenForTheRightOne() throws IOException {
        gpg("gpg $P -c --s2k-mode 0 < content > sealed");
        Map<String, String> keys = new HashMap<>(Map.of("passphrase", "wrong"));
        IntStream.range(0, 3000).forEach(i -> keys.put("former-passphrases[" + i + "]", "wrong " + i));
        assertFails("wrong_key", "another passphrase", keys);

        keys.put("former-passphrases[3000]", PASSPHRASE);

        opensWithGpgAndWithUs(keys);
    }

    private void make(String message) throws IOException {
        if (message.startsWith("gpg:")) {
            gpg("gpg $P " + message.substring(4) + " < content > sealed");
        } else {
            Files.write(sealed, bytes(message));
        }
    }

    private static byte[] bytes(String hexadecimal) {
        return HexFormat.of().parseHex(hexadecimal.replace(" ", ""));
    }

    private OpenedBackup opensWithGpgAndWithUs(Map<String, String> keys) throws IOException {
        gpg("gpg $P --ignore-mdc-error -d sealed > by_gpg");
        OpenedBackup opened = open(keys);
        assertThat(plain).hasSameBinaryContentAs(folder.resolve("by_gpg"));
        assertThat(opened.sizeBytes()).isPositive();
        return opened;
    }

    private OpenedBackup open(Map<String, String> keys) throws IOException {
        return new BackupOpener(settings(keys))
                .open(sealed, plain, new Room(Long.MAX_VALUE, "no limit"), read -> {}, () -> false);
    }

    private void assertFails(String code, String words, Map<String, String> keys) {
        assertThatThrownBy(() -> open(keys))
                .isInstanceOfSatisfying(
                        RunbookException.class,
                        failure -> assertThat(failure.code())
                                .as(failure.getMessage())
                                .isEqualTo(code))
                .hasMessageContaining(words);
        assertThat(plain).doesNotExist();
    }

    private DrSettings settings(Map<String, String> keys) {
        Map<String, String> settings = new HashMap<>();
        keys.forEach((key, value) -> settings.put(
                "dr.encryption." + key,
                key.endsWith("file") ? folder.resolve(value).toString() : value));
        return new Binder(new MapConfigurationPropertySource(settings)).bindOrCreate("dr", DrSettings.class);
    }

    /** As GnuPG 2.3 and later seal by themselves; the gpg of this machine only reads it. */
    private void seal(int chunk, String to) throws Exception {
        PGPEncryptedDataGenerator generator =
                new PGPEncryptedDataGenerator(new JcePGPDataEncryptorBuilder(SymmetricKeyAlgorithmTags.AES_256)
                        .setProvider(new BouncyCastleProvider())
                        .setWithAEAD(AEADAlgorithmTags.OCB, chunk + 6)
                        .setUseV5AEAD()
                        .setSecureRandom(new SecureRandom()));
        generator.addMethod(
                to.equals("passphrase")
                        ? new JcePBEKeyEncryptionMethodGenerator(
                                        PASSPHRASE.toCharArray(),
                                        new JcaPGPDigestCalculatorProviderBuilder()
                                                .build()
                                                .get(HashAlgorithmTags.SHA256))
                                .setProvider(new BouncyCastleProvider())
                        : new JcePublicKeyKeyEncryptionMethodGenerator(Keys.publicKey(folder.resolve(to + ".pub")))
                                .setProvider(new BouncyCastleProvider()));
        try (OutputStream file = Files.newOutputStream(sealed);
                OutputStream encrypted = generator.open(file, new byte[1 << 16]);
                OutputStream literal = new PGPLiteralDataGenerator()
                        .open(encrypted, PGPLiteralData.BINARY, "", new Date(), new byte[1 << 16])) {
            literal.write(CONTENT);
        }
    }

    private static byte[] gpg(String script) {
        return Shell.sh("cd '" + folder + "' && chmod 700 . && export GNUPGHOME='" + folder + "'\n"
                + "P=\"--batch --yes --quiet --trust-model always --pinentry-mode loopback --passphrase-file .pass"
                + " --s2k-count 65536\"\n"
                + "printf '%s' '" + PASSPHRASE + "' > .pass\n" + script);
    }
}
