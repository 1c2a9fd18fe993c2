package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

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

    /**
     * @throws RunbookException {@code unknown_format} when it is no dump that can be restored;
     *     {@code unsupported_dump_encoding} when it was one, before something turned it into another encoding
     */
    public static ArchiveFormat of(Path archive) {
        String head = head(archive);
        if (head.startsWith("PGDMP")) {
            return CUSTOM;
        }
        if (head.startsWith("toc.dat\0") && head.startsWith("ustar", 257)) {
            return TAR;
        }
        Transcoded.in(head).ifPresent(encoding -> {
            throw new RunbookException(
                    "unsupported_dump_encoding",
                    archive.getFileName() + " is " + encoding + ": something has rewritten what pg_dump wrote (Windows"
                            + " PowerShell's > does); take it again with pg_dump --file=NAME");
        });
        if (head.contains("-- PostgreSQL database dump\n") || head.contains("-- PostgreSQL database dump\r")) {
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

    /** Text that was written anew in another encoding, known by its byte order mark or by every other byte being 0. */
    private enum Transcoded {
        UTF_32("\u00ff\u00fe\0\0", "\0\0\u00fe\u00ff", "-\0\0\0-\0\0\0", "\0\0\0-\0\0\0-"),
        UTF_16("\u00ff\u00fe", "\u00fe\u00ff", "-\0-\0", "\0-\0-"),
        UTF_8("\u00ef\u00bb\u00bf");

        private final List<String> beginnings;

        Transcoded(String... beginnings) {
            this.beginnings = List.of(beginnings);
        }

        static Optional<String> in(String head) {
            return Stream.of(values())
                    .filter(encoding -> encoding.beginnings.stream().anyMatch(head::startsWith))
                    .findFirst()
                    .map(encoding -> encoding == UTF_8
                            ? "UTF-8 with a byte order mark"
                            : encoding.name().replace('_', '-') + " text");
        }
    }
}
