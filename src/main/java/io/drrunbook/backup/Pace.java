package io.drrunbook.backup;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.settings.DrSettings;
import java.time.Duration;
import org.apache.commons.io.FileUtils;

/** Fails a store that is slower than the minimum rate over a whole stall time-out. */
final class Pace {

    private final Duration window;
    private final long minimum;
    private long windowStart = System.nanoTime();
    private long bytes;

    Pace(DrSettings.Download limits) {
        this.window = limits.stallTimeout();
        this.minimum = limits.minimumRate().toBytes();
    }

    /** @throws RunbookException ({@code too_slow}) */
    void got(int n) {
        bytes += n;
        long elapsed = System.nanoTime() - windowStart;
        if (elapsed < window.toNanos()) {
            return;
        }
        long rate = (long) (bytes / (elapsed / 1e9));
        if (rate < minimum) {
            throw new RunbookException(
                    "too_slow",
                    "too slow: " + FileUtils.byteCountToDisplaySize(rate) + "/s over the last " + window.toSeconds()
                            + " s, dr.download.minimum-rate is " + FileUtils.byteCountToDisplaySize(minimum) + "/s");
        }
        windowStart = System.nanoTime();
        bytes = 0;
    }
}
