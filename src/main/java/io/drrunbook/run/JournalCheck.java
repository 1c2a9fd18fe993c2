package io.drrunbook.run;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.stereotype.Component;

/** Reads the whole journal when the service starts, and says when somebody has changed it. */
@Component
class JournalCheck implements ApplicationRunner {

    private static final Logger LOG = LoggerFactory.getLogger(JournalCheck.class);

    private final Journal journal;

    JournalCheck(Journal journal) {
        this.journal = journal;
    }

    @Override
    public void run(ApplicationArguments arguments) {
        journal.firstBrokenEvent()
                .ifPresent(event -> LOG.error(
                        "the journal was changed from outside: event {} is missing or is not what was written;"
                                + " keep a copy of its database and find out who could write to it",
                        event));
    }
}
