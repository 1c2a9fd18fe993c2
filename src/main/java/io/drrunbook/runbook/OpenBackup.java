package io.drrunbook.runbook;

import io.drrunbook.backup.Manifest;
import io.drrunbook.crypto.BackupOpener;
import io.drrunbook.crypto.OpenedBackup;
import io.drrunbook.crypto.Room;
import io.drrunbook.failure.RunbookException;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.settings.DrSettings;
import java.io.IOException;
import java.nio.file.Files;
import org.apache.camel.ExchangeProperty;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;

/** Step 3: makes the plain archive out of what was downloaded. */
@Component("openBackup")
class OpenBackup {

    /** Of a plan: enough for an archive's table of contents, whatever a few kilobytes expand to. */
    private static final long MOST_OF_A_BEGINNING = 256L << 20;

    private final BackupOpener opener;
    private final DataSize reserve;

    OpenBackup(BackupOpener opener, DrSettings settings) {
        this.opener = opener;
        this.reserve = settings.restore().reserve();
    }

    /** A plan: opens what there is of the backup, to see that the keys fit. */
    public void openBeginning(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) throws IOException {
        Files.deleteIfExists(run.archive());
        if (run.recall(LookAtCopies.WHOLE, Boolean.class).orElse(false)) {
            open(run);
            return;
        }
        OpenedBackup opened = opener.openBeginning(
                run.sealedFile(),
                run.archive(),
                new Room(Math.min(MOST_OF_A_BEGINNING, free(run)), "for the beginning of a backup"));
        Files.delete(run.sealedFile());
        run.detail("encryption", opened.encryption());
        run.detail("compression", opened.compression());
        run.log(
                opened.sizeBytes() == 0
                        ? "a backup of this size and encryption (" + opened.encryption()
                                + ") is only opened whole: whether the key fits shows in a drill"
                        : "the keys fit: " + opened.sizeBytes() + " bytes of the beginning are readable");
    }

    /** Opens the backup; the archive has its name only when all of it was authentic. */
    public void open(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) throws IOException {
        long total = Files.size(run.sealedFile());
        var unproven = run.archive().resolveSibling("archive.part");
        OpenedBackup opened = opener.open(
                run.sealedFile(),
                unproven,
                room(run),
                bytes -> run.progress(bytes, total, "bytes"),
                run::cancelRequested);
        requireAll(run, opened);
        Files.move(unproven, run.archive());
        Files.delete(run.sealedFile());
        run.detail("encryption", opened.encryption());
        run.detail("compression", opened.compression());
        run.detail("size_bytes", opened.sizeBytes());
    }

    /** What the manifest says it becomes; when it does not say so, what the disk holds without getting full. */
    private Room room(ActiveRun run) throws IOException {
        long expected = originalSize(run);
        if (expected == 0) {
            return new Room(
                    free(run),
                    "what " + run.workDirectory() + " has free less dr.restore.reserve, " + reserve
                            + ": free space there if the backup is meant to be so large");
        }
        long usable = Files.getFileStore(run.workDirectory()).getUsableSpace();
        if (usable < expected) {
            throw new RunbookException(
                    "disk_full",
                    run.workDirectory() + " has " + usable + " bytes free, the open backup needs " + expected
                            + "; free " + (expected - usable) + " bytes there, then resume the run");
        }
        return new Room(expected, "what its manifest says it holds: the two do not belong together");
    }

    private long free(ActiveRun run) throws IOException {
        long free = Files.getFileStore(run.workDirectory()).getUsableSpace() - reserve.toBytes();
        if (free <= 0) {
            throw new RunbookException(
                    "disk_full",
                    run.workDirectory() + " has less free than dr.restore.reserve, " + reserve
                            + ": free space there, then resume the run");
        }
        return free;
    }

    private static void requireAll(ActiveRun run, OpenedBackup opened) {
        long expected = originalSize(run);
        if (expected > 0 && opened.sizeBytes() < expected) {
            throw new RunbookException(
                    "corrupt_backup",
                    "the backup holds " + opened.sizeBytes() + " bytes, its manifest says " + expected
                            + "; nothing of it was used; choose another backup or copy");
        }
    }

    /** 0 when unknown. */
    private static long originalSize(ActiveRun run) {
        return run.recall(SelectBackup.MANIFEST, Manifest.class)
                .map(Manifest::originalSizeBytes)
                .orElse(0L);
    }
}
