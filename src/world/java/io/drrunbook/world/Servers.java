package io.drrunbook.world;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** The servers of a world, which cost seconds to start, and therefore only do when somebody asks for them. */
public final class Servers implements AutoCloseable {

    private final Deque<Runnable> ends = new ArrayDeque<>();
    private @Nullable PostgresCluster postgres;
    private @Nullable S3Server r2;
    private @Nullable S3Server b2;

    public synchronized PostgresCluster postgres() {
        if (postgres == null) {
            postgres = PostgresCluster.start();
            ends.push(postgres::close);
        }
        return postgres;
    }

    public synchronized S3Server r2() {
        if (r2 == null) {
            r2 = S3Server.start("r2");
            ends.push(r2::close);
        }
        return r2;
    }

    public synchronized S3Server b2() {
        if (b2 == null) {
            b2 = S3Server.start("b2");
            ends.push(b2::close);
        }
        return b2;
    }

    @Override
    public synchronized void close() {
        while (!ends.isEmpty()) {
            ends.pop().run();
        }
    }
}
