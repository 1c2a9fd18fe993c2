package io.drrunbook.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drrunbook.failure.RunbookException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables of contents made byte by byte, as the versions of {@code pg_dump} write them, and as an attacker would. */
@Tag("quick")
class ArchiveTocTest {

    @TempDir
    Path directory;

    private Path file(byte[] bytes) throws IOException {
        return Files.write(directory.resolve("archive"), bytes);
    }

    private List<TocEntry> read(byte[] bytes) throws IOException {
        List<TocEntry> entries = new ArrayList<>();
        ArchiveToc.entries(file(bytes), ArchiveFormat.of(file(bytes)), entries::add);
        return entries;
    }

    @ParameterizedTest
    @ValueSource(ints = {12, 13, 14, 15, 16})
    void everyFormatFromPostgreSQL9To18IsRead(int format) throws IOException {
        byte[] archive = new Bytes(format, StandardCharsets.UTF_8)
                .entries(2)
                .entry(7, "orders", "TABLE", "CREATE TABLE orders;", "sales", "fast", "app", 3, 4)
                .entry(8, "orders", "TABLE DATA", null, "sales", "", "app")
                .bytes();

        List<TocEntry> entries = read(archive);

        assertThat(entries.get(0))
                .isEqualTo(new TocEntry(
                        7,
                        true,
                        1259,
                        4_000_000_000L,
                        "orders",
                        "TABLE",
                        TocEntry.Section.PRE_DATA,
                        "CREATE TABLE orders;",
                        "DROP;",
                        "COPY;",
                        "sales",
                        "fast",
                        format >= 14 ? "heap" : "",
                        "app",
                        List.of(3, 4),
                        TocEntry.DataState.SET,
                        81_985_529_216_486_895L));
        assertThat(entries.get(1).defn()).isNull();
        assertThat(ArchiveToc.header(file(archive), ArchiveFormat.CUSTOM))
                .isEqualTo(new ArchiveHeader(format, "shop", "15.3", "15.4"));
    }

    @Test
    void aTarArchiveHasTheSameTableInItsFirstMember() throws IOException {
        List<TocEntry> entries = read(new Bytes(14, StandardCharsets.UTF_8)
                .inTar()
                .entries(1)
                .entry(7, "orders", "TABLE DATA", null, "sales", "", "app")
                .bytes());
        assertThat(entries).hasSize(1);
        assertThat(entries.get(0).dataState()).isEqualTo(TocEntry.DataState.IN_MEMBER);
    }

    @Test
    void namesAreReadInTheEncodingThatTheArchiveNames() throws IOException {
        List<TocEntry> entries = read(new Bytes(14, StandardCharsets.ISO_8859_1)
                .entries(2)
                .entry(1, "ENCODING", "ENCODING", "SET client_encoding = 'LATIN1';\n", "", "", "")
                .entry(2, "Stühle", "TABLE", null, "", "", "Jörg")
                .bytes());
        assertThat(entries.get(1).owner()).isEqualTo("Jörg");
        assertThat(entries.get(1).tag()).isEqualTo("Stühle");
    }

    @Test
    void sqlThatIsTooLongToKeepIsPassedOver() throws IOException {
        List<TocEntry> entries = read(new Bytes(14, StandardCharsets.UTF_8)
                .entries(2)
                .entry(1, "long", "FUNCTION", "x".repeat(1 << 21), "", "", "app")
                .entry(2, "next", "TABLE", "y", "", "", "app")
                .bytes());
        assertThat(entries.get(0).defn()).isNull();
        assertThat(entries.get(1).defn()).isEqualTo("y");
    }

    @ParameterizedTest
    @ValueSource(ints = {11, 17, 255})
    void aFormatThatNobodyHereKnowsIsNamed(int format) {
        assertThatThrownBy(() -> read(
                        new Bytes(format, StandardCharsets.UTF_8).entries(0).bytes()))
                .isInstanceOfSatisfying(
                        RunbookException.class, e -> assertThat(e.code()).isEqualTo("archive_format_unknown"))
                .hasMessageContaining("1." + format);
    }

