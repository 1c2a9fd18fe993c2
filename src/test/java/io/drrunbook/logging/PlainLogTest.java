package io.drrunbook.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.OutputStreamAppender;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.MDC;

/** A line of the log is one line, whatever is in it. */
@Tag("quick")
class PlainLogTest {

    private static final String FORGED = "x\n2026-11-25T00:00:00Z INFO nothing happened\r\u001b[2K\u202e\u0085";

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private Logger log;

    @BeforeEach
    void write() {
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new ch.qos.logback.classic.util.LogbackMDCAdapter());
        PatternLayoutEncoder pattern = new PatternLayoutEncoder();
        pattern.setContext(context);
        pattern.setPattern("%level [%thread] %X{run} %logger - %msg%n%ex");
        pattern.setCharset(StandardCharsets.UTF_8);
        pattern.start();
        OutputStreamAppender<ILoggingEvent> appender = new OutputStreamAppender<>();
        appender.setContext(context);
        appender.setEncoder(new PlainEncoder(pattern));
        appender.setOutputStream(written);
        appender.start();
        log = context.getLogger("a.logger");
        log.addAppender(appender);
    }

    @Test
    void anObjectsNameInAMessageForgesNoLine() {
        log.info("read {}", FORGED);
        assertThat(lines()).singleElement().asString().startsWith("INFO").contains("nothing happened");
        assertThat(text()).doesNotContain("\u001b", "\u202e", "\u0085", "\r");
    }

    @Test
    void theMessagesOfExceptionsForgeNoneAndTheirTracesStay() {
        IllegalStateException failure = new IllegalStateException(FORGED, new IllegalArgumentException(FORGED));
        failure.addSuppressed(new IllegalArgumentException(FORGED));
        log.warn("failed", failure);
        assertThat(lines()).hasSizeGreaterThan(5).noneMatch(line -> line.startsWith("2026-"));
        assertThat(text())
                .contains("java.lang.IllegalStateException: x 2026-", "Caused by: ", "Suppressed: ", "\tat ")
                .doesNotContain("\u001b", "\u202e");
    }

    @Test
    void namesOfThreadsForgeNone() throws InterruptedException {
        Thread thread = new Thread(() -> log.info("from a thread"), FORGED);
        thread.start();
        thread.join();
        assertThat(lines()).hasSize(1);
    }

    @Test
    void whyTheServiceDoesNotStartIsStillAPage() {
        Logger report =
                log.getLoggerContext().getLogger("org.springframework.boot.diagnostics.LoggingFailureAnalysisReporter");
        report.addAppender(log.iteratorForAppenders().next());
        report.error("\n\nAPPLICATION FAILED TO START\n\nDescription:\u001b\n");
        MDC.clear();
        assertThat(lines()).hasSizeGreaterThan(3).contains("    APPLICATION FAILED TO START");
        assertThat(text()).doesNotContain("\u001b");
    }

    private String text() {
        return written.toString(StandardCharsets.UTF_8);
    }

    private java.util.List<String> lines() {
        return text().lines().toList();
    }
}
