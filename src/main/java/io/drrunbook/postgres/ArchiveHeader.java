package io.drrunbook.postgres;

import java.io.IOException;

/**
 * The first bytes of a custom or tar archive, as PostgreSQL's {@code ReadHead} (pg_backup_archiver.c) reads them. An
 * archive that is too new for the installed {@code pg_restore} can be named this way, although the tool refuses it.
 *
 * @param format version of the archive's format, 12 for 1.12
 * @param database name of the database that was dumped
 * @param serverVersion of the server it was dumped from, e.g. {@code 15.18 (Debian 15.18-0+deb12u1)}
 * @param dumpVersion of the {@code pg_dump} that made it
 */
record ArchiveHeader(int format, String database, String serverVersion, String dumpVersion) {

    private static final String MAGIC = "PGDMP";
    private static final int LONGEST_TEXT = 1024;
    private static final int TIME_FIELDS = 7;

    /** From this format on (PostgreSQL 16) the compression is one byte. */
    private static final int COMPRESSION_AS_BYTE = 15;

    static ArchiveHeader read(TocInput in) throws IOException {
        for (char magic : MAGIC.toCharArray()) {
            if (in.unsignedByte() != magic) {
                throw new IllegalArgumentException("its table of contents does not begin with " + MAGIC);
            }
        }
        int major = in.unsignedByte();
        int minor = in.unsignedByte();
        in.unsignedByte();
        if (major != 1) {
            throw new IllegalArgumentException("its format has version " + major + "." + minor);
        }
        in.widths(in.unsignedByte(), in.unsignedByte());
        in.unsignedByte();
        if (minor >= COMPRESSION_AS_BYTE) {
            in.unsignedByte();
        } else {
            in.integer();
        }
        for (int field = 0; field < TIME_FIELDS; field++) {
            in.integer();
        }
        return new ArchiveHeader(minor, text(in), text(in), text(in));
    }

    private static String text(TocInput in) throws IOException {
        String text = in.text(LONGEST_TEXT);
        return text == null ? "" : text;
    }
}
