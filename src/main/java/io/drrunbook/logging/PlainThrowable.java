package io.drrunbook.logging;

import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import io.drrunbook.figures.Figures;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An exception whose message, and those of its causes, are plain. */
final class PlainThrowable implements IThrowableProxy {

    private final IThrowableProxy failure;

    private PlainThrowable(IThrowableProxy failure) {
        this.failure = failure;
    }

    static @Nullable IThrowableProxy of(@Nullable IThrowableProxy failure) {
        return failure == null ? null : new PlainThrowable(failure);
    }

    @Override
    public @Nullable String getMessage() {
        return plain(failure.getMessage());
    }

    @Override
    public @Nullable String getOverridingMessage() {
        return plain(failure.getOverridingMessage());
    }

    @Override
    public String getClassName() {
        return failure.getClassName();
    }

    @Override
    public StackTraceElementProxy[] getStackTraceElementProxyArray() {
        return failure.getStackTraceElementProxyArray();
    }

    @Override
    public int getCommonFrames() {
        return failure.getCommonFrames();
    }

    @Override
    public @Nullable IThrowableProxy getCause() {
        return of(failure.getCause());
    }

    @Override
    public IThrowableProxy[] getSuppressed() {
        return Arrays.stream(failure.getSuppressed()).map(PlainThrowable::new).toArray(IThrowableProxy[]::new);
    }

    @Override
    public boolean isCyclic() {
        return failure.isCyclic();
    }

    private static @Nullable String plain(@Nullable String text) {
        return text == null ? null : Figures.plain(text);
    }
}
