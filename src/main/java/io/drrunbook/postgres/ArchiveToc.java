package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the table of contents of a custom or tar archive from its bytes. What {@code pg_restore} prints of it is made for
 * people: a name or a body with a line break in it looks like an entry there.
 *
 * <p>Entries are handed on one by one, so that a table of contents of any size is read in constant memory.
 */
final class ArchiveToc {

    /** PostgreSQL 9.0 and 17. */
    private static final int OLDEST_FORMAT = 12;

    private static final int NEWEST_FORMAT = 16;

    /** The formats that brought a field: PostgreSQL 12 and 17. */
    private static final int WITH_ACCESS_METHOD = 14;

    private static final int WITH_KIND = 16;

    private static final int LONGEST_NAME = 1 << 16;
    private static final int LONGEST_SQL = 1 << 20;
    private static final int MOST_DEPENDENCIES = 1 << 20;

    /** The least bytes of an entry whose texts are all missing. */
    private static final int SMALLEST_ENTRY = 40;

    private static final int TAR_SIZE_AT = 124;
    private static final int TAR_SIZE_BYTES = 11;
    private static final Pattern ENCODING = Pattern.compile("SET client_encoding = '([A-Za-z0-9_-]{1,64})';\\s*");

    private final Path file;
    private final TocInput in;
    private final boolean tar;
    private final ArchiveHeader header;

    private ArchiveToc(Path file, TocInput in, boolean tar) throws IOException {
        this.file = file;
        this.in = in;
        this.tar = tar;
        this.header = ArchiveHeader.read(in);
    }

    /**
     * What the archive says of itself.
     *
     * @throws RunbookException {@code archive_unreadable}
     */
    static ArchiveHeader header(Path file, ArchiveFormat format) {
        return reading(file, format, toc -> {}).header;
    }

    /**
     * Hands on all entries in their order.
     *
     * @throws RunbookException {@code archive_unreadable} when it is damaged, {@code archive_format_unknown}
     */
    static void entries(Path file, ArchiveFormat format, Consumer<TocEntry> taker) {
        reading(file, format, toc -> toc.read(taker));
    }

    private static ArchiveToc reading(Path file, ArchiveFormat format, Reading reading) {
        try (InputStream bytes = new BufferedInputStream(Files.newInputStream(file), LONGEST_NAME)) {
            boolean tar = format == ArchiveFormat.TAR;
            ArchiveToc toc = new ArchiveToc(file, new TocInput(bytes, tar ? member(bytes) : Files.size(file)), tar);
            reading.read(toc);
            return toc;
        } catch (EOFException e) {
            throw unreadable(file, "it ends inside its table of contents", e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        } catch (IllegalArgumentException e) {
            throw unreadable(file, e.getMessage(), e);
        }
    }

    /** Bytes of the first member, {@code toc.dat}; the stream is left at its beginning. */
    private static long member(InputStream bytes) throws IOException {
        byte[] head = bytes.readNBytes(ArchiveFormat.TAR_HEADER_BYTES);
        if (head.length < ArchiveFormat.TAR_HEADER_BYTES) {
            throw new EOFException();
        }
        String size = new String(head, TAR_SIZE_AT, TAR_SIZE_BYTES, StandardCharsets.US_ASCII).trim();
        return Long.parseLong(size, Byte.SIZE);
    }

    private void read(Consumer<TocEntry> taker) throws IOException {
        if (header.format() < OLDEST_FORMAT || header.format() > NEWEST_FORMAT) {
            throw new RunbookException(
                    "archive_format_unknown",
                    file.getFileName() + " is an archive of format 1." + header.format() + ", made by pg_dump "
                            + header.dumpVersion() + "; formats 1." + OLDEST_FORMAT + " to 1." + NEWEST_FORMAT
                            + " (PostgreSQL 9.0 to 18) are read here: take one in plain format (pg_dump --format=plain)");
        }
        int count = in.integer();
        if (count < 0 || count > in.left() / SMALLEST_ENTRY) {
            throw new IllegalArgumentException("its table of contents claims " + count + " entries");
        }
        for (int index = 0; index < count; index++) {
            TocEntry entry = entry();
            if (entry.desc().equals("ENCODING")) {
                Matcher encoding = ENCODING.matcher(Objects.requireNonNullElse(entry.defn(), ""));
                in.charset(DumpEncoding.charset(encoding.matches() ? encoding.group(1) : ""));
            }
            taker.accept(entry);
        }
    }

    private TocEntry entry() throws IOException {
        int dumpId = in.integer();
        if (dumpId <= 0) {
            throw new IllegalArgumentException("its table of contents has an entry " + dumpId);
        }
        boolean hasData = in.integer() != 0;
        long catalogTable = number(name());
        long catalogId = number(name());
        String tag = name();
        String desc = name();
        TocEntry.Section section = section(in.integer());
        String defn = in.textUpTo(LONGEST_SQL);
        String dropStmt = in.textUpTo(LONGEST_SQL);
        String copyStmt = in.textUpTo(LONGEST_SQL);
        String namespace = name();
        String tablespace = name();
        String accessMethod = header.format() >= WITH_ACCESS_METHOD ? name() : "";
        if (header.format() >= WITH_KIND) {
            in.integer();
        }
        String owner = name();
        // Whether it has OIDS, which nobody restores any more.
        name();
        List<Integer> dependencies = dependencies();
        TocEntry.DataState state = tar ? member() : state(in.unsignedByte());
        return new TocEntry(
                dumpId,
                hasData,
                catalogTable,
                catalogId,
                tag,
                desc,
                section,
                defn,
                dropStmt,
                copyStmt,
                namespace,
                tablespace,
                accessMethod,
                owner,
                dependencies,
                state,
                tar ? 0 : in.offset());
    }

    private TocEntry.DataState member() throws IOException {
        return name().isEmpty() ? TocEntry.DataState.NO_DATA : TocEntry.DataState.IN_MEMBER;
    }

    private String name() throws IOException {
        @Nullable String text = in.text(LONGEST_NAME);
        return text == null ? "" : text;
    }

    private List<Integer> dependencies() throws IOException {
        List<Integer> dependencies = new ArrayList<>();
        for (String id = in.text(LONGEST_NAME); id != null; id = in.text(LONGEST_NAME)) {
            if (dependencies.size() == MOST_DEPENDENCIES) {
                throw new IllegalArgumentException("an entry needs more than " + MOST_DEPENDENCIES + " others");
            }
            dependencies.add((int) number(id));
        }
        return List.copyOf(dependencies);
    }

    private static long number(String text) {
        return text.isEmpty() ? 0 : Long.parseLong(text);
    }

    private static TocEntry.Section section(int number) {
        if (number < 1 || number > TocEntry.Section.values().length) {
            throw new IllegalArgumentException("its table of contents has a section " + number);
        }
        return TocEntry.Section.values()[number - 1];
    }

    private static TocEntry.DataState state(int number) {
        return switch (number) {
            case 1 -> TocEntry.DataState.NOT_SET;
            case 2 -> TocEntry.DataState.SET;
            case 3 -> TocEntry.DataState.NO_DATA;
            default -> throw new IllegalArgumentException("its table of contents has a position of kind " + number);
        };
    }

    private static RunbookException unreadable(Path archive, @Nullable String what, Throwable cause) {
        return new RunbookException(
                "archive_unreadable", archive.getFileName() + " is damaged: " + what + "; take another backup", cause);
    }

    @FunctionalInterface
    private interface Reading {
        void read(ArchiveToc toc) throws IOException;
    }
}
