package io.drrunbook.runbook;

import io.drrunbook.platform.TrafficSwitch;
import io.drrunbook.run.ActiveRun;
import io.drrunbook.run.Mode;
import io.drrunbook.settings.DrSettings;
import io.drrunbook.settings.DrSettings.Reroute;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangeProperty;
import org.apache.camel.Header;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/** Step 7: whether a call is needed to lead users back, and what came of it. */
@Component("rerouteTraffic")
class RerouteTraffic {

    private static final String TRAFFIC = "traffic";

    private final DrSettings settings;

    RerouteTraffic(DrSettings settings) {
        this.settings = settings;
    }

    /** What is configured: {@code load-balancer} or {@code http}. */
    public String method(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        String method = reroute(run).method() == Reroute.Method.HTTP ? "http" : "load-balancer";
        run.detail("method", method);
        return method;
    }

    /** A load balancer that watches the health page sends users back by itself. */
    public void leaveToLoadBalancer(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        run.log("nothing to do: the load balancer sends users to the application again now that it is healthy");
    }

    /** A plan: whoever is called must be there; no call is made. */
    public void reach(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run) {
        TrafficSwitch traffic = TrafficSwitch.of(run.application(), reroute(run));
        traffic.reach();
        run.log("would call " + traffic.shown() + "; its host can be reached");
    }

    /** Makes the message the call that is configured. A run that is picked up after a crash makes it again. */
    public void prepare(@ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run, Exchange exchange) {
        run.requireMode("reroute traffic", Mode.RECOVERY);
        TrafficSwitch traffic = TrafficSwitch.of(run.application(), reroute(run));
        exchange.setProperty(TRAFFIC, traffic);
        run.log("rerouting traffic: " + traffic.shown());
        traffic.headers().forEach(exchange.getMessage()::setHeader);
        exchange.getMessage().setHeader(Exchange.HTTP_URI, traffic.getUrl());
        exchange.getMessage().setHeader(Exchange.HTTP_METHOD, traffic.getHttpMethod());
        exchange.getMessage().setBody(traffic.getBody());
    }

    /** Only 2xx is success. */
    public void requireSuccess(
            @ExchangeProperty(ActiveRun.PROPERTY) ActiveRun run,
            @ExchangeProperty(TRAFFIC) TrafficSwitch traffic,
            @Header(Exchange.HTTP_RESPONSE_CODE) int status,
            @Header(Exchange.HTTP_RESPONSE_TEXT) @Nullable String text) {
        run.detail("status", status);
        traffic.requireSuccess(status, text == null ? "" : text);
        run.log("traffic is rerouted: " + traffic.shown() + " answered " + status);
    }

    /** There was no answer. */
    public void unanswered(
            @ExchangeProperty(TRAFFIC) TrafficSwitch traffic,
            @ExchangeProperty(Exchange.EXCEPTION_CAUGHT) Exception cause) {
        throw traffic.unanswered(cause);
    }

    private Reroute reroute(ActiveRun run) {
        return settings.application(run.application()).reroute();
    }
}
