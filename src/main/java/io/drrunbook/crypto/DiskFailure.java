package io.drrunbook.crypto;

import io.drrunbook.failure.RunbookException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** Words for a disk of this machine that fails, which says nothing of the backup; they come through every layer. */
final class DiskFailure {

    private DiskFailure() {}

    static RunbookException reading(Path file, IOException cause) {
        return new RunbookException(
                "disk_failed",
                file + " cannot be read: " + cause.getMessage() + "; look at that disk, then resume the run",
                cause);
    }

    static RunbookException writing(Path file, IOException cause) {
        String said = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        return said.contains("no space") || said.contains("quota")
                ? new RunbookException(
                        "disk_full",
                        file + " cannot be written: " + cause.getMessage() + "; free space there, then resume the run",
                        cause)
                : new RunbookException(
                        "disk_failed",
                        file + " cannot be written: " + cause.getMessage() + "; look at that disk, then resume the run",
                        cause);
    }
}
