package io.drrunbook.crypto;

import com.github.luben.zstd.ZstdOutputStream;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.settings.DrSettings.Backup.Compression;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import org.apache.commons.io.output.CloseShieldOutputStream;
import org.springframework.stereotype.Component;

/** Compresses new backups as {@code dr.backup} says, on several cores. */
@Component
public class Compressor {

    private static final int GZIP_LEVEL = 9;
    private static final int ZSTD_LEVEL = 10;

    private final DrSettings.Backup settings;

    public Compressor(DrSettings settings) {
        this.settings = settings.backup();
    }

    /** As it stands in manifests: {@code gzip} or {@code zstd}. */
    public String name() {
        return settings.compression().name().toLowerCase(Locale.ROOT);
    }

    /** What file names end with: {@code gz} or {@code zst}. */
    public String suffix() {
        return settings.compression() == Compression.GZIP ? "gz" : "zst";
    }

    /** What is written into the stream that comes back arrives in {@code target}; closing it leaves {@code target} open. */
    public OutputStream compress(OutputStream target) throws IOException {
        int threads = settings.threads() > 0
                ? settings.threads()
                : Runtime.getRuntime().availableProcessors();
        if (settings.compression() == Compression.GZIP) {
            return new ParallelGzipOutputStream(target, settings.level() > 0 ? settings.level() : GZIP_LEVEL, threads);
        }
        ZstdOutputStream zstd = new ZstdOutputStream(
                CloseShieldOutputStream.wrap(target), settings.level() > 0 ? settings.level() : ZSTD_LEVEL);
        zstd.setChecksum(true);
        zstd.setWorkers(threads);
        return zstd;
    }
}
