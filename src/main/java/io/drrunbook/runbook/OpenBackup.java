package io.drrunbook.runbook;

import io.drrunbook.crypto.BackupOpener;
import io.drrunbook.crypto.OpenedBackup;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.run.ActiveRun;
import java.io.IOException;
import java.nio.file.Files;
import org.apache.camel.ExchangeProperty;
import org.springframework.stereotype.Component;

/** Step 3: makes the plain archive out of what was downloaded. */
@Component("openBackup")
class OpenBackup {

    private final BackupOpener opener;

    OpenBackup(BackupOpener opener) {
        this.opener = opener;
    }

    /** A plan: opens what there is of the backup, to see that the keys fit. */
    public void openBeginning(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) throws IOException {
        Files.deleteIfExists(run.archive());
        if (run.recall(LookAtCopies.WHOLE, Boolean.class).orElse(false)) {
            open(run);
            return;
        }
        OpenedBackup opened = opener.openBeginning(run.sealedFile(), run.archive());
        Files.delete(run.sealedFile());
        run.detail("encryption", opened.encryption());
        run.detail("compression", opened.compression());
        run.log(
                opened.sizeBytes() == 0
                        ? "a Fernet token of this size is only opened whole: whether the key fits shows in a drill"
                        : "the keys fit: " + opened.sizeBytes() + " bytes of the beginning are readable");
    }

    /** Opens the backup; the archive has its name only when all of it was authentic. */
    public void open(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) throws IOException {
        long total = Files.size(run.sealedFile());
        var unproven = run.archive().resolveSibling("archive.part");
        OpenedBackup opened = opener.open(
                run.sealedFile(), unproven, bytes -> run.progress(bytes, total, "bytes"), run::cancelRequested);
        if (opened.sizeBytes() == 0) {
            Files.delete(unproven);
            throw new RunbookException(
                    "corrupt_backup", "the backup is empty: there is nothing in it; choose another backup or copy");
        }
        Files.move(unproven, run.archive());
        Files.delete(run.sealedFile());
        run.detail("encryption", opened.encryption());
        run.detail("compression", opened.compression());
        run.detail("size_bytes", opened.sizeBytes());
    }
}
