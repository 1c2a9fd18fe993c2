package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The first bytes of a custom or tar archive, as PostgreSQL's {@code ReadHead} (pg_backup_archiver.c) reads them. An
 * archive that is too new for the installed {@code pg_restore} can be named this way, although the tool refuses it.
 *
 * @param database name of the database that was dumped
 * @param serverVersion of the server it was dumped from, e.g. {@code 15.18 (Debian 15.18-0+deb12u1)}
 * @param dumpVersion of the {@code pg_dump} that made it
 */
record ArchiveHeader(String database, String serverVersion, String dumpVersion) {

    private static final int LONGEST_TEXT = 1024;
    private static final int TIME_FIELDS = 7;

    /** From this archive version on (PostgreSQL 16) the compression is one byte. */
    private static final int COMPRESSION_AS_BYTE = 15;

    static ArchiveHeader of(Path archive, ArchiveFormat format) {
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(archive)))) {
            if (format == ArchiveFormat.TAR) {
                in.skipNBytes(ArchiveFormat.TAR_HEADER_BYTES);
            }
            return read(in);
        } catch (EOFException e) {
            throw unreadable(archive, "it ends inside its header", e);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + archive, e);
        } catch (IllegalArgumentException e) {
            throw unreadable(archive, e.getMessage(), e);
        }
    }

    private static ArchiveHeader read(DataInputStream in) throws IOException {
        if (!"PGDMP".equals(new String(in.readNBytes(5), StandardCharsets.US_ASCII))) {
            throw new IllegalArgumentException("its table of contents does not begin with PGDMP");
        }
        in.skipNBytes(1);
        int minor = in.readUnsignedByte();
        in.skipNBytes(1);
        int integerBytes = in.readUnsignedByte();
        in.skipNBytes(2);
        if (minor >= COMPRESSION_AS_BYTE) {
            in.skipNBytes(1);
        } else {
            integer(in, integerBytes);
        }
        for (int field = 0; field < TIME_FIELDS; field++) {
            integer(in, integerBytes);
        }
        return new ArchiveHeader(text(in, integerBytes), text(in, integerBytes), text(in, integerBytes));
    }

    /** A sign byte, then the least significant byte first. */
    private static int integer(InputStream in, int bytes) throws IOException {
        boolean negative = in.read() != 0;
        int value = 0;
        for (int shift = 0; shift < bytes * Byte.SIZE; shift += Byte.SIZE) {
            int read = in.read();
            if (read < 0) {
                throw new EOFException();
            }
            value |= shift < Integer.SIZE ? read << shift : 0;
        }
        return negative ? -value : value;
    }

    private static String text(InputStream in, int integerBytes) throws IOException {
        int length = integer(in, integerBytes);
        if (length > LONGEST_TEXT) {
            throw new IllegalArgumentException("its header has a text of " + length + " bytes");
        }
        return length < 0 ? "" : new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    private static RunbookException unreadable(Path archive, String what, Throwable cause) {
        return new RunbookException(
                "archive_unreadable", archive.getFileName() + " is damaged: " + what + "; take another backup", cause);
    }
}
