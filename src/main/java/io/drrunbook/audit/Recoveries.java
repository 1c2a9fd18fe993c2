package io.drrunbook.audit;

import io.drrunbook.run.Journal;
import io.drrunbook.run.Mode;
import io.drrunbook.settings.DrSettings;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.springframework.stereotype.Component;

/** While an application is being recovered the line to the stores is the recovery's. */
@Component
class Recoveries {

    private static final long LOOK = TimeUnit.SECONDS.toNanos(1);

    private final Journal journal;
    private final DrSettings settings;

    Recoveries(Journal journal, DrSettings settings) {
        this.journal = journal;
        this.settings = settings;
    }

    /** Whether any application is being recovered. */
    boolean any() {
        return settings.applications().keySet().stream()
                .anyMatch(application -> journal.active(application)
                        .filter(run -> run.mode() == Mode.RECOVERY)
                        .isPresent());
    }

    /** The same for whoever asks again and again: it looks once a second. */
    BooleanSupplier begun() {
        long[] last = {System.nanoTime()};
        return () -> {
            if (System.nanoTime() - last[0] < LOOK) {
                return false;
            }
            last[0] = System.nanoTime();
            return any();
        };
    }
}
