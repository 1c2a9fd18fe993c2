package io.drrunbook.run;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.ApplicationArguments;
import org.springframework.boot.ApplicationRunner;
import org.springframework.stereotype.Component;

/**
 * Queues again what the queue itself does not know any more, once the routes are up. Quartz recovers a run whose node was
 * killed; a run that was interrupted by an orderly stop has left the queue as if it were done.
 */
@Component
class UnfinishedRuns implements ApplicationRunner {

    private static final Logger LOG = LoggerFactory.getLogger(UnfinishedRuns.class);

    private final Journal journal;
    private final RunQueue queue;

    UnfinishedRuns(Journal journal, RunQueue queue) {
        this.journal = journal;
        this.queue = queue;
    }

    /** A failure stops the service: a recovery that does not go on must not look like one that does. */
    @Override
    public void run(ApplicationArguments arguments) {
        for (Run run : journal.unfinished()) {
            if (!queue.holds(run.id())) {
                LOG.info("run {} of {} had not ended: it goes on", run.id(), run.application());
                queue.add(run.id());
            }
        }
    }
}
