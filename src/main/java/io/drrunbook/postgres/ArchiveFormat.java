package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The format of a dump, told by its bytes: file names lie. */
public enum ArchiveFormat {
    /** {@code pg_dump -Fc}: begins with the magic word PGDMP. */
    CUSTOM,
    /** {@code pg_dump -Ft}: a tar file whose first member is {@code toc.dat}. */
    TAR,
    /** {@code pg_dump -Fp}: SQL for psql. */
    PLAIN;

    static final int TAR_HEADER_BYTES = 512;

    private static final int HEAD_BYTES = 4096;

    /** @throws RunbookException {@code unknown_format} when it is no dump that can be restored */
    public static ArchiveFormat of(Path archive) {
        String head = head(archive);
        if (head.startsWith("PGDMP")) {
            return CUSTOM;
        }
        if (head.startsWith("toc.dat\0") && head.startsWith("ustar", 257)) {
            return TAR;
        }
        if (head.contains("-- PostgreSQL database dump\n") || head.contains("-- PostgreSQL database dump\r\n")) {
            return PLAIN;
        }
        String cluster = head.contains("-- PostgreSQL database cluster dump")
                ? " It is a dump of a whole cluster (pg_dumpall); take one made by pg_dump."
                : " Take another backup, or look at its first bytes.";
        throw new RunbookException(
                "unknown_format",
                archive.getFileName() + " is neither a custom, tar nor plain dump of pg_dump." + cluster);
    }

    private static String head(Path archive) {
        try (InputStream in = Files.newInputStream(archive)) {
            return new String(in.readNBytes(HEAD_BYTES), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + archive, e);
        }
    }
}
