package io.drrunbook.web;

import io.drrunbook.settings.DrSettings;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ReadListener;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.http.HttpStatus;
import org.springframework.stereotype.Component;
import org.springframework.util.unit.DataSize;
import org.springframework.web.filter.OncePerRequestFilter;

/** Refuses requests with a large body: nothing that the service is asked needs one. */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE + 10)
class BodyLimit extends OncePerRequestFilter {

    private static final String ANY = "dr.security.largest-body";
    private static final String CONSOLE = "dr.security.largest-console-body";

    private final DrSettings.Security settings;
    private final Problem problem;
    private final Refusals refusals;

    BodyLimit(DrSettings settings, Problem problem, Refusals refusals) {
        this.settings = settings.security();
        this.problem = problem;
        this.refusals = refusals;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws ServletException, IOException {
        Limit limit = limit(request);
        if (request.getContentLengthLong() > limit.size().toBytes()) {
            refuse(request, response, limit);
            return;
        }
        chain.doFilter(new Limited(request, limit), response);
    }

    /** Hawtio asks of every MBean whether it may be called, all in one request. */
    private Limit limit(HttpServletRequest request) {
        return JolokiaGate.isAskedBy(request)
                ? new Limit(settings.largestConsoleBody(), CONSOLE)
                : new Limit(settings.largestBody(), ANY);
    }

    private void refuse(HttpServletRequest request, HttpServletResponse response, Limit limit) throws IOException {
        String detail = limit.exceeded().getMessage();
        refusals.note(request, BodyTooLargeException.CODE, detail);
        problem.write(response, HttpStatus.PAYLOAD_TOO_LARGE, BodyTooLargeException.CODE, detail);
    }

    /** How large a body may be, and which setting says so. */
    private record Limit(DataSize size, String setting) {

        BodyTooLargeException exceeded() {
            return new BodyTooLargeException(size, setting);
        }
    }

    /** Counts a body that does not say how long it is. */
    private static final class Limited extends HttpServletRequestWrapper {

        private final Limit limit;
        private Optional<CountedInput> input = Optional.empty();

        Limited(HttpServletRequest request, Limit limit) {
            super(request);
            this.limit = limit;
        }

        @Override
        public ServletInputStream getInputStream() throws IOException {
            if (input.isEmpty()) {
                input = Optional.of(new CountedInput(super.getInputStream(), limit));
            }
            return input.get();
        }

        @Override
        public BufferedReader getReader() throws IOException {
            Charset charset =
                    getCharacterEncoding() == null ? StandardCharsets.UTF_8 : Charset.forName(getCharacterEncoding());
            return new BufferedReader(new InputStreamReader(getInputStream(), charset));
        }
    }

    /** Fails with the first byte too many. */
    private static final class CountedInput extends ServletInputStream {

        private final ServletInputStream source;
        private final Limit limit;
        private long read;

        CountedInput(ServletInputStream source, Limit limit) {
            this.source = source;
            this.limit = limit;
        }

        @Override
        public int read() throws IOException {
            int next = source.read();
            count(next < 0 ? 0 : 1);
            return next;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int count = source.read(bytes, offset, length);
            count(Math.max(0, count));
            return count;
        }

        private void count(int bytes) throws IOException {
            read += bytes;
            if (read > limit.size().toBytes()) {
                throw limit.exceeded();
            }
        }

        @Override
        public boolean isFinished() {
            return source.isFinished();
        }

        @Override
        public boolean isReady() {
            return source.isReady();
        }

        @Override
        public void setReadListener(ReadListener listener) {
            source.setReadListener(listener);
        }
    }
}
