package io.drrunbook.run;

import io.drrunbook.settings.DrSettings;
import io.drrunbook.settings.JournalSettings;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Takes old events out of the journal: {@code dr.journal} says which, and the chain still proves all others. */
@Component("journalKeeping")
public class JournalKeeping {

    private static final Logger LOG = LoggerFactory.getLogger(JournalKeeping.class);

    private final EventChain chain;
    private final JournalSettings settings;

    JournalKeeping(EventChain chain, DrSettings settings) {
        this.chain = chain;
        this.settings = settings.journal();
    }

    /** Removes what is past its time; each pass that removes something says so in the chain. */
    public void thin() {
        Optional<Long> broken = chain.firstBroken();
        if (broken.isPresent()) {
            LOG.error(
                    "nothing is taken out of the journal: it is broken at event {}, and all of it may be evidence",
                    broken.get());
            return;
        }
        Instant now = Journal.now();
        int events = settings.keepsEvents()
                .map(keep -> chain.remove("events", Optional.empty(), now.minus(keep)))
                .orElse(0);
        int progress = settings.keepsProgress()
                .map(keep -> chain.remove("progress", Optional.of("progress"), now.minus(keep)))
                .orElse(0);
        if (events + progress > 0) {
            LOG.info("{} old events and {} old notes of progress were taken out of the journal", events, progress);
        }
    }
}
