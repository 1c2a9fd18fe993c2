package io.drrunbook.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.world.Shell;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** A few kilobytes that become gigabytes, or take gigabytes, are stopped early, with a code that says so. */
@Timeout(60)
@Tag("quick")
class BombsTest {

    private static final long A_MEGABYTE = 1 << 20;
    private static final int SIZE = 300 << 20;

    @TempDir
    private Path folder;

    private Path sealed;
    private Path plain;

    @BeforeEach
    void givenNames() {
        sealed = folder.resolve("sealed");
        plain = folder.resolve("plain");
    }

    /** How a few kilobytes become 300 MiB. */
    enum Bomb {
        ZSTD,
        GZIP,
        GZIP_OF_MANY_MEMBERS,
        BZIP2_IN_OPENPGP,
        ZLIB_IN_OPENPGP,
        DEFLATE_IN_OPENPGP,
        GZIP_IN_ZLIB_IN_OPENPGP;

        byte[] bytes() throws IOException {
            return switch (this) {
                case ZSTD -> filled(ZstdOutputStream::new);
                case GZIP -> filled(GZIPOutputStream::new);
                case GZIP_OF_MANY_MEMBERS -> {
                    byte[] one = packed(GZIPOutputStream::new, new byte[(int) A_MEGABYTE]);
                    ByteBuffer all = ByteBuffer.allocate(one.length * 20);
                    while (all.hasRemaining()) {
                        all.put(one);
                    }
                    yield all.array();
                }
                case BZIP2_IN_OPENPGP -> compressed(3, filled(Bomb::bzip2, 0xcb, SIZE));
                case ZLIB_IN_OPENPGP -> compressed(2, filled(DeflaterOutputStream::new, 0xcb, SIZE));
                case DEFLATE_IN_OPENPGP ->
                    compressed(1, filled(out -> new DeflaterOutputStream(out, new Deflater(9, true)), 0xcb, SIZE));
                case GZIP_IN_ZLIB_IN_OPENPGP -> {
                    byte[] inner = GZIP.bytes();
                    yield compressed(2, packed(DeflaterOutputStream::new, literal(inner)));
                }
            };
        }

        private static OutputStream bzip2(OutputStream out) throws IOException {
            return new BZip2CompressorOutputStream(out);
        }
    }

    @ParameterizedTest
    @EnumSource
    void isStoppedWhereTheManifestSaysThatItEnds(Bomb bomb) throws IOException {
        byte[] bytes = bomb.bytes();
        assertThat(bytes.length).isLessThan(350_000);
        Files.write(sealed, bytes);

        assertThatThrownBy(() -> open(A_MEGABYTE))
                .isInstanceOfSatisfying(
                        RunbookException.class,
                        failure -> assertThat(failure.code())
                                .as(failure.getMessage())
                                .isEqualTo("expands_too_far"))
                .hasMessageContaining("larger than " + A_MEGABYTE + " bytes (as the test says)");
        assertThat(plain).doesNotExist();
    }

    @Test
    void whatBecomesExactlyAsLargeAsItMayIsOpened() throws IOException {
        Files.write(sealed, packed(GZIPOutputStream::new, new byte[(int) A_MEGABYTE]));

        assertThatCode(() -> open(A_MEGABYTE)).doesNotThrowAnyException();
        assertThat(plain).hasSize(A_MEGABYTE);
    }

    @Test
    void theBeginningThatAPlanOpensEndsWhereItMay() throws IOException {
        Files.write(sealed, Bomb.ZSTD.bytes());

        OpenedBackup opened = opener().openBeginning(sealed, plain, new Room(A_MEGABYTE, "as the test says"));

        assertThat(opened.sizeBytes()).isEqualTo(A_MEGABYTE);
    }

    /** What takes memory or time, and gives nothing. */
    enum Nothing {
        A_NAME_WITHOUT_END,
        BLOCKS_WITHOUT_CONTENT,
        MEMBERS_WITHOUT_CONTENT,
        A_SIGNATURE_WITHOUT_END,
        SIGNATURES_WITHOUT_END,
        COMPRESSED_WITHOUT_END,
        A_WINDOW_OF_TWO_GIGABYTES;

