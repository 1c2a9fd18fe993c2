package io.drrunbook.runbook;

import io.drrunbook.failure.RunbookException;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.settings.DrSettings.Reroute;
import java.net.URI;
import java.util.Locale;
import java.util.Objects;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Step 7: one configured call, or nothing to do. */
@Component("rerouteTraffic")
class RerouteTraffic {

    private final DrSettings settings;

    RerouteTraffic(DrSettings settings) {
        this.settings = settings;
    }

    /** {@code load_balancer} or {@code http}. */
    public String method(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        String method = reroute(run).method().name().toLowerCase(Locale.ROOT);
        run.detail("method", method);
        return method;
    }

    /** Nothing to do. */
    public void leaveToLoadBalancer(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        run.log("the load balancer sends traffic to what is healthy by itself: nothing to do");
    }

    /** Sets the call up: method, headers and body, none of which is logged. */
    public void prepare(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        Reroute reroute = reroute(run);
        exchange.setProperty("rerouteUrl", Objects.requireNonNull(reroute.url()).toString());
        exchange.setProperty("rerouteTimeout", reroute.timeout().toMillis());
        exchange.getMessage().setHeader(Exchange.HTTP_METHOD, reroute.httpMethod());
        reroute.headers().forEach(exchange.getMessage()::setHeader);
        exchange.getMessage().setBody(reroute.body().isEmpty() ? null : reroute.body());
        run.log(reroute.httpMethod() + " " + shown(reroute.url()));
    }

    /** @throws RunbookException ({@code reroute_failed}) unless the answer is 2xx */
    public void check(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        int code = exchange.getMessage().getHeader(Exchange.HTTP_RESPONSE_CODE, 0, Integer.class);
        run.detail("answer", code);
        if (code < 200 || code > 299) {
            throw failed(run, "answered " + code);
        }
    }

    /** @throws RunbookException ({@code reroute_failed}) always: no answer came */
    public void silent(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        Throwable cause = exchange.getProperty(Exchange.EXCEPTION_CAUGHT, Throwable.class);
        throw failed(run, "gave no answer (" + cause.getClass().getSimpleName() + ")");
    }

    private RunbookException failed(ActiveRun run, String how) {
        return new RunbookException(
                "reroute_failed",
                shown(reroute(run).url()) + " " + how
                        + "; the application is back and healthy: send traffic to it by hand,"
                        + " or correct reroute and resume the run");
    }

    /** A query or user name may hold a token. */
    private static String shown(@Nullable URI url) {
        return url == null ? "" : url.getScheme() + "://" + url.getHost() + ":" + url.getPort() + url.getPath();
    }

    private Reroute reroute(ActiveRun run) {
        return settings.application(run.application()).reroute();
    }
}
