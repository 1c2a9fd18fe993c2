package io.drrunbook.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.EncoderBase;
import io.drrunbook.figures.Figures;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Hands each event to another encoder with plain texts: see {@link Figures#plain(String)}. */
final class PlainEncoder extends EncoderBase<ILoggingEvent> {

    /** Spring Boot's report of why it does not start is a page. Its lines are indented, so that none looks like another's. */
    private static final String REPORT = "org.springframework.boot.diagnostics.LoggingFailureAnalysisReporter";

    private final Encoder<ILoggingEvent> encoder;

    PlainEncoder(Encoder<ILoggingEvent> encoder) {
        this.encoder = encoder;
        setContext(encoder.getContext());
        start();
    }

    @Override
    public byte[] headerBytes() {
        return encoder.headerBytes();
    }

    @Override
    public byte[] footerBytes() {
        return encoder.footerBytes();
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        return encoder.encode(plain(event));
    }

    @Override
    public void stop() {
        encoder.stop();
        super.stop();
    }

    /** The event with what comes from outside made plain; it has a score of members, of which most are passed on. */
    private static ILoggingEvent plain(ILoggingEvent event) {
        return (ILoggingEvent) Proxy.newProxyInstance(
                ILoggingEvent.class.getClassLoader(),
                new Class<?>[] {ILoggingEvent.class},
                (proxy, method, arguments) -> {
                    switch (method.getName()) {
                        case "getFormattedMessage", "getMessage" -> {
                            return message(event);
                        }
                        case "getThreadName" -> {
                            return Figures.plain(event.getThreadName());
                        }
                        case "getMDCPropertyMap", "getMdc" -> {
                            return plain(event.getMDCPropertyMap());
                        }
                        case "getThrowableProxy" -> {
                            return PlainThrowable.of(event.getThrowableProxy());
                        }
                        default -> {
                            try {
                                return method.invoke(event, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        }
                    }
                });
    }

    private static String message(ILoggingEvent event) {
        String message = String.valueOf(event.getFormattedMessage());
        return event.getLoggerName().equals(REPORT)
                ? message.lines().map(Figures::plain).collect(Collectors.joining("\n    "))
                : Figures.plain(message);
    }

    private static @Nullable Map<String, String> plain(@Nullable Map<String, String> context) {
        if (context == null) {
            return null;
        }
        Map<String, String> plain = new LinkedHashMap<>();
        context.forEach((key, value) -> plain.put(key, value == null ? "" : Figures.plain(value)));
        return plain;
    }
}