    @Test
    void whereverAnArchiveIsCutItIsUnreadableAndNothingElseHappens() throws IOException {
        byte[] whole = new Bytes(16, StandardCharsets.UTF_8)
                .entries(1)
                .entry(7, "orders", "TABLE", "CREATE", "sales", "", "app", 1)
                .bytes();
        for (int length = 5; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> read(cut))
                    .as("%d of %d bytes", length, whole.length)
                    .isInstanceOfSatisfying(
                            RunbookException.class, e -> assertThat(e.code()).isEqualTo("archive_unreadable"));
        }
    }

    @Test
    void whateverByteIsChangedItIsReadOrRefusedAndTakesNoMemory() throws IOException {
        byte[] whole = new Bytes(16, StandardCharsets.UTF_8)
                .entries(1)
                .entry(7, "orders", "TABLE", "CREATE", "sales", "", "app", 1)
                .bytes();
        for (int at = 5; at < whole.length; at++) {
            for (byte value : new byte[] {0, 1, 0x7f, -1}) {
                byte[] changed = whole.clone();
                changed[at] = value;
                try {
                    read(changed);
                } catch (RunbookException e) {
                    assertThat(e.code()).isIn("archive_unreadable", "archive_format_unknown");
                }
            }
        }
    }

    @Test
    void claimsThatDoNotFitTheFileAreRefusedBeforeRoomIsMadeForThem() {
        for (int count : new int[] {-1, 1_000_000, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> read(
                            new Bytes(14, StandardCharsets.UTF_8).entries(count).bytes()))
                    .hasMessageContaining("claims " + count + " entries");
        }
    }

    /** Writes as pg_backup_archiver.c does, with integers of 4 bytes and positions of 8. */
    private static final class Bytes {

        private final ByteArrayOutputStream out = new ByteArrayOutputStream();
        private final int format;
        private final Charset charset;
        private boolean tar;

        Bytes(int format, Charset charset) {
            this.format = format;
            this.charset = charset;
            out.writeBytes(new byte[] {'P', 'G', 'D', 'M', 'P', 1, (byte) format, 0, 4, 8, 1});
            if (format >= 15) {
                out.write(0);
            } else {
                integer(-1);
            }
            for (int field = 0; field < 7; field++) {
                integer(field);
            }
            text("shop");
            text("15.3");
            text("15.4");
        }

        Bytes inTar() {
            tar = true;
            return this;
        }

        Bytes entries(int count) {
            integer(count);
            return this;
        }

        Bytes entry(
                int id, String tag, String desc, String defn, String schema, String space, String owner, int... needs) {
            integer(id);
            integer(1);
            text("1259");
            text("4000000000");
            text(tag);
            text(desc);
            integer(2);
            text(defn);
            text("DROP;");
            text("COPY;");
            text(schema);
            text(space);
            if (format >= 14) {
                text("heap");
            }
            if (format >= 16) {
                integer('r');
            }
            text(owner);
            text("false");
            for (int need : needs) {
                text(String.valueOf(need));
            }
            text(null);
            if (tar) {
                text("1.dat");
            } else {
                out.write(2);
                out.writeBytes(new byte[] {(byte) 0xef, (byte) 0xcd, (byte) 0xab, (byte) 0x89, 0x67, 0x45, 0x23, 0x01});
            }
            return this;
        }

        byte[] bytes() {
            byte[] toc = out.toByteArray();
            if (!tar) {
                return toc;
            }
            byte[] head = new byte[512];
            put(head, 0, "toc.dat");
            put(head, 124, "%011o".formatted(toc.length));
            put(head, 257, "ustar");
            ByteArrayOutputStream archive = new ByteArrayOutputStream();
            archive.writeBytes(head);
            archive.writeBytes(toc);
            archive.writeBytes(new byte[2048]);
            return archive.toByteArray();
        }

        private static void put(byte[] head, int at, String text) {
            byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(bytes, 0, head, at, bytes.length);
        }

        private void integer(int value) {
            int left = Math.abs(value);
            out.write(value < 0 ? 1 : 0);
            for (int index = 0; index < 4; index++) {
                out.write(left);
                left >>>= 8;
            }
        }

        private void text(String value) {
            if (value == null) {
                integer(-1);
            } else {
                byte[] bytes = value.getBytes(charset);
                integer(bytes.length);
                out.writeBytes(bytes);
            }
        }
    }
}
