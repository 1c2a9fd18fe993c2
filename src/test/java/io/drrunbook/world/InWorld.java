package io.drrunbook.world;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test class that works on the servers which all classes of this JVM share. It may ask for a {@link World} or a
 * {@link PostgresCluster} in its {@code @BeforeAll}; both are handed over empty, and what the class leaves is taken away
 * behind it.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("world")
@ExtendWith(SharedWorld.class)
public @interface InWorld {

    /**
     * Why the class cannot share: what it breaks (a killed server, a full disk) or needs otherwise. It then gets servers of
     * its own; empty for those that all share.
     */
    String alone() default "";
}
