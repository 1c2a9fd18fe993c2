package io.drrunbook.world;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ExtensionContext.Store;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/**
 * Hands a test class its world. The servers are started when the first class asks and end with the JVM, since a fork of
 * Surefire may execute each class by itself; the world on them (buckets, proxies, shop, Kubernetes API) is the class's own
 * and ends with it.
 */
final class SharedWorld implements ParameterResolver {

    private static final Namespace HERE = Namespace.create(SharedWorld.class);

    static {
        // What comes in the end is waited for: a slow machine is no fault, and a test that passes never waits so long.
        Awaitility.setDefaultTimeout(Duration.ofMinutes(2));
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return type == World.class || type == PostgresCluster.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Store ofClass = context.getStore(HERE);
        Servers servers =
                alone(context) ? once(ofClass, Servers.class, Servers::new, Servers::close) : ForTheWholeJvm.SERVERS;
        return parameter.getParameter().getType() == World.class
                ? once(ofClass, World.class, () -> World.on(servers), World::close)
                : once(
                        ofClass,
                        PostgresCluster.class,
                        servers::postgres,
                        // Servers of its own end with the class, in whatever state it has brought them.
                        alone(context) ? whatever -> {} : PostgresCluster::clear);
    }

    private static boolean alone(ExtensionContext context) {
        return AnnotationSupport.findAnnotation(context.getRequiredTestClass(), InWorld.class)
                .filter(world -> !world.alone().isEmpty())
                .isPresent();
    }

    /** Made once for each test class, and ended behind it. */
    private static <P> P once(Store store, Class<P> type, Supplier<P> start, Consumer<P> end) {
        return type.cast(store.getOrComputeIfAbsent(
                        type,
                        key -> {
                            P part = start.get();
                            return new Part<>(part, () -> end.accept(part));
                        },
                        Part.class)
                .part());
    }

    /** JUnit closes what lies in its store, the youngest first. */
    private record Part<P>(P part, Runnable end) implements Store.CloseableResource {

        @Override
        public void close() {
            end.run();
        }
    }

    private static final class ForTheWholeJvm {

        static final Servers SERVERS = new Servers();

        static {
            Runtime.getRuntime().addShutdownHook(new Thread(SERVERS::close));
        }
    }
}
