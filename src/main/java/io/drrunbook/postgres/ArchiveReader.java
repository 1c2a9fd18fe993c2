package io.drrunbook.postgres;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.tool.ToolExecutor;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BooleanSupplier;
import org.springframework.stereotype.Component;

/** Reads what an archive says of itself, without writing anything anywhere. */
@Component
class ArchiveReader {

    private static final int TAR_MAGIC = 257;

    private final PostgresTools tools;
    private final ToolExecutor executor;

    ArchiveReader(PostgresTools tools, ToolExecutor executor) {
        this.tools = tools;
        this.executor = executor;
    }

    /**
     * Reads the archive's definitions; of a plain dump all of it.
     *
     * @throws RunbookException {@code unknown_format}, {@code unsafe_dump}, {@code tool_failed}
     */
    Archive read(Path file, BooleanSupplier cancelled) throws IOException {
        Archive.Kind kind = kind(file);
        DumpText text = new DumpText(kind == Archive.Kind.PLAIN);
        if (kind == Archive.Kind.PLAIN) {
            try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    text.line(line);
                }
            }
        } else {
            executor.run(tools.contents(file, text::line, cancelled));
            executor.run(tools.definitions(file, text::line, cancelled));
        }
        return text.archive(file, kind);
    }

    /** By its first bytes; {@code pg_dump} has written "PGDMP" at the head of custom archives since version 7.1. */
    static Archive.Kind kind(Path file) throws IOException {
        byte[] start;
        try (InputStream in = Files.newInputStream(file)) {
            start = in.readNBytes(512);
        }
        String head = new String(start, StandardCharsets.ISO_8859_1);
        if (head.startsWith("PGDMP")) {
            return Archive.Kind.CUSTOM;
        }
        if (head.startsWith("toc.dat") && head.length() > TAR_MAGIC + 5 && head.startsWith("ustar", TAR_MAGIC)) {
            return Archive.Kind.TAR;
        }
        String opening = head.stripLeading();
        if (opening.startsWith("--")
                || opening.regionMatches(true, 0, "SET ", 0, 4)
                || opening.startsWith("\\restrict")) {
            return Archive.Kind.PLAIN;
        }
        throw new RunbookException(
                "unknown_format",
                "the backup holds neither a custom, tar nor plain PostgreSQL dump; choose another backup with ./dr backups");
    }
}
