package io.drrunbook.postgres;

import io.drrunbook.tool.ToolCall;
import io.drrunbook.tool.ToolExecutor;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;

/**
 * Whether an archive holds rows, or only what they would go into. {@code pg_dump} writes an entry for the rows of each
 * table, also of an empty one; with {@code --schema-only} it writes none, and with {@code --inserts} none for an empty table.
 */
final class DataEntries {

    private static final Pattern LISTED = Pattern.compile("^\\d+; \\d+ \\d+ (?:TABLE DATA|BLOBS?|BLOB DATA) .*");
    private static final int HEAD_OF_LINE = 1024;

    private DataEntries() {}

    /** Whether there is one; reads the table of contents, or a plain dump up to its first rows. */
    static boolean any(Archive archive, ToolExecutor tools, BooleanSupplier cancelled) {
        return archive.plain() == null ? listed(archive, tools, cancelled) : written(archive);
    }

    private static boolean listed(Archive archive, ToolExecutor tools, BooleanSupplier cancelled) {
        AtomicBoolean found = new AtomicBoolean();
        tools.run(new ToolCall(
                ClientTools.INSTALLED.program(
                        "pg_restore", archive.dumpVersion().major()),
                List.of("--list", archive.file().toString()),
                Map.of(),
                archive.file().toAbsolutePath().getParent(),
                line -> {
                    if (LISTED.matcher(line).matches()) {
                        found.set(true);
                    }
                },
                cancelled));
        return found.get();
    }

    private static boolean written(Archive archive) {
        StringBuilder line = new StringBuilder();
        try (InputStream in = new BufferedInputStream(Files.newInputStream(archive.file()), 1 << 16)) {
            for (int read = in.read(); read != -1; read = in.read()) {
                if (read == '\n') {
                    if (isOfRows(line.toString())) {
                        return true;
                    }
                    line.setLength(0);
                } else if (line.length() < HEAD_OF_LINE) {
                    line.append((char) read);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + archive.file(), e);
        }
        return false;
    }

    private static boolean isOfRows(String line) {
        return line.startsWith("COPY ") || line.startsWith("INSERT INTO ") || line.contains("lo_create(");
    }
}