        byte[] bytes() throws IOException {
            byte[] header = HexFormat.of().parseHex("1f8b0808000000000003");
            return switch (this) {
                case A_NAME_WITHOUT_END ->
                    compressed(
                            2,
                            packed(
                                    DeflaterOutputStream::new,
                                    literal(concatenated(header, filledWith('a', 64 << 20)))));
                case BLOCKS_WITHOUT_CONTENT -> {
                    byte[] blocks = new byte[60 << 20];
                    for (int i = 0; i < blocks.length; i += 5) {
                        blocks[i + 3] = (byte) 0xff;
                        blocks[i + 4] = (byte) 0xff;
                    }
                    yield compressed(2, packed(DeflaterOutputStream::new, compressed(1, blocks)));
                }
                case MEMBERS_WITHOUT_CONTENT -> {
                    byte[] member = packed(GZIPOutputStream::new, new byte[0]);
                    ByteBuffer all = ByteBuffer.allocate(member.length * 2_000_000);
                    while (all.hasRemaining()) {
                        all.put(member);
                    }
                    yield compressed(2, packed(DeflaterOutputStream::new, literal(all.array())));
                }
                case A_SIGNATURE_WITHOUT_END -> compressed(2, filled(DeflaterOutputStream::new, 0xc2, SIZE));
                case SIGNATURES_WITHOUT_END -> {
                    byte[] signatures = new byte[10_000];
                    for (int i = 0; i < signatures.length; i += 2) {
                        signatures[i] = (byte) 0xc2;
                    }
                    yield compressed(2, packed(DeflaterOutputStream::new, signatures));
                }
                case COMPRESSED_WITHOUT_END -> {
                    byte[] inner = literal(new byte[10]);
                    for (int depth = 0; depth < 40; depth++) {
                        inner = compressed(2, packed(DeflaterOutputStream::new, inner));
                    }
                    yield inner;
                }
                case A_WINDOW_OF_TWO_GIGABYTES ->
                    HexFormat.of().parseHex("28b52ffd" + "00" + "a8" + "030000" + "00".repeat(20));
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatGivesNothingIsGivenUp(Nothing nothing) throws IOException {
        Files.write(sealed, nothing.bytes());
        long before = used();

        assertThatThrownBy(() -> open(Long.MAX_VALUE))
                .isInstanceOfSatisfying(
                        RunbookException.class,
                        failure -> assertThat(failure.code())
                                .as(failure.getMessage())
                                .isEqualTo(
                                        nothing == Nothing.A_WINDOW_OF_TWO_GIGABYTES
                                                ? "unsupported_compression"
                                                : "corrupt_backup"));
        assertThat(used() - before).isLessThan(100 << 20);
        assertThat(plain).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1f8b08000000000000030300000000000000000000", "cb06620000000000", "28b52ffd2000010000"})
    void anEmptyFileAndOneWithNothingInItAreCorruptAndSaySo(String hexadecimal) throws IOException {
        Files.write(
                sealed,
                HexFormat.of()
                        .parseHex(
                                hexadecimal.startsWith("1f8b")
                                        ? HexFormat.of().formatHex(packed(GZIPOutputStream::new, new byte[0]))
                                        : hexadecimal));

        assertFails("corrupt_backup", "empty");
    }

    @Test
    void anotherCompressionIsToldAndNotCalledCorrupt() {
        Shell.sh("cd '" + folder + "' && seq 1000 | xz -c > sealed");

        assertFails("unsupported_compression", "is compressed with xz");
    }

    @Test
    void bzip2IsOpenedLikeInsideOfOpenPgp() throws IOException {
        Shell.sh("cd '" + folder + "' && seq 100000 | bzip2 -c > sealed");

        assertThat(open(A_MEGABYTE)).isEqualTo(new OpenedBackup("none", "bzip2", 588_895));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 30, 31, 32, 43, 44, 45, 100})
    void aFernetTokenThatWasCutSaysThatItWas(int bytes) throws IOException {
        String key = new String(
                        Shell.sh("cd '" + folder + "' && /usr/bin/python3 -c '"
                                + "from cryptography.fernet import Fernet\n"
                                + "key = Fernet.generate_key()\n"
                                + "open(\"sealed\", \"wb\").write(Fernet(key).encrypt(bytes(5024)))\n"
                                + "print(key.decode())'"),
                        StandardCharsets.UTF_8)
                .strip();
        byte[] whole = Files.readAllBytes(sealed);
        Files.write(sealed, Arrays.copyOf(whole, whole.length - bytes));

        assertThatThrownBy(() -> open(Long.MAX_VALUE, Map.of("dr.encryption.fernet-keys[0]", key)))
                .isInstanceOfSatisfying(
                        RunbookException.class,
                        failure -> assertThat(failure.code()).isIn("corrupt_backup", "wrong_key"))
                .hasMessageMatching("(?s).*(cut|changed).*")
                .hasMessageNotContaining("base64 ending");
    }

    @Test
    void aFileThatIsGoneIsTheDisksFaultAndNotTheBackups() {
        assertFails("disk_failed", "cannot be read");
    }

    @Test
    void aPlainFileThatCannotBeWrittenIsTheDisksFaultAndNotTheBackups() throws IOException {
        Files.write(sealed, packed(GZIPOutputStream::new, new byte[1000]));
        plain = folder.resolve("missing").resolve("plain");

        assertFails("disk_failed", "cannot be written");
    }

    private void assertFails(String code, String words) {
        assertThatThrownBy(() -> open(Long.MAX_VALUE))
                .isInstanceOfSatisfying(
                        RunbookException.class,
                        failure -> assertThat(failure.code())
                                .as(failure.getMessage())
                                .isEqualTo(code))
                .hasMessageContaining(words);
        assertThat(plain).doesNotExist();
    }

    private OpenedBackup open(long bytes) throws IOException {
        return open(bytes, Map.of());
    }

    private OpenedBackup open(long bytes, Map<String, String> keys) throws IOException {
        return opener(keys).open(sealed, plain, new Room(bytes, "as the test says"), read -> {}, () -> false);
    }

    private static BackupOpener opener() {
        return opener(Map.of());
    }

    private static BackupOpener opener(Map<String, String> keys) {
        return new BackupOpener(
                new Binder(new MapConfigurationPropertySource(keys)).bindOrCreate("dr", DrSettings.class));
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static byte[] filled(Packing packing) throws IOException {
        return filled(packing, -1, SIZE);
    }

    /** Packs 300 MiB of zeros, behind the header of a packet of that length if one is given. */
    private static byte[] filled(Packing packing, int header, int size) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = packing.into(bytes)) {
            if (header >= 0) {
                out.write(ByteBuffer.allocate(12)
                        .put((byte) header)
                        .put((byte) 0xff)
                        .putInt(size + 6)
                        .put((byte) 'b')
                        .array());
            }
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < size; i += zeros.length) {
                out.write(zeros);
            }
        }
        return bytes.toByteArray();
    }

    private static byte[] packed(Packing packing, byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = packing.into(bytes)) {
            out.write(content);
        }
        return bytes.toByteArray();
    }

    private static byte[] compressed(int algorithm, byte[] content) {
        return ByteBuffer.allocate(7 + content.length)
                .put((byte) 0xc8)
                .put((byte) 0xff)
                .putInt(1 + content.length)
                .put((byte) algorithm)
                .put(content)
                .array();
    }

    private static byte[] literal(byte[] content) {
        return ByteBuffer.allocate(12 + content.length)
                .put((byte) 0xcb)
                .put((byte) 0xff)
                .putInt(6 + content.length)
                .put((byte) 'b')
                .put(new byte[5])
                .put(content)
                .array();
    }

    private static byte[] concatenated(byte[] one, byte[] other) {
        return ByteBuffer.allocate(one.length + other.length)
                .put(one)
                .put(other)
                .array();
    }

    private static byte[] filledWith(char content, int size) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) content);
        return bytes;
    }

    /** How a stream is packed. */
    private interface Packing {

        OutputStream into(OutputStream out) throws IOException;
    }
}
