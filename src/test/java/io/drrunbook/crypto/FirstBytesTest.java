package io.drrunbook.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What may be a backup, told by its first bytes; names tell nothing. */
@Tag("quick")
class FirstBytesTest {

    private static final String PLAIN = "--\n-- PostgreSQL database dump\n--\n\n" + "SELECT 1;\n".repeat(5000);
    private static final Instant TOKEN = Instant.parse("2026-01-01T02:00:00Z");

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "custom dump,        none none custom",
        "tar dump,           none none tar",
        "plain dump,         none none plain",
        "gzip of a plain dump, none gzip plain",
        "zstd of a plain dump, none zstd plain",
        "gzip of a custom dump, none gzip custom",
        "large zstd of noise,  none zstd null",
        "Fernet token,       fernet null null",
        "OpenPGP message,    openpgp null null",
        "armoured OpenPGP message, openpgp null null",
        ".DS_Store,          no backup",
        "x.sha256,           no backup",
        "nothing,            no backup",
        "one byte,           no backup",
        "gzip of a log,      no backup",
        "gzip of nothing,    no backup",
        "tar of a folder,    no backup",
        "cluster dump,       no backup",
        "OpenPGP signature,  no backup",
        "gAAAA and no token, no backup",
    })
    void ofAFile(String kind, String told) throws IOException {
        byte[] file = file(kind);

        Optional<FirstBytes> found = FirstBytes.of(Arrays.copyOf(file, Math.min(file.length, FirstBytes.BYTES)));

        assertThat(found.map(start -> start.encryption() + " " + start.compression() + " " + start.dumpFormat())
                        .orElse("no backup"))
                .isEqualTo(told);
        found.filter(start -> start.encryption().equals("fernet"))
                .ifPresent(start -> assertThat(start.sealedAt()).isEqualTo(TOKEN));
    }

    private static byte[] file(String kind) throws IOException {
        return switch (kind) {
            case "custom dump" -> ascii("PGDMP\1\16\0" + "x".repeat(9000));
            case "tar dump" -> tar("toc.dat");
            case "plain dump" -> ascii(PLAIN);
            case "gzip of a plain dump" -> gzip(ascii(PLAIN));
            case "zstd of a plain dump" -> Zstd.compress(ascii(PLAIN));
            case "gzip of a custom dump" -> gzip(ascii("PGDMP" + "x".repeat(9000)));
            case "large zstd of noise" -> Zstd.compress(noise());
            case "Fernet token" -> token();
            case "OpenPGP message" -> new byte[] {(byte) 0xc3, 13, 4, 9, 3, 10, 1, 2, 3, 4, 5};
            case "armoured OpenPGP message" -> ascii("-----BEGIN PGP MESSAGE-----\n\nabc");
            case ".DS_Store" -> new byte[] {0, 0, 0, 1, 'B', 'u', 'd', '1', 0, 0, 16, 0};
            case "x.sha256" -> ascii("9f86d081884c7d659a2feaa0c55ad015  backup.dump\n");
            case "nothing" -> new byte[0];
            case "one byte" -> new byte[] {'P'};
            case "gzip of a log" -> gzip(ascii("Jan 1 00:00:00 host kernel: hello\n".repeat(500)));
            case "gzip of nothing" -> gzip(new byte[0]);
            case "tar of a folder" -> tar("folder/file");
            case "cluster dump" -> ascii("--\n-- PostgreSQL database cluster dump\n--\n");
            case "OpenPGP signature" -> ascii("-----BEGIN PGP SIGNATURE-----\n\nabc");
            case "gAAAA and no token" -> ascii("gAAAA is what a token begins with");
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private static byte[] token() {
        byte[] token = ByteBuffer.allocate(9 + 16 + 160 + 32)
                .put((byte) 0x80)
                .putLong(TOKEN.getEpochSecond())
                .array();
        return Base64.getUrlEncoder().encode(token);
    }

    private static byte[] tar(String first) {
        byte[] tar = new byte[1024];
        System.arraycopy(ascii(first), 0, tar, 0, first.length());
        System.arraycopy(ascii("ustar"), 0, tar, 257, 5);
        return tar;
    }

    private static byte[] noise() {
        byte[] noise = new byte[500_000];
        new Random(1).nextBytes(noise);
        for (int i = 0; i < noise.length; i += 2) {
            noise[i] = 'x';
        }
        return noise;
    }

    private static byte[] gzip(byte[] content) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        }
        return out.toByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
