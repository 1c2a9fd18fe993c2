package io.drrunbook.postgres;

import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.regex.Pattern;

/** Reads how far {@code pg_restore --verbose} is from what it prints; lines of several jobs may run into each other. */
public final class RestoreProgress implements Consumer<String> {

    private static final Pattern FINISHED_BY_JOB = Pattern.compile("finished item \\d+ TABLE DATA ");
    private static final Pattern BEGUN = Pattern.compile("processing data for table ");

    private final LongConsumer tablesDone;
    private final Pattern counted;
    private long done;

    /** @param tablesDone given the number of tables whose rows are in, each time it grows */
    public RestoreProgress(Archive archive, int jobs, LongConsumer tablesDone) {
        this.tablesDone = tablesDone;
        this.counted = archive.parallel(jobs) ? FINISHED_BY_JOB : BEGUN;
    }

    @Override
    public void accept(String line) {
        if (counted.matcher(line).find()) {
            done++;
            tablesDone.accept(done);
        }
    }
}
