package io.drrunbook.web;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import io.drrunbook.run.RefusedException;
import io.drrunbook.run.RefusedException.Reason;
import java.lang.management.ManagementFactory;
import javax.management.ObjectName;

/**
 * What one HTTP request may ask of Jolokia, counted before anything of it is done: 20 KB of requests for everything were
 * answered with 77 MB after 93 seconds. The unit is about one MBean read, some 2 KB.
 */
final class ReadBudget {

    private static final int MOST = 5_000;

    private static final int SEARCH = 50;

    /** A route or all of them as XML. */
    private static final int CALL = 100;

    /** All MBeans with attributes and operations: 2 to 3 MB. */
    private static final int LIST = 1_500;

    /** The attributes and operations of one MBean, or of those of one domain. */
    private static final int PART_OF_LIST = 20;

    private int spent;

    void read(ObjectName name, JsonNode attributes) {
        int beans = name.isPattern()
                ? ManagementFactory.getPlatformMBeanServer()
                        .queryNames(name, null)
                        .size()
                : 1;
        spend(Math.max(1, beans) * (attributes instanceof ArrayNode several ? Math.max(1, several.size() / 10) : 1));
    }

    void search() {
        spend(SEARCH);
    }

    void call() {
        spend(CALL);
    }

    void list(JsonNode path) {
        boolean part = path.isArray() ? path.size() > 1 : path.asText("").contains("/");
        spend(part ? PART_OF_LIST : LIST);
    }

    void little() {
        spend(1);
    }

    private void spend(int units) {
        spent += units;
        if (spent > MOST) {
            throw new RefusedException(
                    Reason.FORBIDDEN,
                    JolokiaGate.CODE,
                    "too much is asked for at once: at most " + MOST + " MBeans in one request, or " + MOST / LIST
                            + " lists, or " + MOST / CALL + " operations; ask for less");
        }
    }
}
