package io.drrunbook.runbook;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.camel.Exchange;

/** Stands at the place of the gate and keeps what passes it; the real one needs a journal. */
public final class RecordingStepGate {

    private final List<String> passed = new CopyOnWriteArrayList<>();

    /** What has passed, oldest first. */
    public List<String> passed() {
        return passed;
    }

    public void begin(Exchange exchange, int step) {
        passed.add("begin " + step);
    }

    public void complete(Exchange exchange, int step) {
        passed.add("complete " + step);
    }

    public void waitForPerson(Exchange exchange, int step, String instruction) {
        passed.add("wait " + step + ": " + instruction);
        exchange.setRouteStop(true);
    }

    public void requireAdmitted(Exchange exchange) {
        passed.add("admitted");
    }

    public void end(Exchange exchange) {
        passed.add("end");
    }
}
